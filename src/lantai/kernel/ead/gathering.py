"""What foreign descriptions say, gathered by element key; what has no key stays readable as a note."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from lantai.kernel import xml

NOTE = "note"
SEVERAL = "；"
"""Between the values of a repeatable element."""

_BLOCKS = frozenset(
    {
        *("p", "item", "defitem", "chronitem", "chronItem", "list", "chronlist", "chronList", "blockquote"),
        *("table", "tgroup", "thead", "tbody", "row", "head", "eventgrp", "eventGrp", "index", "indexentry"),
        *("bibref", "address", "addressline", "addressLine", "listhead", "outline", "level"),
        *("legalstatus", "term", "citation", "abstract", "chronitemset"),
    }
)
_PAIRS = frozenset({"defitem", "chronitem", "chronItem", "row", "indexentry", "chronitemset"})


class Gathering:
    """Values of one unit by element key, in the order of their first appearance."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._notes: list[str] = []
        self._more: dict[str, list[str]] = {}
        self._seen: dict[tuple[str, str], set[str]] = {}

    def add(self, key: str, text: str, between: str = SEVERAL) -> None:
        """Put ``text`` under ``key``, behind what is there already; the same text twice counts once."""
        if not text:
            return
        there = self.values.get(key, "")
        if not there:
            self.values[key] = text
            return
        more = self._more.setdefault(key, [])
        seen = self._seen.get((key, between))
        if seen is None:
            seen = self._seen[key, between] = set("".join([there, *more]).split(between))
        if text not in seen:
            more += between, text
            seen.update(text.split(between))

    def first(self, key: str, text: str, tag: str) -> None:
        """Put ``text`` under ``key`` if nothing is there yet, else into the note under the name ``tag``."""
        if text and self.values.setdefault(key, text) != text:
            self.note(tag, text)

    def note(self, tag: str, text: str) -> None:
        """Put ``text`` into the note, on lines of its own, behind the name of its element."""
        if text:
            self._notes.append(f"{tag}: {text}")

    def done(self) -> dict[str, str]:
        """Return the values, the note last."""
        for key, more in self._more.items():
            self.values[key] += "".join(more)
        self._more.clear()
        self._seen.clear()
        told = [self.values.pop(NOTE, ""), *dict.fromkeys(self._notes)]
        if note := "\n".join(line for line in told if line):
            self.values[NOTE] = note
        return self.values


def flat(element: etree._Element, without: frozenset[str] = frozenset()) -> str:
    """Return all text of ``element`` on one line, white space collapsed, leaving out the children named."""
    return " ".join("".join(_pieces(element, without)).split())


def _pieces(element: etree._Element, without: frozenset[str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if xml.name(child) == "lb":
            yield " "
        elif xml.name(child) not in without:
            yield from _pieces(child, frozenset())
        yield child.tail or ""


def paragraphs(element: etree._Element, heads: bool = False) -> str:
    """Return the text of a section, one line for each paragraph, list item or table row.

    The heading of the section itself is its label, not its text, and is left out unless ``heads``.
    """
    return "\n".join(line for line in _lines(element, heads) if line)


def _lines(element: etree._Element, heads: bool) -> Iterator[str]:
    if xml.name(element) in _PAIRS:
        yield ": ".join(text for text in (flat(child) for child in element) if text)
        return
    run = element.text or ""
    for child in element:
        name = xml.name(child)
        if name in _BLOCKS or any(xml.name(inner) in _BLOCKS for inner in child.iter("{*}*")):
            yield " ".join(run.split())
            run = ""
            if name != "head" or heads:
                yield from _lines(child, True)
        else:
            run += " " if name == "lb" else "".join(_pieces(child, frozenset()))
        run += child.tail or ""
    yield " ".join(run.split())
