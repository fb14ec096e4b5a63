"""Dublin Core (simple, terms) and MODS, as repositories hand them out."""

from __future__ import annotations

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead.gathering import Gathering, flat

_DC = {
    "creator": "author",
    "subject": "keywords",
    "abstract": "abstract",
    "description": "abstract",
    "format": "medium",
    "extent": "medium",
    "medium": "medium",
    "language": "language",
    "alternative": "parallel_title",
    "provenance": "custody_history",
}
_DATES = frozenset({"date", "created", "issued"})
_LINES = frozenset({"abstract"})


def read_dublin_core(record: etree._Element, into: Gathering) -> None:
    """Add what a Dublin Core record says; terms without a key go to the note behind their name."""
    for child in record:
        name, text = xml.name(child), flat(child)
        if name == "title":
            into.first("title", text, "title")
        elif name in _DATES:
            into.first("date", text, name)
        elif name in _DC:
            key = _DC[name]
            into.add(key, text, "\n" if key in _LINES else "；")
        else:
            into.note(name, text)


def read_mods(record: etree._Element, into: Gathering) -> None:
    """Add what a MODS record says; a name that is not a creator's is a contributor's and goes to the note."""
    for child in record:
        name = xml.name(child)
        if name.casefold() == "titleinfo":
            parts = [flat(part) for part in child]
            into.first("title", " ".join(part for part in parts if part), "titleInfo")
        elif name == "name":
            _name(child, into)
        elif name == "originInfo":
            _origin(child, into)
        elif name == "language":
            into.add("language", _preferred(child))
        elif name == "physicalDescription":
            for part in child:
                into.add("medium", flat(part))
        elif name == "abstract":
            into.add("abstract", flat(child), "\n")
        elif name == "subject":
            _subject(child, into)
        else:
            kind = child.get("type", "")
            text = " ".join(part for part in (flat(part) for part in child) if part) or flat(child)
            into.note(f"{name}[{kind}]" if kind else name, text)


def _name(element: etree._Element, into: Gathering) -> None:
    name = ", ".join(text for part in element.iterchildren("{*}namePart") if (text := flat(part)))
    roles = [flat(role).casefold() for role in element.iter("{*}roleTerm")]
    if not roles or any(role in {"creator", "author", "cre", "aut"} for role in roles):
        into.add("author", name)
    else:
        into.note("name", f"{name} ({'；'.join(roles)})")


def _origin(element: etree._Element, into: Gathering) -> None:
    for part in element:
        if xml.name(part).startswith("date"):
            into.first("date", flat(part), xml.name(part))
        else:
            into.note(f"originInfo/{xml.name(part)}", flat(part))


def _preferred(element: etree._Element) -> str:
    terms = list(element.iterchildren("{*}languageTerm"))
    told = next((flat(t) for t in terms if t.get("type") == "text"), "")
    return told or next((flat(t) for t in terms), "") or flat(element)


def _subject(element: etree._Element, into: Gathering) -> None:
    people = list(element.iterchildren("{*}name"))
    for person in people:
        into.add("persons", ", ".join(t for p in person.iter("{*}namePart") if (t := flat(p))))
    rest = [flat(part) for part in element if part not in people]
    into.add("keywords", "--".join(text for text in rest if text) or ("" if people else flat(element)))
