"""Opening XML without fetching or expanding anything it names."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from lantai.kernel.formats.model import Inspection, damaged, unchecked

SIZE_LIMIT = 256 << 20


def parse(data: bytes, *, recover: bool = False) -> etree._Element | None:
    """Return the root of ``data``, or None when nothing can be read of it.

    Entities stay as they are, no network, no external subset, the parser's own depth and size limits.
    Without ``recover`` a document that is not well-formed raises ``etree.XMLSyntaxError``.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover
    )
    return etree.fromstring(data, parser)


def inspect(path: Path) -> Inspection:
    """Return whether the file is well-formed; the root's name is what it declares."""
    if path.stat().st_size > SIZE_LIMIT:
        return unchecked("formats.xml.too_large")
    try:
        root = parse(path.read_bytes())
    except (etree.XMLSyntaxError, ValueError) as problem:
        return damaged("formats.xml.malformed", str(problem))
    if root is None:
        return damaged("formats.xml.malformed", "no root element")
    return Inspection(True, declared=etree.QName(root).localname)


def text(path: Path, limit: int) -> str:
    """Return the character data of the document, one piece per line; what cannot be read is left out."""
    with open(path, "rb") as stream:
        root = parse(stream.read(SIZE_LIMIT), recover=True)
    if root is None:
        return ""
    pieces, left = [], limit
    for piece in root.itertext():
        told = str(piece).strip()
        if told:
            pieces.append(told)
            left -= len(told) + 1
        if left < 0:
            break
    return "\n".join(pieces)[:limit]
