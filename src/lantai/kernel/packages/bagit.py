"""BagIt 0.93 to 1.0 (RFC 8493), read and judged in stages: structure, completeness, digests."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lantai.kernel.digests import FileDigests, digest_file
from lantai.kernel.encodings import decode
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.contents import Contents, made_by_desktop, survey

_DECLARATION = re.compile(
    rb"BagIt-Version: (\d+\.\d+)(?:\r\n|\r|\n)Tag-File-Character-Encoding: (\S+)\s*", re.DOTALL
)
_LOOSE = re.compile(
    rb"\s*BagIt-Version\s*:\s*(\d+\.\d+)\s+Tag-File-Character-Encoding\s*:\s*(\S+)\s*", re.IGNORECASE
)
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9_-]+)\.txt", re.IGNORECASE)
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)")
_FETCH = re.compile(r"(\S+)[ \t]+(-|\d+)[ \t]+(.+)")
_ESCAPES = {"%0a": "\n", "%0d": "\r", "%25": "%"}
_UNSAFE = re.compile(r"^(?:[/~\\%]|[A-Za-z]:)|(?:^|/)\.\.(?:/|$)|\\")


@dataclass(slots=True)
class Bag:
    """What the tag files say. Paths are relative to the bag; ``manifests`` and ``tags`` by algorithm."""

    base: str = ""
    version: str = ""
    encoding: str = "utf-8"
    info: dict[str, list[str]] = field(default_factory=dict)
    manifests: dict[str, dict[str, str]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    fetch: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def first(self) -> bool:
        """Return whether the bag follows the rules of version 1.0 and later."""
        return tuple(int(n) for n in (self.version or "0.97").split(".")) >= (1, 0)

    def expected(self) -> dict[str, dict[str, str]]:
        """Return the declared digests by path and algorithm, tag files included."""
        told: dict[str, dict[str, str]] = {}
        for manifests in (self.manifests, self.tags):
            for algorithm, entries in manifests.items():
                for path, digest in entries.items():
                    told.setdefault(path, {})[algorithm] = digest
        return told


def is_bag(contents: Contents, base: str) -> bool:
    """Return whether the folder ``base`` holds a bag declaration."""
    return (f"{base}/" if base else "") + "bagit.txt" in contents.files


def validate_bag(root: Path, digests: Mapping[str, FileDigests] | None = None) -> list[Finding]:
    """Return all findings about the bag at ``root``, up to and with digests; no errors = valid.

    ``digests`` are known ones by path; what they do not hold is read. Algorithms: what hashlib has, and SM3.
    """
    contents = survey(root)
    bag = read_bag(contents)
    return [*check_completeness(bag, contents), *check_bag_digests(bag, contents, digests or {})]


def read_bag(contents: Contents, base: str = "") -> Bag:
    """Return the bag in the folder ``base``; what is wrong with its tag files is in its findings."""
    bag = Bag(base)
    bag.findings.extend(contents.findings)
    start = f"{base}/" if base else ""
    _declaration(bag, contents, start)
    top = [p for p in contents.files if p.startswith(start) and "/" not in p[len(start) :]]
    for path in top:
        found = _MANIFEST.fullmatch(path[len(start) :])
        if found:
            entries = _manifest(bag, contents, path)
            (bag.tags if found[1] else bag.manifests)[found[2].lower().replace("-", "_")] = entries
    _info(bag, contents, start)
    _fetch(bag, contents, start)
    if not bag.manifests:
        bag.findings.append(Finding("packages.bagit.manifest_missing", start + "manifest-*.txt"))
    has_data = start + "data" in contents.folders
    if not has_data:
        bag.findings.append(Finding("packages.bagit.data_missing", start + "data"))
    for algorithm in {*bag.manifests, *bag.tags}:
        if algorithm != "sm3" and algorithm not in hashlib.algorithms_available:
            bag.findings.append(Finding("packages.bagit.algorithm", "", found=algorithm))
    return bag


def _declaration(bag: Bag, contents: Contents, start: str) -> None:
    path = start + "bagit.txt"
    if path not in contents.files:
        bag.findings.append(Finding("packages.bagit.declaration_missing", path))
        return
    data = contents.read(path, 1 << 16).removeprefix(b"\xef\xbb\xbf")
    found = _DECLARATION.fullmatch(data)
    if found is None:
        loose = _LOOSE.match(data)
        bag.version = loose[1].decode() if loose else ""
        bag.findings.append(
            Finding("packages.bagit.declaration", path, found=data[:80].decode("utf-8", "replace"))
        )
        return
    bag.version = found[1].decode()
    bag.encoding = found[2].decode("utf-8", "replace")
    if not _is_codec(bag.encoding):
        bag.findings.append(Finding("packages.bagit.encoding", path, found=bag.encoding))
    if tuple(int(part) for part in bag.version.split(".")) > (1, 0):
        bag.findings.append(Finding("packages.bagit.version", path, "0.93–1.0", bag.version))


def _is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _text(bag: Bag, contents: Contents, path: str) -> str:
    decoded = decode(contents.read(path, 256 << 20), path, bag.encoding)
    bag.findings.extend(decoded.findings)
    return decoded.text


def _manifest(bag: Bag, contents: Contents, path: str) -> dict[str, str]:
    entries: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", _text(bag, contents, path)), 1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            bag.findings.append(Finding("packages.bagit.line", path, found=str(number)))
            continue
        name = _name(bag, contents, found[2], path)
        if name in entries:
            same = entries[name] == found[1].lower()
            severity = Severity.WARNING if same and not bag.first else Severity.ERROR
            bag.findings.append(Finding("packages.bagit.twice", name, severity=severity))
        elif name:
            entries[name] = found[1].lower()
    return entries


def _name(bag: Bag, contents: Contents, written: str, source: str) -> str:
    """Return the path a manifest line means, relative to the bag; "" when it leads out of it."""
    name = written
    start = f"{bag.base}/" if bag.base else ""
    if name.startswith("*") and start + name not in contents.files:
        name = name[1:]
    if name.startswith("./"):
        bag.findings.append(Finding("packages.bagit.relative", source, found=name, severity=Severity.WARNING))
        name = name[2:]
    plain, lines = _unescaped(name, r"%0a|%0d|%25"), _unescaped(name, r"%0a|%0d")
    candidates = (plain, lines, name) if bag.first else (name, lines, plain)
    chosen = next((c for c in candidates if start + c in contents.files), candidates[0])
    if _UNSAFE.search(chosen) and start + chosen not in contents.files:
        bag.findings.append(Finding("packages.bagit.outside", source, found=written))
        return ""
    return chosen


def _unescaped(name: str, escapes: str) -> str:
    """Undo percent-escapes: the RFC names three, a widespread writer knows only the two of line ends."""
    return re.sub(escapes, lambda found: _ESCAPES[found[0].lower()], name, flags=re.IGNORECASE)


def _info(bag: Bag, contents: Contents, start: str) -> None:
    for name in ("bag-info.txt", "package-info.txt"):
        if start + name not in contents.files:
            continue
        last = ""
        for line in _text(bag, contents, start + name).splitlines():
            if line[:1] in (" ", "\t") and last:
                bag.info[last][-1] += "\n" + line.strip()
                continue
            label, mark, value = line.partition(":")
            if mark and label.strip():
                last = label.strip()
                bag.info.setdefault(last, []).append(value.strip())
            elif line.strip():
                bag.findings.append(
                    Finding("packages.bagit.info", start + name, found=line[:80], severity=Severity.WARNING)
                )


def _fetch(bag: Bag, contents: Contents, start: str) -> None:
    path = start + "fetch.txt"
    if path not in contents.files:
        return
    for number, line in enumerate(_text(bag, contents, path).splitlines(), 1):
        if not line.strip():
            continue
        found = _FETCH.fullmatch(line)
        if found is None:
            bag.findings.append(Finding("packages.bagit.line", path, found=str(number)))
        elif name := _name(bag, contents, found[3], path):
            bag.fetch.append(name)


def check_completeness(bag: Bag, contents: Contents) -> list[Finding]:
    """Return the findings of the tag files and about files missing, unlisted or miscounted."""
    findings = list(bag.findings)
    start = f"{bag.base}/" if bag.base else ""
    payload = {p[len(start) :] for p in contents.files if p.startswith(f"{start}data/")}
    listed = {path for entries in bag.manifests.values() for path in entries}
    gone = sorted(path for path in bag.expected() if start + path not in contents.files)
    for path in gone:
        severity = Severity.WARNING if made_by_desktop(path) else Severity.ERROR
        code = "packages.bagit.fetch" if path in bag.fetch else "packages.bagit.file_missing"
        findings.append(Finding(code, start + path, severity=severity))
    findings.extend(Finding("packages.bagit.file_unlisted", start + p) for p in sorted(payload - listed))
    for algorithm, entries in bag.manifests.items():
        findings.extend(Finding("packages.bagit.outside", found=p) for p in entries if p[:5] != "data/")
        if bag.first:
            findings.extend(
                Finding("packages.bagit.file_unlisted", start + path, found=algorithm)
                for path in sorted((payload & listed) - entries.keys())
            )
    findings.extend(Finding("packages.bagit.fetch_unlisted", found=p) for p in bag.fetch if p not in listed)
    findings.extend(_oxum(bag, contents, start, payload, sum(made_by_desktop(path) for path in gone)))
    return findings


def _oxum(bag: Bag, contents: Contents, start: str, payload: set[str], forgiven: int) -> list[Finding]:
    """Compare Payload-Oxum (octets.files); desktop files that vanished are forgiven."""
    told = (bag.info.get("Payload-Oxum") or [""])[0]
    if not told:
        return []
    size = sum(contents.files[start + path].size for path in payload)
    found = f"{size}.{len(payload)}"
    match = re.fullmatch(r"(\d{1,30})\.(\d{1,18})", told)
    if match and (int(match[1]), int(match[2])) == (size, len(payload)):
        return []
    if match and forgiven and int(match[2]) == len(payload) + forgiven and int(match[1]) >= size:
        return [Finding("packages.bagit.oxum", start, told, found, Severity.WARNING)]
    return [Finding("packages.bagit.oxum", start, told, found)]


def check_bag_digests(bag: Bag, contents: Contents, digests: Mapping[str, FileDigests]) -> list[Finding]:
    """Return a finding for every present file whose digest is not the declared one."""
    findings: list[Finding] = []
    start = f"{bag.base}/" if bag.base else ""
    for name, expected in sorted(bag.expected().items()):
        path = start + name
        if path not in contents.files:
            continue
        wanted = [a for a in expected if a == "sm3" or a in hashlib.algorithms_available]
        known = dict(digests[path].digests) if path in digests else {}
        rest = [algorithm for algorithm in wanted if algorithm not in known]
        if rest:
            known |= digest_file(contents.root / path, rest).digests
        findings.extend(
            Finding("packages.digest.differs", path, expected[a], known[a], facts={"algorithm": a})
            for a in wanted
            if known[a] != expected[a]
        )
    return findings
