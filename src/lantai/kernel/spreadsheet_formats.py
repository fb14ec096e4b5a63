"""Numbers that a sheet shows with leading zeros or fixed words (件号 as 0007, 盒号 as "盒"07): xlsx only.

The reader of cells gives the bare number; a person who looked at the sheet would have typed what it shows.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

_PADDED = re.compile(r'(?:"([^"]*)"|([^"0#?.,;@\[\]%\s]*))(0+)(?:"([^"]*)")?(?:;.*)?')
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d*)")
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Padding:
    """What a number format puts around a whole number and how many digits it shows at least."""

    before: str
    digits: int
    behind: str

    def show(self, text: str) -> str:
        """Return ``text`` as the sheet shows it; what is no whole number stays as it is."""
        if not text.isdecimal():
            return text
        return f"{self.before}{text.zfill(self.digits)}{self.behind}"


def padding(code: str) -> Padding | None:
    """Return what a number format says when all it does is to pad whole numbers, else None."""
    found = _PADDED.fullmatch(code)
    if found is None:
        return None
    before, behind = found[1] or found[2] or "", found[4] or ""
    return Padding(before, len(found[3]), behind) if before or behind or len(found[3]) > 1 else None


def padded_cells(path: str, sheet: str) -> Mapping[int, Mapping[int, Padding]]:
    """Return the paddings of ``sheet`` by row and column, both from 0; nothing for what is no sound xlsx."""
    try:
        with zipfile.ZipFile(path) as archive:
            styles = _styles(archive)
            part = _part(archive, sheet) if styles else ""
            return _cells(archive, part, styles) if part else {}
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError, expat.ExpatError):
        return {}


Start = Callable[[str, dict[str, str]], None]


def _parse(stream: IO[bytes], start: Start) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    parser.StartDoctypeDeclHandler = _refuse
    while block := stream.read(_BLOCK):
        parser.Parse(block, False)
    parser.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise ValueError("a sheet has no document type")


def _styles(archive: zipfile.ZipFile) -> dict[str, Padding]:
    """Return the padding of each cell style that has one, by its number as cells name it."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    formats: dict[str, Padding] = {}
    styles: dict[str, Padding] = {}
    count = -1
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count, inside
        if name == "numFmt" and (found := padding(attributes.get("formatCode", ""))):
            formats[attributes.get("numFmtId", "")] = found
        if name in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = name == "cellXfs"
        if name == "xf" and inside:
            count += 1
            if attributes.get("numFmtId", "") in formats:
                styles[str(count)] = formats[attributes["numFmtId"]]

    with archive.open("xl/styles.xml") as stream:
        _parse(stream, start)
    return styles


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds ``sheet``."""
    wanted: list[str] = []
    targets: dict[str, str] = {}

    def sheets(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("name") == sheet:
            wanted.extend(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")

    def relations(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    with archive.open("xl/workbook.xml") as stream:
        _parse(stream, sheets)
    with archive.open("xl/_rels/workbook.xml.rels") as stream:
        _parse(stream, relations)
    target = targets.get(wanted[0], "") if wanted else ""
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") if target else ""


def _cells(
    archive: zipfile.ZipFile, part: str, styles: Mapping[str, Padding]
) -> dict[int, dict[int, Padding]]:
    found: dict[int, dict[int, Padding]] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name != "c" or attributes.get("t", "n") != "n":
            return
        style = styles.get(attributes.get("s", ""))
        place = _PLACE.fullmatch(attributes.get("r", "")) if style else None
        if style and place:
            found.setdefault(int(place[2]) - 1, {})[_column(place[1])] = style

    with archive.open(part) as stream:
        _parse(stream, start)
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
