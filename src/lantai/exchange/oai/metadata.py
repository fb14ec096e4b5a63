"""A record as metadata for harvesters: Dublin Core and EAD3, of public elements only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from lxml import etree

from lantai.exchange.rest.documents import open_values
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Mark, RecordView

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
EAD = "http://ead3.archivists.org/schema/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEVERAL = re.compile(r"[；;\n]+")
_SIMPLE = {
    **{name: name for name in ("title", "creator", "subject", "description", "publisher", "contributor")},
    **{name: name for name in ("date", "type", "format", "identifier", "source", "language", "relation")},
    **{name: name for name in ("coverage", "rights")},
    **{"alternative": "title", "abstract": "description", "provenance": "description", "created": "date"},
    **{"medium": "format", "extent": "format", "isPartOf": "relation", "hasPart": "relation"},
    **{"spatial": "coverage", "temporal": "coverage", "accessRights": "rights"},
}
"""Terms of the types → the fifteen elements; other terms are not told."""

_DID = frozenset(("unitid", "unittitle", "unitdate", "physdesc", "physloc", "container", "didnote"))
_NAMED = {"origination": "name", "repository": "corpname"}
_HEADINGS = frozenset(("subject", "persname", "corpname", "geogname", "genreform", "famname"))
_PROSE = (
    *("scopecontent", "accessrestrict", "userestrict", "bioghist", "custodhist", "altformavail"),
    *("originalsloc", "relatedmaterial", "arrangement", "appraisal"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """A metadata format: its prefix, schema and namespace, and what writes it."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[[RecordView, Mark, str], etree._Element]


def fit(text: str) -> str:
    """Return ``text`` with a replacement mark for each sign that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def _told(record: RecordView) -> Iterator[tuple[str, str, str]]:
    """Yield Dublin Core term, EAD path and value of the public elements, each value by itself."""
    kind = holdings.types().get(record.type)
    for key, value in open_values(record).items():
        element = kind.by_key[key] if kind else None
        if element is None:
            continue
        several = _SEVERAL.split(value) if element.repeat else [value]
        for one in several:
            if one.strip():
                yield element.dc, element.ead, fit(one.strip())


def dublin_core(record: RecordView, mark: Mark, agency: str) -> etree._Element:
    """Return ``record`` as ``oai_dc:dc``."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd")
    pairs = [("title", fit(record.title)), ("identifier", fit(record.ref)), ("identifier", fit(record.urn))]
    pairs += [(_SIMPLE[term], value) for term, _, value in _told(record) if term in _SIMPLE]
    if agency:
        pairs.append(("publisher", fit(agency)))
    for name, value in dict.fromkeys(pairs):
        etree.SubElement(root, f"{{{DC}}}{name}").text = value
    return root


def _below(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, f"{{{EAD}}}{name}", attrib=attributes)
    if text:
        made.text = text
    return made


def ead3(record: RecordView, mark: Mark, agency: str) -> etree._Element:
    """Return ``record`` as a whole EAD3 document about this one unit of description."""
    root = etree.Element(f"{{{EAD}}}ead", nsmap=cast(Any, {None: EAD, "xsi": XSI}))
    root.set(f"{{{XSI}}}schemaLocation", f"{EAD} https://www.loc.gov/ead/ead3.xsd")
    _control(root, record, mark, agency)
    archdesc = _below(root, "archdesc", level=record.level)
    did = _below(archdesc, "did")
    told = list(dict.fromkeys((ead, value) for _, ead, value in _told(record)))
    told = [("unitid", fit(record.ref)), ("unittitle", fit(record.title)), *told]
    for path, value in dict.fromkeys(told):
        _in_did(did, path, value)
    for name in _PROSE:
        values = [value for path, value in told if path == name]
        if values:
            prose = _below(archdesc, name)
            for value in values:
                _below(prose, "p", value)
    headings = [(path.split("/")[1], value) for path, value in told if path.startswith("controlaccess/")]
    if any(name in _HEADINGS for name, _ in headings):
        access = _below(archdesc, "controlaccess")
        for name, value in headings:
            if name in _HEADINGS:
                _below(_below(access, name), "part", value)
    return root


def _in_did(did: etree._Element, path: str, value: str) -> None:
    if path in _DID:
        _below(did, path, value)
    elif path in _NAMED:
        _below(_below(_below(did, path), _NAMED[path]), "part", value)
    elif path == "langmaterial":
        _below(_below(did, path), "language", value)


def _control(root: etree._Element, record: RecordView, mark: Mark, agency: str) -> None:
    control = _below(root, "control")
    _below(control, "recordid", fit(record.urn))
    _below(_below(_below(control, "filedesc"), "titlestmt"), "titleproper", fit(record.title))
    _below(control, "maintenancestatus", value="derived")
    _below(_below(control, "maintenanceagency"), "agencyname", fit(agency) or "Lantai")
    event = _below(_below(control, "maintenancehistory"), "maintenanceevent")
    _below(event, "eventtype", value="derived")
    _below(event, "eventdatetime", mark.changed_at.isoformat(timespec="seconds"))
    _below(event, "agenttype", value="machine")
    _below(event, "agent", "Lantai")


FORMATS = {
    one.prefix: one
    for one in (
        Format("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC, dublin_core),
        Format("oai_ead", "https://www.loc.gov/ead/ead3.xsd", EAD, ead3),
    )
}
