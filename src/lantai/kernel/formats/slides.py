"""The text of presentations in Office Open XML (.pptx), slide by slide, in the order they are shown."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.formats.package import Package, first

_MAIN = "ppt/presentation.xml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_MOST_SLIDES = 10_000


def texts(path: Path, limit: int) -> list[str]:
    """Return what stands on each slide and, behind it, in its notes; ``Corrupt`` when it does not open."""
    told: list[str] = []
    left = limit
    with Package(path) as package:
        for slide in _slides(package):
            told.append(_slide(package, slide) if left > 0 else "")
            left -= len(told[-1])
    return first(told, limit)


def _slides(package: Package) -> list[str]:
    """Return the members that are slides, hidden ones too."""
    targets = package.targets(_MAIN)
    told = [
        targets[relation][1]
        for slide in package.xml(_MAIN).iter("{*}sldId")
        for relation in [slide.get(_RELATION) or slide.get(_STRICT_RELATION) or ""]
        if relation in targets
    ]
    return [member for member in told if member in package.names][:_MOST_SLIDES]


def _slide(package: Package, member: str) -> str:
    notes = [place for kind, place in package.targets(member).values() if kind == "notesSlide"]
    parts = [member, *(place for place in notes[:1] if place in package.names)]
    return "\n".join(told for part in parts if (told := _paragraphs(package.xml(part))))


def _paragraphs(root: etree._Element) -> str:
    """Return the paragraphs of shapes and tables; what stands twice for older programs counts once."""
    for fallback in list(root.iter("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")):
        parent = fallback.getparent()
        if parent is not None:
            parent.remove(fallback)
    lines: list[list[str]] = [[]]
    for node in root.iter("{*}p", "{*}t", "{*}br"):  # one pass: paragraphs in paragraphs cost no more
        kind, parent = xml.name(node), node.getparent()
        if kind == "p":
            lines.append([])
        elif parent is None or parent.get("type") != "slidenum":
            lines[-1].append("\n" if kind == "br" else node.text or "")
    return "\n".join(line for words in lines if (line := "".join(words)).strip())
