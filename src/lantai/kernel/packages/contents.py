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
    return _above(path, folders) is not None


def _above(path: str, folders: Set[str]) -> str | None:
    """Return the nearest of ``folders`` that the file or folder lies in."""
    at = path.rfind("/")
    while at > 0:
        if path[:at] in folders:
            return path[:at]
        at = path.rfind("/", 0, at)
    return None


def parted(contents: Contents, folders: Set[str]) -> dict[str, Contents]:
    """Return each of ``folders`` (none lies in another) with what lies in it alone, without findings, in one walk."""
    files: dict[str, dict[str, PackageFile]] = {folder: {} for folder in folders}
    inside: dict[str, list[str]] = {folder: [] for folder in folders}
    for path, file in contents.files.items():
        if (folder := _above(path, folders)) is not None:
            files[folder][path] = file
    for path in contents.folders:
        if (folder := _above(path, folders)) is not None:
            inside[folder].append(path)
    return {one: Contents(contents.root, files[one], tuple(inside[one]), ()) for one in folders}


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
