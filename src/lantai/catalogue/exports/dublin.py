"""Dublin Core of the public elements: one ``metadata`` for each record, as harvesters and other catalogues take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from lxml import etree

from lantai.catalogue.exports.sheaf import Sheaf
from lantai.kernel import xml
from lantai.kernel.ead import dublin_core
from lantai.kernel.recordtypes import RecordType

_TERMS = "http://purl.org/dc/terms/"


def write_dc(sheaf: Sheaf, types: Mapping[str, RecordType], out: BinaryIO) -> None:
    """Write ``<records>`` of ``<metadata>`` with elements of DCMI Terms; the urn is the first identifier."""
    out.write(b"<?xml version='1.0' encoding='UTF-8'?>\n")
    out.write(f'<records xmlns:dcterms="{_TERMS}">\n'.encode())
    for line in sheaf.lines():
        entry = etree.Element("metadata", nsmap={"dcterms": _TERMS})
        xml.add(entry, f"{{{_TERMS}}}identifier", line.urn)
        kind = types.get(line.type)
        for term, text in dublin_core(kind, {**line.values, "ref": line.ref}) if kind else ():
            xml.add(entry, f"{{{_TERMS}}}{term}", text)
        out.write(etree.tostring(entry, encoding="utf-8"))
        out.write(b"\n")
    out.write(b"</records>\n")
