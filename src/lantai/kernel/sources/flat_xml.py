"""Plain XML tables: elements that repeat are rows, what lies in them are cells. No tree is ever built."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lantai.kernel.ead.gathering import SEVERAL
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import Row, Source, SourceLimits
from lantai.kernel.xml_stream import Document

_NAMING = ("name", "名称", "字段名", "键")
"""Attributes by which a generic cell (field, 字段, 元素) names its column."""
_SHAPES = 10_000
_DEPTH = 200


class _Shape:
    """All elements of one name at one place: how many, what they carry, which columns they fill."""

    __slots__ = ("above", "attributes", "children", "column", "columns", "count", "name", "told")

    def __init__(self, name: str, above: _Shape | None) -> None:
        self.name = name
        self.above = above
        self.children: dict[str, _Shape] = {}
        self.attributes: dict[str, None] = {}
        self.count = 0
        self.told = False
        self.column = -1
        self.columns: dict[str, int] = {}

    def place(self) -> list[str]:
        """Return the names from the root down to here."""
        return [*(self.above.place() if self.above else []), self.name]


def read_flat_xml(path: Path, document: Document, limits: SourceLimits) -> Source:
    """Return the rows of an XML table.

    Rows are the outermost elements that repeat at one place and hold others or attributes (the only such
    element when none repeats). A cell's heading is its element's name, ``a/b`` for one that lies deeper,
    ``@b`` for an attribute; equal ones in a row are joined by "；". Text outside of the rows is a finding.
    Raises Invalid: ``sources.file.kind`` (no such elements), ``sources.table.too_wide``.
    """
    survey = _Survey(path)
    for _ in survey.run(document):
        pass
    row = _chosen(survey.shapes, path)
    headings: list[str] = []
    _number(row, "", headings)
    if len(headings) > limits.columns:
        raise Invalid("sources.table.too_wide", name=path.name, columns=limits.columns)
    names = unique(headings)

    def stream() -> Iterator[Row]:
        return _Rows(path, survey.root, row, len(names), limits.object).run(document)

    findings = list(document.findings)
    inside = set(map(id, _below(row)))
    outside = ["/".join(s.place()[1:]) for s in survey.shapes if s.told and id(s) not in inside]
    if outside:
        told = " ".join(outside[:10])
        findings.append(Finding("sources.xml.outside", path.name, row.name, told, Severity.WARNING))
    return Source(path, "xml", names, stream, document.encoding, tuple(findings))


def _chosen(shapes: list[_Shape], path: Path) -> _Shape:
    filled = [shape for shape in shapes if shape.children or len(shape.attributes) > 1]
    below = [shape for shape in filled if shape.above is not None] or filled
    if not below:
        raise Invalid("sources.file.kind", name=path.name)
    repeated = [shape for shape in below if shape.count > 1] or below
    depth = min(len(shape.place()) for shape in repeated)
    return max((s for s in repeated if len(s.place()) == depth), key=lambda shape: shape.count)


def _below(shape: _Shape) -> Iterator[_Shape]:
    yield shape
    for child in shape.children.values():
        yield from _below(child)


def _number(shape: _Shape, prefix: str, headings: list[str]) -> None:
    """Give columns to the attributes and texts below a row, in the order in which they first came."""
    for attribute in shape.attributes:
        shape.columns[attribute] = len(headings)
        name = attribute.rpartition(":")[2]
        headings.append(f"{prefix}@{name}" if prefix else name)
    if prefix and (shape.told or not shape.children):
        shape.column = len(headings)
        headings.append(prefix)
    for child in shape.children.values():
        _number(child, f"{prefix}/{child.name}" if prefix else child.name, headings)


def _key(name: str, attributes: dict[str, str]) -> tuple[str, str]:
    """Return what tells apart elements at one place, and the name a person gives them."""
    for naming in _NAMING:
        if attributes.get(naming):
            return f"{name} {attributes[naming]}", attributes[naming]
    return name, name.rpartition(":")[2]


def _kept(attribute: str) -> bool:
    prefix, _, name = attribute.rpartition(":")
    return prefix not in {"xml", "xmlns", "xsi"} and name != "xmlns" and name not in {"转义", *_NAMING}


class _Pass:
    """One pass over a document by handlers; rows that became whole are given out after each block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ready: list[Row] = []
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.buffer_size = 1 << 16
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def run(self, document: Document) -> Iterator[Row]:
        for block in document.blocks():
            self.parser.Parse(block, False)
            if self.ready:
                yield from self.ready
                self.ready.clear()
        self.parser.Parse(b"", True)
        yield from self.ready

    def start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def text(self, data: str) -> None:
        raise NotImplementedError


