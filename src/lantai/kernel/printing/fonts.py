"""The one font that everything is printed with, and which characters it can show."""

from __future__ import annotations

import importlib.metadata
import struct
from functools import cache
from pathlib import Path

import typst

from lantai.kernel.errors import Unavailable

PACKAGE = "noto-cjk-sans-otc"
FAMILY = "Noto Sans CJK SC"


@cache
def font_file() -> Path:
    """Return the font collection shipped by ``PACKAGE``; ``Unavailable`` when it is not installed.

    Fonts of the system are never used: they would make the same document look different elsewhere.
    """
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError as error:
        raise Unavailable("printing.font.missing", package=PACKAGE) from error
    for listed in distribution.files or ():
        path = Path(str(distribution.locate_file(listed)))
        if path.suffix in {".ttc", ".otc", ".otf", ".ttf"} and path.is_file():
            return path
    raise Unavailable("printing.font.missing", package=PACKAGE)


@cache
def fonts() -> typst.Fonts:
    """Return the font book holding that collection and nothing else."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_file().parent)]
    )


@cache
def coverage() -> frozenset[str]:
    """Return every character that ``FAMILY`` has a glyph for (the font's ``cmap``, format 12)."""
    index = next(font.index for font in fonts().fonts() if font.family == FAMILY)
    blob = font_file().read_bytes()
    start = struct.unpack_from(">I", blob, 12 + 4 * index)[0] if blob[:4] == b"ttcf" else 0
    return frozenset(map(chr, _code_points(blob, _table(blob, start, b"cmap"))))


def _table(blob: bytes, start: int, tag: bytes) -> int:
    """Return where the table ``tag`` of the face at ``start`` begins (OpenType, table directory)."""
    for number in range(struct.unpack_from(">H", blob, start + 4)[0]):
        name, _, offset, _ = struct.unpack_from(">4sIII", blob, start + 12 + 16 * number)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no table {tag!r}")


def _code_points(blob: bytes, cmap: int) -> set[int]:
    found: set[int] = set()
    for number in range(struct.unpack_from(">H", blob, cmap + 2)[0]):
        subtable = cmap + struct.unpack_from(">I", blob, cmap + 8 + 8 * number)[0]
        if struct.unpack_from(">H", blob, subtable)[0] != 12:
            continue
        groups = struct.unpack_from(">I", blob, subtable + 12)[0]
        for first, last, _ in struct.iter_unpack(">III", blob[subtable + 16 : subtable + 16 + 12 * groups]):
            found.update(range(first, last + 1))
    return found
