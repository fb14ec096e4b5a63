"""EAC-CPF: one authority record about a body, person or family."""

from __future__ import annotations

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead.gathering import Gathering, flat, paragraphs
from lantai.kernel.recordtypes import read_period
from lantai.kernel.sources.model import LEVEL

_KINDS = {"corporatebody": "body", "person": "person", "family": "family"}
_SILENT = frozenset(
    {"maintenanceStatus", "publicationStatus", "languageDeclaration", "conventionDeclaration", "recordId"}
)


def read_eac(record: etree._Element, stand_in: str) -> dict[str, str]:
    """Return the values of one eac-cpf element; ``stand_in`` is its ref when it has no recordId.

    Keys beside the reserved ones: agent_kind (body, person, family), title (the first authorised name),
    other_names, dates, places, functions, abstract (the history), sources, relations, and note for the rest.
    """
    into = Gathering()
    told = next((flat(e) for e in record.iter("{*}recordId", "{*}eacid")), "")
    into.values |= {"ref": told or stand_in, LEVEL: "agent"}
    for part in record:
        name = xml.name(part)
        if name == "control":
            _control(part, into)
        elif name == "cpfDescription":
            for section in part:
                _SECTIONS.get(xml.name(section), _other)(section, into)
        else:
            _other(part, into)
    return into.done()


def _control(control: etree._Element, into: Gathering) -> None:
    for child in control:
        name = xml.name(child)
        if name == "sources":
            for source in child.iter("{*}source"):
                into.add("sources", flat(source), "\n")
        elif name == "maintenanceHistory":
            for event in child.iter("{*}maintenanceEvent"):
                told = [flat(part) for part in event]
                into.note("maintenanceEvent", " ".join(text for text in told if text))
        elif name not in _SILENT:
            into.note(name, flat(child))


def _identity(identity: etree._Element, into: Gathering) -> None:
    kind = next((flat(e) for e in identity.iter("{*}entityType")), "")
    into.values["agent_kind"] = _KINDS.get(kind.casefold(), "")
    names = [(_name(e), e) for e in identity.iter("{*}nameEntry")]
    title = next((n for n, e in names if n and e.find("{*}authorizedForm") is not None), "")
    title = title or next((n for n, _ in names if n), "")
    into.add("title", title)
    for name, _ in names:
        if name != title:
            into.add("other_names", name)
    for child in identity:
        if xml.name(child) not in {"entityType", "nameEntry", "nameEntryParallel"}:
            into.note(xml.name(child), flat(child))


def _name(entry: etree._Element) -> str:
    parts = [flat(part).rstrip(" ,") for part in entry.iterchildren("{*}part")]
    return ", ".join(part for part in parts if part)


def _description(description: etree._Element, into: Gathering) -> None:
    for child in description:
        name = xml.name(child)
        if name == "description":
            _description(child, into)
        elif name == "existDates":
            into.add("dates", _dates(child))
        elif name in {"biogHist", "history"}:
            into.add("abstract", paragraphs(child), "\n")
        elif name in {"place", "places"}:
            for entry in child.iter("{*}placeEntry"):
                into.add("places", flat(entry))
            into.note("place", "；".join(_beside(child, "placeEntry")))
        elif name in {"function", "functions", "occupation", "occupations"}:
            for term in child.iter("{*}term"):
                into.add("functions", flat(term))
            into.note(name, "；".join(_beside(child, "term")))
        else:
            into.note(name, paragraphs(child))


def _beside(element: etree._Element, taken: str) -> list[str]:
    """Return the texts of the leaves of ``element`` other than those that were ``taken``."""
    leaves = [e for e in element.iter("{*}*") if not len(e) and xml.name(e) != taken]
    return [text for leaf in leaves if (text := flat(leaf))]


def _dates(element: etree._Element) -> str:
    """Return dates as they are written, a span as YYYY-YYYY where both ends are dates."""
    spans = list(element.iter("{*}dateRange"))
    if not spans:
        return "；".join(flat(date) for date in element.iter("{*}date")) or flat(element)
    told = []
    for span in spans:
        days = [flat(day) for day in span.iterchildren("{*}fromDate", "{*}toDate")]
        period = read_period("/".join(days)) if len(days) == 2 else None
        told.append(str(period) if period else "-".join(days))
    return "；".join(told)


def _relations(relations: etree._Element, into: Gathering) -> None:
    for relation in relations:
        kind = next((str(v) for k, v in relation.attrib.items() if str(k).endswith("RelationType")), "")
        name = "；".join(flat(entry) for entry in relation.iterchildren("{*}relationEntry"))
        rest = [flat(c) for c in relation if xml.name(c) != "relationEntry"]
        text = "，".join(part for part in (name, *rest) if part)
        into.add("relations", f"{kind}: {text}" if kind else text, "\n")


def _other(element: etree._Element, into: Gathering) -> None:
    into.note(xml.name(element), paragraphs(element))


_SECTIONS = {"identity": _identity, "description": _description, "relations": _relations}
