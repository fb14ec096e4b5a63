"""XML sources: which vocabulary a document is in, and the reader for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from lantai.kernel import recordtypes, xml
from lantai.kernel.ead import COMPONENTS, HEADERS, EadReader
from lantai.kernel.errors import Invalid
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.metadata_xml import ROOT, told_record
from lantai.kernel.sources.eac import read_eac
from lantai.kernel.sources.flat_xml import read_flat_xml
from lantai.kernel.sources.marc import read_marc
from lantai.kernel.sources.model import LEVEL, PARENT, TYPE, Source, SourceLimits
from lantai.kernel.sources.oai import read_oai
from lantai.kernel.sources.records import Record, line_of, record_source
from lantai.kernel.xml_stream import Document, open_document, release

_LOOK = 40
"""Start tags among which the vocabulary must show."""
_MARC = frozenset({"leader", "controlfield", "datafield"})


def read_markup(path: Path, limits: SourceLimits, types: Types | None = None) -> Source:
    """Return the source in an XML file.

    Raises Invalid: ``sources.file.too_large``, ``sources.file.kind`` (XML that is no catalogue, HTML),
    ``xml.document.*``.
    """
    size = path.stat().st_size
    if size > limits.text:
        raise Invalid("sources.file.too_large", name=path.name, size=size, limit=limits.text)
    document = open_document(path)
    kind = kind_of(document)
    if kind == "html":
        raise Invalid("sources.file.kind", name=path.name)
    if kind == "oai":
        return read_oai(path, document)
    if kind in {"ead2002", "ead3"}:
        return _finding_aid(path, document, kind)
    if kind == "marcxml":
        return _each(path, document, kind, "record", read_marc)
    if kind == "eac":
        return _each(path, document, kind, "eac-cpf", read_eac)
    if kind == "dat93":
        return _dat93(path, document, types or recordtypes.load())
    return read_flat_xml(path, document, limits)


def kind_of(document: Document) -> str:
    """Return the vocabulary: oai, ead2002, ead3, eac, marcxml, dat93, html, or xml for any other."""
    names: list[str] = []
    for kind, element in document.events():
        if kind == "start":
            names.append(xml.name(element))
        if len(names) >= _LOOK:
            break
    root = names[0] if names else ""
    if root == "OAI-PMH":
        return "oai"
    if root.casefold() == "html":
        return "html"
    if root == "ead":
        return "ead3" if "control" in names[:3] else "ead2002"
    if "eac-cpf" in names[:2]:
        return "eac"
    if "record" in names[:2] and _MARC & set(names[:4]):
        return "marcxml"
    return "dat93" if ROOT in names[:3] else "xml"


def _finding_aid(path: Path, document: Document, kind: str) -> Source:
    reader = EadReader(lambda: document.events(*COMPONENTS, *HEADERS, "archdesc"), path.stem)
    survey = reader.survey()

    def records() -> Iterator[Record]:
        for node in reader.nodes(survey):
            yield Record(node.line, {**node.values, "ref": node.ref, LEVEL: node.level, PARENT: node.parent})

    return record_source(
        path,
        kind,
        records,
        encoding=document.encoding,
        findings=(*document.findings, *survey.findings),
        keys=("ref", LEVEL, PARENT, *survey.keys),
    )


def _each(
    path: Path,
    document: Document,
    kind: str,
    name: str,
    read: Callable[[etree._Element, str], dict[str, str]],
) -> Source:
    """Return a source of one row for each element ``name``."""

    def records() -> Iterator[Record]:
        numbers = itertools.count(1)
        for event, element in document.events(name):
            if event == "end":
                yield Record(line_of(element), read(element, f"{path.stem}-{next(numbers)}"))
                release(element)

    return record_source(path, kind, records, encoding=document.encoding, findings=document.findings)


def _dat93(path: Path, document: Document, types: Types) -> Source:
    """Return the records of DA/T 93 metadata: one in a file, or many below one root."""

    def records() -> Iterator[Record]:
        for event, element in document.events(ROOT):
            if event == "end":
                told = told_record(element, types)
                values = {
                    **told.values,
                    "ref": told.ref,
                    LEVEL: told.level,
                    PARENT: told.parent,
                    TYPE: told.type,
                }
                yield Record(line_of(element), values)
                release(element)

    return record_source(path, "dat93", records, encoding=document.encoding, findings=document.findings)
