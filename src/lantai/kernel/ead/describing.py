"""What one component of a finding aid says, by element key: EAD 2002 and EAD3 alike."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead.gathering import NOTE, Gathering, flat, paragraphs
from lantai.kernel.recordtypes import read_period

COMPONENTS = frozenset({"c", *(f"c{number:02}" for number in range(1, 13))})
HEADERS = frozenset({"eadheader", "control", "frontmatter"})
SERIES = frozenset({"series", "subseries", "fonds", "subfonds", "collection", "recordgrp", "subgrp"})

_SECTIONS = {
    "scopecontent": "abstract",
    "custodhist": "custody_history",
    "userestrict": "intellectual_property",
    "originalsloc": "originals_location",
    "altformavail": "copies_location",
}
_UPPER_SECTIONS = {"arrangement": "arrangement", "relatedmaterial": "related_units"}
_PEOPLE = frozenset({"persname", "famname"})
_NAMES = frozenset({*_PEOPLE, "corpname", "name", "geogname", "subject", "function", "occupation"})
_TITLE_PARTS = frozenset({"unitdate"})
_SKIPPED = frozenset({"head", "dsc", "runner", "did"})
_OWN_FRAMES = frozenset({"did", "controlaccess"})
_IGNORED_ATTRIBUTES = frozenset({"level", "encodinganalog", "relatedencoding", "schemaLocation"})


def describe(component: etree._Element, level: str) -> tuple[str, dict[str, str]]:
    """Return (first unitid, values by key) of an archdesc or c, without what lies in its components.

    What stands behind the first component is not looked at: while a file streams in it may not be there yet.
    Known places go to keys; headings of sections are labels and dropped; everything else, attributes of the
    component included, goes to "note" behind the name of its tag.
    """
    into = Gathering()
    unitid = ""
    for did in component.iterchildren("{*}did"):
        unitid = unitid or _did(did, into)
    for key, value in component.attrib.items():
        name = str(key).rpartition("}")[2]
        if name not in _IGNORED_ATTRIBUTES:
            into.note(f"@{name}", str(value))
    told = component.get("level", "")
    if told != level:
        into.note("@level", told)
    _sections(component, level, into)
    if not into.values.get("title") and into.values.get("date"):
        into.values["title"] = into.values["date"]
    return unitid, into.done()


def header(element: etree._Element, into: Gathering) -> None:
    """Put what the header of a finding aid says into the note, text by text."""
    direct = [element.text or "", *((child.tail or "") for child in element)]
    if any(text.strip() for text in direct) or not len(element):
        into.note(xml.name(element), flat(element))
        return
    for child in element:
        header(child, into)


def _did(did: etree._Element, into: Gathering) -> str:
    unitid = ""
    for child in did:
        name = xml.name(child)
        if name == "unitid" and not unitid:
            unitid = flat(child)
            into.note("unitid", unitid)
        elif name in _DID:
            _DID[name](child, into)
        elif name != "head":
            into.note(name, _linked(child))
    return unitid


def _title(element: etree._Element, into: Gathering) -> None:
    dates = list(element.iter("{*}unitdate"))
    text = flat(element, _TITLE_PARTS).rstrip(" ,;，；") if dates else flat(element)
    into.first("title", text, "unittitle")
    for date in dates:
        _date(date, into)


def _date(element: etree._Element, into: Gathering) -> None:
    """Take the normal form where it is a date; another wording and further dates go to the note."""
    text = flat(element)
    normal = element.get("normal", "")
    period = read_period(normal) if normal else None
    date = str(period) if period else text
    kind = element.get("type", "") or element.get("unitdatetype", "")
    name = f"unitdate[{kind}]" if kind == "bulk" else "unitdate"
    if kind == "bulk" or "date" in into.values:
        into.note(name, text if date == text else f"{text} ({date})".strip())
        return
    into.add("date", date)
    if text != date:
        into.note(name, text)
    if normal and not period:
        into.note("unitdate@normal", normal)


def _structured_date(element: etree._Element, into: Gathering) -> None:
    """EAD3 unitdatestructured: a single date, or the span of a daterange."""
    for part in element.iter("{*}datesingle", "{*}daterange"):
        days = list(part.iterchildren("{*}fromdate", "{*}todate")) or [part]
        told = [day.get("standarddate", "") or flat(day) for day in days]
        period = read_period("/".join(told))
        into.first("date", str(period) if period else "-".join(told), "unitdatestructured")


def _named(element: etree._Element) -> str:
    """Return a name: its EAD3 parts with commas between them, or its text."""
    parts = [flat(part) for part in element.iterchildren("{*}part")]
    return ", ".join(part for part in parts if part) or flat(element)


def _origination(element: etree._Element, into: Gathering) -> None:
    names = [child for child in element if xml.name(child) in _NAMES]
    for name in names or [element]:
        into.add("author", _named(name))


def _repository(element: etree._Element, into: Gathering) -> None:
    names = [child for child in element if xml.name(child) in _NAMES]
    into.first("archives_name", _named(names[0]) if names else flat(element), "repository")
    if names and flat(element) != flat(names[0]):
        into.note("repository", flat(element))


def _language(element: etree._Element, into: Gathering) -> None:
    text = flat(element)
    codes = [e.get("langcode", "") for e in element.iter("{*}language", "{*}langmaterial")]
    into.add("language", text or " ".join(code for code in codes if code))


def _extent(element: etree._Element, into: Gathering) -> None:
    parts = [paragraphs(child) or flat(child) for child in element]
    direct = (element.text or "").strip() or any((child.tail or "").strip() for child in element)
    text = flat(element) if direct or not parts else "，".join(part for part in parts if part)
    into.add("medium", text)


def _container(element: etree._Element, into: Gathering) -> None:
    kind = element.get("localtype", "") or element.get("type", "")
    text = flat(element)
    if kind.casefold() == "box":
        into.first("box_number", text, "container[box]")
    else:
        into.note(f"container[{kind}]" if kind else "container", text)


def _abstract(element: etree._Element, into: Gathering) -> None:
    into.add("abstract", paragraphs(element), "\n")


def _place(element: etree._Element, into: Gathering) -> None:
    into.first("current_location", flat(element), "physloc")


def _note(element: etree._Element, into: Gathering) -> None:
    into.add(NOTE, paragraphs(element), "\n")


_DID: dict[str, Callable[[etree._Element, Gathering], None]] = {
    "unittitle": _title,
    "unitdate": _date,
    "unitdatestructured": _structured_date,
    "origination": _origination,
    "repository": _repository,
    "langmaterial": _language,
    "physdesc": _extent,
    "physdescstructured": _extent,
    "container": _container,
    "abstract": _abstract,
    "physloc": _place,
    "note": _note,
    "didnote": _note,
}


def _sections(component: etree._Element, level: str, into: Gathering) -> None:
    upper = level in {"fonds", "series"}
    for child in component:
        name = xml.name(child)
        if name in COMPONENTS:
            return
        if name in _SKIPPED:
            if name == "dsc":
                _listing(child, into)
        elif name == "descgrp":
            _sections(child, level, into)
        elif name == "controlaccess":
            _headings(child, into)
        elif name in _SECTIONS:
            into.add(_SECTIONS[name], paragraphs(child), "\n")
        elif name == "bioghist" and level == "fonds":
            into.add("agency_history", paragraphs(child), "\n")
        elif upper and name in _UPPER_SECTIONS:
            into.add(_UPPER_SECTIONS[name], paragraphs(child), "\n")
        elif name == "note":
            _note(child, into)
        else:
            into.note(name, _linked(child))


def _listing(dsc: etree._Element, into: Gathering) -> None:
    """Take what a dsc says about itself."""
    for child in dsc:
        name = xml.name(child)
        if name not in {"head", "thead"} and name not in COMPONENTS:
            into.note(f"dsc/{name}", paragraphs(child))


def _headings(element: etree._Element, into: Gathering) -> None:
    for child in element:
        name = xml.name(child)
        if name == "controlaccess":
            _headings(child, into)
        elif name in _PEOPLE:
            into.add("persons", _named(child))
        elif name in {"p", "list", "note", "address"}:
            into.note("controlaccess", paragraphs(child))
        elif name != "head":
            into.add("keywords", _named(child))


def _linked(element: etree._Element) -> str:
    """Return the text of an element and the addresses it points to."""
    links = [str(v) for e in element.iter("{*}*") for k, v in e.attrib.items() if _is_link(str(k))]
    return " ".join(text for text in (paragraphs(element), *dict.fromkeys(links)) if text)


def _is_link(attribute: str) -> bool:
    return attribute.rpartition("}")[2] in {"href", "entityref"}


def own_values(component: etree._Element, texts: bool = True) -> list[tuple[str, str]]:
    """Return (key, value) as :mod:`.writing` wrote them: every element names its key, text is exact.

    Without ``texts`` only the keys and the ref are told, for passes that want no more.
    """
    found: list[tuple[str, str]] = []
    _own(component, texts, found)
    return found


def _own(component: etree._Element, texts: bool, found: list[tuple[str, str]]) -> None:
    for child in component:
        key = child.get("encodinganalog")
        if child.get("level") and xml.name(child) in COMPONENTS:
            return
        if key is None:
            if xml.name(child) in _OWN_FRAMES:
                _own(child, texts, found)
        elif not texts and key != "ref":
            found.append((key, ""))
        elif not len(child):
            found.append((key, child.text or ""))
        else:
            blocks = [_exact(block) for block in child if xml.name(block) == "p"]
            found.append((key, "\n".join(blocks) if blocks else _exact(child)))


def _exact(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()) if len(element) else element.text or ""
