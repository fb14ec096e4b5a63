"""What EEP files hold, decoded into ``<name>.eep.parts/`` beside each: then components are files like any other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.packages.contents import Contents, lies_in, survey
from lantai.kernel.packages.eep.document import SUFFIX, Node, Opened, Piece, read
from lantai.kernel.packages.model import LIMITS, Limits
from lantai.kernel.packages.names import Names, shown
from lantai.kernel.packages.sinks import Watch
from lantai.kernel.packages.writing import refused, write_file

PARTS = ".parts"
REFERENCE = "引用编码数据ID"
MARGIN = 64 << 20
"""Bytes of the disk that unfolding leaves free."""


def eep_files(contents: Contents, base: str) -> list[str]:
    """Return the EEP files below ``base`` that were not themselves content of another."""
    start = f"{base}/" if base else ""
    found = [p for p in contents.files if p.startswith(start) and p.lower().endswith(SUFFIX)]
    parts = {f"{path}{PARTS}" for path in found}
    return [path for path in found if not lies_in(path, parts)]


def unfold(
    root: Path, base: str = "", limits: Limits = LIMITS, watch: Watch | None = None
) -> dict[str, FileDigests]:
    """Decode the content of every EEP file below ``root``/``base``; return digests by path, relative to ``root``.

    A file that cannot be read is left folded: opening says why. ``limits`` hold for what lies below ``root``
    and what is decoded, together; ``watch`` is told of each block how many bytes lie there.

    Raises Invalid ``packages.eep.parts_exist`` (somebody's files lie where the
    content should go), ``packages.limit.files``, ``.bytes``; Unavailable ``packages.eep.disk_short``,
    ``packages.disk.*``.
    """
    contents = survey(root)
    paths = eep_files(contents, base)
    _need_space(root, sum(contents.files[path].size for path in paths))
    before = sum(file.size for file in contents.files.values())
    count = _Count(limits, len(contents.files), before, watch)
    made: dict[str, FileDigests] = {}
    for path in paths:
        folder = root / f"{path}{PARTS}"
        if os.path.lexists(folder) and not _is_empty(folder):
            raise Invalid("packages.eep.parts_exist", path=f"{path}{PARTS}")
        try:
            for name, digests in _decoded(root / path, folder, count):
                made[f"{path}{PARTS}/{name}"] = digests
        except Invalid as error:
            if not error.code.startswith("packages.eep."):
                raise
    return made


def _need_space(root: Path, needed: int) -> None:
    """Refuse before anything is written: what is decoded is smaller than the files it lies in."""
    free = shutil.disk_usage(root).free
    if needed and free < needed + MARGIN:
        raise Unavailable("packages.eep.disk_short", needed=needed + MARGIN - free, free=free)


@dataclass(slots=True)
class _Count:
    """What the package holds by now: files, and their bytes."""

    limits: Limits
    files: int
    size: int
    watch: Watch | None = None

    def file(self, name: str) -> None:
        """Count one file more."""
        self.files += 1
        if self.files > self.limits.files:
            raise Invalid("packages.limit.files", member=shown(name), limit=self.limits.files)

    def pieces(self, events: Iterator[object], name: str) -> Iterator[bytes]:
        """Yield the bytes of the content that is open, and count them before they are written."""
        for event in events:
            if not isinstance(event, Piece):
                return
            self.size += len(event.data)
            if self.size > self.limits.bytes:
                raise Invalid("packages.limit.bytes", member=shown(name), limit=self.limits.bytes)
            if self.watch is not None:
                self.watch(self.size)
            yield event.data


def _is_empty(folder: Path) -> bool:
    """Return whether there are only folders in it, as a killed unfolding leaves them."""
    return folder.is_dir() and all(entry.is_dir() and not entry.is_symlink() for entry in folder.rglob("*"))


def _decoded(path: Path, folder: Path, count: _Count) -> Iterator[tuple[str, FileDigests]]:
    names = PartNames()
    events = read(path)
    for event in events:
        if isinstance(event, Opened) and REFERENCE not in event.data.attributes:
            name = names.of(event)
            count.file(name)
            target = folder / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                yield name, write_file(target, count.pieces(events, name), size=told_size(event.coding))
            except OSError as error:
                raise refused(error, name) from error


class PartNames:
    """The names that decoded contents get: the 计算机文件名 where it is harmless, a number where not."""

    def __init__(self) -> None:
        self.names = Names(LIMITS)

    def of(self, opened: Opened) -> str:
        coding = opened.coding
        electronic = coding.child("电子属性") if coding else None
        told = electronic.told("计算机文件名") if electronic else ""
        number = f"{opened.data.number:04d}"
        for wish in (told, f"{number}/{told}"):
            if told and not told.startswith("/") and (name := self._accepted(wish)):
                return name
        ending = coding.told("反编码关键字") if coding else ""
        ending = ending.removeprefix("base64-").removeprefix(".")
        plain = ending if ending.isascii() and ending.isalnum() and len(ending) < 9 else "bin"
        return self.names.file(f"{number}-{number}.{plain}")

    def _accepted(self, name: str) -> str:
        try:
            before = len(self.names.findings)
            accepted = self.names.file(name)
        except Invalid:
            return ""
        return accepted if len(self.names.findings) == before else ""


def told_size(coding: Node | None) -> int | None:
    """Return the bytes that a 编码 says its file has, None if it does not say."""
    electronic = coding.child("电子属性") if coding else None
    told = electronic.told("计算机文件大小") if electronic else ""
    size = told.split(" ")[0].removesuffix("字节")
    return int(size) if size.isdecimal() and size.isascii() and len(size) < 19 else None
