"""The text of OpenDocument files (GB/T 20916 and ISO/IEC 26300): .odt, .ods, .odp, .odg."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.formats.package import Package, first

_SILENT = frozenset({"tracked-changes", "forms", "scripts", "settings", "event-listeners", "object"})
"""Elements whose text no reader sees; ``object`` are embedded documents given as XML."""

_LINES = frozenset({"p", "h"})
_MOST_BLANKS = 100


def texts(path: Path, limit: int) -> list[str]:
    """Return the text: one entry per sheet or slide, else one in all; ``Corrupt`` when it does not open."""
    with Package(path) as package:
        if "META-INF/manifest.xml" in package.names and "content.xml" in package.names:
            _refuse_locked(package)
        body = next(package.xml("content.xml").iter("{*}body"), None)
        if body is None:
            raise package.refused("content.xml: no body")
    kind = next((xml.name(child) for child in body), "")
    if kind == "spreadsheet":
        told = [_sheet(table, limit) for table in body[0].iterchildren("{*}table")]
    elif kind in {"presentation", "drawing"}:
        told = [_plain(page) for page in body[0].iterchildren("{*}page")]
    else:
        told = [_plain(body)]
    return first(told, limit)


def _refuse_locked(package: Package) -> None:
    for entry in package.xml("META-INF/manifest.xml").iter("{*}encryption-data"):
        parent = entry.getparent()
        if parent is not None and "content.xml" in parent.attrib.values():
            raise package.refused("encrypted")


def _sheet(table: etree._Element, limit: int) -> str:
    """Return the rows as lines and the cells parted by tabs; runs of empty cells at the end are left out."""
    lines, left = [], limit
    for row in _rows(table):
        cells = [_plain(cell).replace("\n", " ") for cell in row.iterchildren("{*}table-cell")]
        line = "\t".join(cells).rstrip()
        if line:
            lines.append(line)
            left -= len(line) + 1
        if left < 0:
            break
    return "\n".join(lines)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """Yield the rows of a table and of its groups, not those of tables inside cells."""
    for child in table:
        if xml.name(child) == "table-row":
            yield child
        elif xml.name(child) in {"table-rows", "table-header-rows", "table-row-group"}:
            yield from _rows(child)


def _plain(element: etree._Element) -> str:
    pieces: list[str] = []
    _walk(element, pieces, inside=False)
    return "\n".join(line for line in map(str.rstrip, "".join(pieces).split("\n")) if line)


def _walk(element: etree._Element, pieces: list[str], *, inside: bool) -> None:
    """Gather what stands in paragraphs; the parser bounds how deep this goes."""
    name = xml.name(element)
    if name in _SILENT:
        return
    line = name in _LINES
    if line:
        pieces.append("\n")
    inside = line or (inside and name != "annotation")  # of a remark only its paragraphs
    if inside:
        pieces.extend(_own(element, name))
    for child in element:
        _walk(child, pieces, inside=inside)
        if inside and child.tail:
            pieces.append(child.tail)
    if line:
        pieces.append("\n")


def _own(element: etree._Element, name: str) -> Iterable[str]:
    if name == "s":
        count = next((str(value) for key, value in element.items() if str(key).endswith("}c")), "1")
        return (" " * min(int(count), _MOST_BLANKS) if count.isdecimal() and len(count) < 9 else " ",)
    if name == "tab":
        return ("\t",)
    if name == "line-break":
        return ("\n",)
    return (element.text or "",)
