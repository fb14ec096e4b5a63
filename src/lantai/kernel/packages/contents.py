"""What lies below a package's root: every regular file; anything else is a finding and is not followed."""

from __future__ import annotations

import os
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.findings import Finding
from lantai.kernel.packages.model import PackageFile
from lantai.kernel.packages.names import escape

_DESKTOP = (".ds_store", "thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Contents:
    """The files below ``root`` by path, and all folders."""

    root: Path
    files: dict[str, PackageFile]
    folders: tuple[str, ...]
    findings: tuple[Finding, ...]

    def read(self, path: str, limit: int = 64 << 20) -> bytes:
        """Return at most ``limit`` + 1 bytes of the file."""
        with open(self.root / path, "rb") as stream:
            return stream.read(limit + 1)


def survey(root: Path) -> Contents:
    """Return what lies below ``root``, in the order of its paths' bytes."""
    files: list[PackageFile] = []
    folders: list[str] = []
    findings: list[Finding] = []
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(root / folder) as scan:
            for entry in scan:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not _readable(path):
                    shown = escape(os.fsencode(path))
                    findings.append(Finding("packages.contents.name", shown))
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(path)
                    waiting.append(path)
                elif entry.is_file(follow_symlinks=False):
                    files.append(PackageFile(path, entry.stat(follow_symlinks=False).st_size))
                else:
                    findings.append(Finding("packages.contents.special", path))
    files.sort(key=lambda file: file.path.encode("utf-8"))
    return Contents(root, {file.path: file for file in files}, tuple(sorted(folders)), tuple(findings))


def lies_in(path: str, folders: Set[str]) -> bool:
    """Return whether the file lies in one of ``folders``, however deep; costs no more the more they are."""
    at = path.rfind("/")
    while at > 0:
        if path[:at] in folders:
            return True
        at = path.rfind("/", 0, at)
    return False


def made_by_desktop(path: str) -> bool:
    """Return whether the file is one that desktops make and remove by themselves."""
    name = path.rpartition("/")[2].lower()
    return name in _DESKTOP or name.startswith("._")


def _readable(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
