"""OAI-PMH responses, as a harvester stores them: the records inside, whatever their format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead import EadReader
from lantai.kernel.ead.gathering import Gathering, flat
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources.dublin import read_dublin_core, read_mods
from lantai.kernel.sources.eac import read_eac
from lantai.kernel.sources.marc import read_marc
from lantai.kernel.sources.model import LEVEL, PARENT, Source
from lantai.kernel.sources.records import Record, line_of, record_source
from lantai.kernel.xml_stream import Document, release

VERBS = frozenset(
    {"GetRecord", "ListRecords", "ListIdentifiers", "ListSets", "ListMetadataFormats", "Identify", "error"}
)
_NOTHING = frozenset({"", "noRecordsMatch", "noSetHierarchy"})
"""Codes of an ``error`` that says that there is nothing; with any other the harvest went wrong."""
_DUBLIN = frozenset({"dc", "qualifieddc", "dcterms", "qdc"})


def read_oai(path: Path, document: Document) -> Source:
    """Return the records of a response; a response that holds none is a source of no rows and a finding.

    Deleted records and a list that goes on elsewhere are findings too.
    """

    def records() -> Iterator[Record]:
        for event, element in document.events("record"):
            if event == "end" and _is_whole(element):
                yield from _record(element)
                release(element)

    findings = (*document.findings, *_notices(path, document))
    return record_source(path, "oai", records, encoding=document.encoding, findings=findings)


def _is_whole(element: etree._Element) -> bool:
    """Return whether this is the end of an OAI record: at its start it has no content yet."""
    return element.find("{*}header") is not None and element.find("{*}metadata") is not None


def _notices(path: Path, document: Document) -> Iterator[Finding]:
    verb, refused, records, deleted, more = "", "", 0, 0, False
    for kind, element in document.events(*VERBS, "record", "resumptionToken"):
        name = xml.name(element)
        above = element.getparent()
        if kind == "start" and above is not None and above.getparent() is None and name in VERBS:
            verb, refused = name, element.get("code") or ""
        if kind == "end" and name == "resumptionToken":
            more = bool((element.text or "").strip())
        if kind == "end" and name == "record" and element.find("{*}header") is not None:
            header = element.find("{*}header")
            deleted += header is not None and header.get("status") == "deleted"
            records += 1
            release(element)
    if not records and refused in _NOTHING:
        yield Finding("sources.oai.no_records", path.name, "", verb, Severity.WARNING)
    if deleted:
        yield Finding("sources.oai.deleted", path.name, "", str(deleted), Severity.WARNING)
    if more:
        yield Finding("sources.oai.continued", path.name, severity=Severity.WARNING)


def _record(record: etree._Element) -> Iterator[Record]:
    header, metadata = record.find("{*}header"), record.find("{*}metadata")
    if header is None or metadata is None or not len(metadata):
        return
    identifier = next((flat(e) for e in header.iterchildren("{*}identifier")), "")
    content, line = metadata[0], line_of(record)
    name = xml.name(content).casefold()
    if name == "ead":
        yield from _finding_aid(content, identifier)
        return
    if name in {"eac-cpf", "record", "collection"}:
        first = content[0] if name == "collection" and len(content) else content
        values = (read_eac if name == "eac-cpf" else read_marc)(first, identifier)
        yield Record(line, {**values, "ref": identifier or values["ref"]})
        return
    into = Gathering()
    into.values |= {"ref": identifier, LEVEL: "item"}
    if name in _DUBLIN:
        read_dublin_core(content, into)
    elif name == "mods":
        read_mods(content, into)
    else:
        for element in content.iter("{*}*"):
            if not len(element):
                into.note(xml.name(element), flat(element))
    for group in header.iterchildren("{*}setSpec"):
        into.note("setSpec", flat(group))
    yield Record(line, into.done())


def _finding_aid(ead: etree._Element, identifier: str) -> Iterator[Record]:
    reader = EadReader(lambda: etree.iterwalk(ead, events=("start", "end")), identifier, free=False)
    for node in reader.nodes(reader.survey()):
        yield Record(node.line, {**node.values, "ref": node.ref, LEVEL: node.level, PARENT: node.parent})
