"""The XML members of a ZIP-based document, unpacked within limits and parsed without trust."""

from __future__ import annotations

import posixpath
import zipfile
from pathlib import Path
from types import TracebackType

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.errors import Corrupt, Invalid
from lantai.kernel.formats.office import BROKEN, MEMBERS_LIMIT

MEMBER_LIMIT = 64 << 20
"""Bytes of one member; a larger one is not read."""

UNPACKED_LIMIT = 256 << 20
"""Bytes unpacked of one document."""


class Package:
    """An open document. Whatever is wrong with it is ``Corrupt("formats.text.unreadable")``."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._left = UNPACKED_LIMIT
        try:
            self._archive = zipfile.ZipFile(path)
        except BROKEN as problem:
            raise self.refused(f"{type(problem).__name__}: {problem}") from problem
        self.names = frozenset(entry.filename for entry in self._archive.infolist()[:MEMBERS_LIMIT])

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def refused(self, reason: str) -> Corrupt:
        """Return the error that says why no text can be had."""
        return Corrupt("formats.text.unreadable", path=self._name, reason=reason[:300])

    def xml(self, member: str) -> etree._Element:
        """Return the root of an XML member."""
        most = min(MEMBER_LIMIT, self._left)
        try:
            with self._archive.open(member) as stream:
                data = stream.read(most + 1)
        except (*BROKEN, KeyError) as problem:
            raise self.refused(f"{type(problem).__name__}: {problem}") from problem
        if len(data) > most:
            raise self.refused(f"{member} > {most} bytes")
        self._left -= len(data)
        try:
            return xml.parse(data, member).root
        except Invalid as problem:
            raise self.refused(f"{member}: {problem.code}") from problem

    def targets(self, member: str) -> dict[str, tuple[str, str]]:
        """Return the members that ``member`` relates to by relation id: (last word of the type, member)."""
        folder, name = posixpath.split(member)
        relations = f"{folder}/_rels/{name}.rels"
        if relations not in self.names:
            return {}
        return {
            relation.get("Id", ""): (relation.get("Type", "").rpartition("/")[2], place)
            for relation in self.xml(relations).iter("{*}Relationship")
            if relation.get("TargetMode") != "External"
            for place in [posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]]
        }


def first(texts: list[str], limit: int) -> list[str]:
    """Return ``texts`` with at most ``limit`` characters in all; their number stays."""
    left, kept = limit, []
    for text in texts:
        kept.append(text[: max(left, 0)])
        left -= len(kept[-1])
    return kept
