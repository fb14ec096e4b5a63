"""Names of archive members: from bytes to a path on disk that is safe, and the same bytes where possible."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.model import Limits

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def choose_encoding(names: Sequence[bytes]) -> str:
    """Return what the unmarked names of one zip are read as: UTF-8, GB18030, or CP437 (zip's own)."""
    for encoding in ("utf-8", "gb18030"):
        if all(_readable(name, encoding) for name in names):
            return encoding
    return "cp437"


def _readable(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def decode_name(raw: bytes, encodings: Sequence[str] = ("utf-8", "gb18030")) -> tuple[str, str]:
    """Return the name and the first of ``encodings`` it can be read in.

    Bytes that none of them explains come back percent-escaped, with encoding ``percent``.
    """
    for encoding in encodings:
        if _readable(raw, encoding):
            return raw.decode(encoding), encoding
    return escape(raw), "percent"


def escape(raw: bytes) -> str:
    """Return ``raw`` with every byte beyond ASCII, and ``%``, as ``%XX``."""
    return "".join(chr(b) if b < 0x80 and b != 0x25 else f"%{b:02X}" for b in raw)


def shown(name: str) -> str:
    """Return ``name`` for an error text: control characters escaped, at most 200 characters."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", name)[:200]


class Names:
    """The names accepted so far in one container; refuses what could leave the folder or hide another.

    Codes: ``packages.name.`` empty, control, absolute, backslash, traversal, long, deep, twice, clash; and
    ``packages.limit.files``. Names that differ only in case or Unicode form are both kept, with a finding.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.findings: list[Finding] = []
        self.files: set[str] = set()
        self.folders: dict[str, bool] = {}
        self._folded: dict[str, str] = {}

    def folder(self, name: str) -> str:
        """Accept a folder (twice is once) and return its path; "" is the root itself."""
        if not name.strip("/."):
            return ""
        path = self._path(name.rstrip("/"))
        if path in self.files:
            raise Invalid("packages.name.clash", member=shown(path))
        self._hold(path)
        self.folders.setdefault(path, True)
        if len(self.folders) > self.limits.files:
            raise Invalid("packages.limit.files", member=shown(path), limit=self.limits.files)
        return path

    def file(self, name: str) -> str:
        """Accept a file and return its path."""
        path = self._path(name)
        if path in self.files:
            raise Invalid("packages.name.twice", member=shown(path))
        if path in self.folders:
            raise Invalid("packages.name.clash", member=shown(path))
        if len(self.files) >= self.limits.files:
            raise Invalid("packages.limit.files", member=shown(path), limit=self.limits.files)
        self._hold(path)
        self.files.add(path)
        self._notice(path)
        return path

    def empty_folders(self) -> tuple[str, ...]:
        """Return the folders that hold nothing, sorted."""
        return tuple(sorted(path for path, empty in self.folders.items() if empty))

    def _hold(self, path: str) -> None:
        """Note that the folders above ``path`` are not empty; none of them may be a file."""
        while "/" in path:
            path = path.rpartition("/")[0]
            if self.folders.get(path) is False:
                return
            if path in self.files:
                raise Invalid("packages.name.clash", member=shown(path))
            self.folders[path] = False

    def _notice(self, path: str) -> None:
        folded = unicodedata.normalize("NFC", path).casefold()
        other = self._folded.setdefault(folded, path)
        if other != path:
            self.findings.append(Finding("packages.name.alike", path, "", other, Severity.WARNING))
        if _TURNING.search(path):
            self.findings.append(Finding("packages.name.turning", path, severity=Severity.WARNING))

    def _path(self, name: str) -> str:
        member = shown(name)
        if _CONTROL.search(name):
            raise Invalid("packages.name.control", member=member)
        if name.startswith("/") or _DRIVE.match(name):
            raise Invalid("packages.name.absolute", member=member)
        if "\\" in name:
            raise Invalid("packages.name.backslash", member=member)
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise Invalid("packages.name.traversal", member=member)
        if not parts:
            raise Invalid("packages.name.empty", member=member)
        path = "/".join(parts)
        self._measure(path, parts, member)
        return path

    def _measure(self, path: str, parts: list[str], member: str) -> None:
        limits = self.limits
        if len(parts) > limits.depth:
            raise Invalid("packages.name.deep", member=member, depth=len(parts), limit=limits.depth)
        longest = max(len(part.encode("utf-8")) for part in parts)
        if longest > limits.name_bytes:
            raise Invalid("packages.name.long", member=member, bytes=longest, limit=limits.name_bytes)
        whole = len(path.encode("utf-8"))
        if whole > limits.path_bytes:
            raise Invalid("packages.name.long", member=member, bytes=whole, limit=limits.path_bytes)
