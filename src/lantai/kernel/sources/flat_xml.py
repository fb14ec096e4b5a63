"""Plain XML tables: elements that repeat are rows, what lies in them are cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead.gathering import SEVERAL
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import Row, Source, SourceLimits
from lantai.kernel.sources.records import line_of
from lantai.kernel.xml_stream import Document, release

_NAMING = ("name", "名称", "字段名", "键")
"""Attributes by which a generic cell (field, 字段, 元素) names its column."""
_SPECIAL = frozenset({"space", "转义", "schemaLocation"})
_SHAPES = 10_000

Place = tuple[str, ...]


def read_flat_xml(path: Path, document: Document, limits: SourceLimits) -> Source:
    """Return the rows of an XML table.

    Rows are the outermost elements that repeat at one place and hold others or attributes (the only such
    element when none repeats). A cell's heading is its element's name, ``a/b`` for one that lies deeper,
    ``@b`` for an attribute; equal ones in a row are joined by "；". Text outside of the rows is a finding.
    Raises Invalid: ``sources.file.kind`` (no such elements), ``sources.table.too_wide``.
    """
    place, outside = _survey(path, document)
    headings: dict[str, None] = {}
    for row in _rows(document, place):
        headings.update(dict.fromkeys(_cells(row)))
        if len(headings) > limits.columns:
            raise Invalid("sources.table.too_wide", name=path.name, columns=limits.columns)
    names = unique(headings)

    def stream() -> Iterator[Row]:
        for row in _rows(document, place):
            cells = _cells(row)
            if any(cells.values()):
                yield Row(line_of(row), tuple([cells.get(name, "") for name in names]))

    findings = list(document.findings)
    if outside:
        told = " ".join(outside[:10])
        findings.append(Finding("sources.xml.outside", path.name, "/".join(place), told, Severity.WARNING))
    return Source(path, "xml", names, stream, document.encoding, tuple(findings))


def _survey(path: Path, document: Document) -> tuple[Place, list[str]]:
    """Return where the rows are, and the names of texts that stand elsewhere."""
    counts: Counter[Place] = Counter()
    filled: set[Place] = set()
    texts: dict[Place, None] = {}
    here: list[str] = []
    for kind, element in document.events():
        if kind == "start":
            if here:
                filled.add(tuple(here))
            here.append(xml.name(element))
            counts[tuple(here)] += 1
            if len(counts) > _SHAPES:
                raise Invalid("sources.file.kind", name=path.name)
            if len(element.attrib) > 1:
                filled.add(tuple(here))
            continue
        if (element.text or "").strip():
            texts[tuple(here)] = None
        here.pop()
        above = element.getparent()
        if above is not None:
            above.remove(element)
    rows = [place for place in filled if len(place) > 1] or [place for place in filled if len(place) == 1]
    if not rows:
        raise Invalid("sources.file.kind", name=path.name)
    repeated = [place for place in rows if counts[place] > 1] or rows
    depth = min(len(place) for place in repeated)
    chosen = max((p for p in repeated if len(p) == depth), key=lambda p: counts[p])
    return chosen, ["/".join(place[1:]) for place in texts if place[: len(chosen)] != chosen]


def _rows(document: Document, place: Place) -> Iterator[etree._Element]:
    here: list[str] = []
    for kind, element in document.events():
        if kind == "start":
            here.append(xml.name(element))
            continue
        if tuple(here) == place:
            yield element
        here.pop()
        if len(here) < len(place):
            release(element)


def _cells(row: etree._Element) -> dict[str, str]:
    cells: dict[str, str] = {}
    for heading, text in _walk(row, ""):
        there = cells.get(heading, "")
        cells[heading] = f"{there}{SEVERAL}{text}" if there and text else there or text
    return cells


def _walk(element: etree._Element, prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name = str(key).rpartition("}")[2]
        if name not in _SPECIAL and name not in (_NAMING if prefix else ()):
            yield (f"{prefix}@{name}" if prefix else name), str(value)
    if prefix and (not len(element) or (element.text or "").strip()):
        yield prefix, xml.value(element) if not len(element) else (element.text or "").strip()
    for child in element:
        told = next((child.get(name, "") for name in _NAMING if child.get(name)), "")
        name = told or xml.name(child)
        yield from _walk(child, f"{prefix}/{name}" if prefix else name)
