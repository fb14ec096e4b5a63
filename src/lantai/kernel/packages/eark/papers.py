"""The small documents of an E-ARK SIP: Dublin Core with its schema, PREMIS, and a note for people."""

from __future__ import annotations

from typing import cast
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.packages.model import Draft

PREMIS = "http://www.loc.gov/premis/v3"
_NAMES = ("title", "identifier", "creator", "date", "description", "subject", "language")

DC_SCHEMA = "\n".join(
    [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">',
        '  <xs:element name="simpledc">',
        "    <xs:complexType>",
        '      <xs:choice minOccurs="0" maxOccurs="unbounded">',
        *(f'        <xs:element name="{name}" type="xs:string"/>' for name in _NAMES),
        "      </xs:choice>",
        "    </xs:complexType>",
        "  </xs:element>",
        "</xs:schema>",
        "",
    ]
).encode()
"""The schema of :func:`dublin_core`."""


def dublin_core(draft: Draft, identifier: str, moment: str) -> bytes:
    """Return what the package is: description, sender, date, and the first and last 档号."""
    root = etree.Element("simpledc")
    refs = [record.ref for record in draft.records]
    span = f"{refs[0]} 至 {refs[-1]}" if refs else ""
    told = (
        ("title", draft.description.get("内容描述", "") or draft.fonds),
        ("identifier", identifier),
        ("creator", draft.sender),
        ("date", moment[:10]),
        ("description", span),
        ("language", "zh"),
    )
    for name, text in told:
        if text:
            xml.add(root, name, text)
    return xml.serialize(root)


def premis(identifier: str, draft: Draft, moment: str, software: str) -> bytes:
    """Return the package as a PREMIS object with the event of its making and the agent that made it."""
    root = etree.Element(
        f"{{{PREMIS}}}premis", {"version": "3.0"}, nsmap=cast("dict[str, str]", {None: PREMIS})
    )
    xsi = "{http://www.w3.org/2001/XMLSchema-instance}type"
    thing = etree.SubElement(root, f"{{{PREMIS}}}object", {xsi: "intellectualEntity"})
    _identified(thing, "object", "local", identifier)
    event = _add(root, "event")
    _identified(event, "event", "UUID", str(uuid5(NAMESPACE_URL, f"{identifier}#creation")))
    _add(event, "eventType", "creation")
    _add(event, "eventDateTime", moment)
    detail = _add(event, "eventDetailInformation")
    _add(detail, "eventDetail", f"SIP of {len(draft.records)} records")
    for kind in ("Agent", "Object"):
        link = _add(event, f"linking{kind}Identifier")
        _add(link, f"linking{kind}IdentifierType", "local")
        _add(link, f"linking{kind}IdentifierValue", software if kind == "Agent" else identifier)
    agent = _add(root, "agent")
    _identified(agent, "agent", "local", software)
    _add(agent, "agentName", software)
    _add(agent, "agentType", "software")
    return xml.serialize(root)


def _add(above: etree._Element, name: str, text: str = "") -> etree._Element:
    return xml.add(above, f"{{{PREMIS}}}{name}", text)


def _identified(above: etree._Element, name: str, kind: str, value: str) -> None:
    block = _add(above, f"{name}Identifier")
    _add(block, f"{name}IdentifierType", kind)
    _add(block, f"{name}IdentifierValue", value)


def readme() -> bytes:
    """Return what a person should know who opens the package without this software."""
    lines = (
        "本信息包按 E-ARK SIP 组织；representations/rep1/data 之下是 DA/T 93 结构的移交文件夹：",
        "说明文件.TXT、目录文件.XML、各件的元数据与电子文件。",
        "",
        "This is an E-ARK SIP. Below representations/rep1/data lies a transfer folder after DA/T 93:",
        "a description, a catalogue, and a folder with metadata and content for each record.",
        "",
    )
    return "\n".join(lines).encode()