class _Survey(_Pass):
    """Learns the shapes of a document."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.root = _Shape("", None)
        self.here = [self.root]
        self.shapes: list[_Shape] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        key, label = _key(name, attributes) if attributes else (name, "")
        above = self.here[-1]
        shape = above.children.get(key)
        if shape is None:
            shape = _Shape(label or name.rpartition(":")[2], above if above is not self.root else None)
            above.children[key] = shape
            self.shapes.append(shape)
            if len(self.shapes) > _SHAPES or len(self.here) > _DEPTH:
                raise Invalid("sources.file.kind", name=self.path.name)
        shape.count += 1
        if attributes:
            keep = dict.fromkeys(attribute for attribute in attributes if _kept(attribute))
            shape.attributes.update(keep)
        self.here.append(shape)

    def end(self, name: str) -> None:
        self.here.pop()

    def text(self, data: str) -> None:
        shape = self.here[-1]
        if not shape.told and not data.isspace():
            shape.told = True


class _Rows(_Pass):
    """Makes the rows, along the shapes of the survey; a row holds at most ``limit`` characters."""

    def __init__(self, path: Path, root: _Shape, row: _Shape, width: int, limit: int) -> None:
        super().__init__(path)
        self.limit = limit
        self.size = 0
        self.several: dict[int, list[str]] = {}
        self.here = [root]
        self.row = row
        self.blank = [""] * width
        self.cells: list[str] | None = None
        self.line = 0
        self.special: list[Any] = []
        self.pieces: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        key = _key(name, attributes)[0] if attributes else name
        shape = self.here[-1].children[key]
        self.flush()
        self.here.append(shape)
        if shape is self.row:
            self.cells = self.blank.copy()
            self.size = 0
            self.line = self.parser.CurrentLineNumber
        if attributes and self.cells is not None:
            for attribute, column in shape.columns.items():
                if attribute in attributes:
                    self.put(column, attributes[attribute])
            if "转义" in attributes or "xml:space" in attributes:
                self.special = [len(self.here), attributes]

    def end(self, name: str) -> None:
        self.flush()
        shape = self.here.pop()
        if shape is self.row and self.cells is not None:
            for column, texts in self.several.items():
                self.cells[column] = SEVERAL.join(texts)
            self.several.clear()
            if any(self.cells):
                self.ready.append(Row(self.line, tuple(self.cells)))
            self.cells = None

    def text(self, data: str) -> None:
        if self.cells is not None:
            self.pieces.append(data)
            self.size += len(data)
            if self.size > self.limit:
                raise Invalid("sources.cell.too_long", name=self.path.name, row=self.line, limit=self.limit)

    def flush(self) -> None:
        """Put the text that came since the last tag into the column of its element."""
        if not self.pieces:
            return
        text = "".join(self.pieces)
        self.pieces.clear()
        column = self.here[-1].column
        if self.special and self.special[0] == len(self.here):
            attributes: dict[str, str] = self.special[1]
            self.special = []
            if attributes.get("转义") == "%":
                text = urllib.parse.unquote(text, errors="surrogatepass")
            elif attributes.get("xml:space") != "preserve":
                text = text.strip()
        else:
            text = text.strip()
        if text and column >= 0:
            self.put(column, text)

    def put(self, column: int, text: str) -> None:
        """Add ``text`` to a cell, behind what is there."""
        if self.cells is None or not text:
            return
        if self.cells[column]:
            self.several.setdefault(column, [self.cells[column]]).append(text)
        else:
            self.cells[column] = text
