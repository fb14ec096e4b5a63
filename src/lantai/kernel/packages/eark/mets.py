"""METS of an E-ARK information package: what it says of itself and of its files.

The rules checked are those a package cannot be told without (METS 1.12, CSIP 2.1): a METS root with OBJID
and TYPE, a header whose agents have role and type, a structural map.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.packages.contents import Contents
from lantai.kernel.packages.metadata_xml import algorithm
from lantai.kernel.packages.telling import finding_of

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
NAME = "METS.xml"

_HREF = f"{{{XLINK}}}href"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that a METS names: its address as written, size, digests, and whether it is metadata (which kind)."""

    href: str
    size: int | None = None
    digests: dict[str, str] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Mets:
    """What a METS file says; ``kind`` is its OAIS package type, ``creator`` the first agent that is no software."""

    identifier: str = ""
    label: str = ""
    type: str = ""
    kind: str = ""
    creator: str = ""
    references: tuple[Reference, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_mets(data: bytes, path: str) -> Mets:
    """Return what the file says; one that cannot be read as METS gives only findings."""
    try:
        parsed = xml.parse(data, path)
    except LantaiError as error:
        return Mets(findings=(finding_of(error, path),))
    root = parsed.root
    if root.tag != f"{{{METS}}}mets":
        return Mets(findings=(Finding("packages.eark.not_mets", path, found=xml.name(root)[:80]),))
    header = root.find("{*}metsHdr")
    findings = [*parsed.findings, *_rules(root, header, path)]
    kind = "" if header is None else _local(header, "OAISPACKAGETYPE")
    return Mets(
        identifier=root.get("OBJID", "").strip(),
        label=root.get("LABEL", "").strip(),
        type=root.get("TYPE", ""),
        kind=kind,
        creator=_creator(header),
        references=tuple(_references(root)),
        findings=tuple(findings),
    )


def _rules(root: etree._Element, header: etree._Element | None, path: str) -> list[Finding]:
    missing = [("CSIP1", f"@{name}") for name in ("OBJID",) if not root.get(name, "").strip()]
    missing += [("CSIP2", f"@{name}") for name in ("TYPE",) if not root.get(name, "").strip()]
    if header is None:
        missing.append(("CSIP117", "metsHdr"))
    for agent in () if header is None else header.iterfind("{*}agent"):
        missing += [("CSIP11", f"metsHdr/agent/@{name}") for name in ("ROLE", "TYPE") if not agent.get(name)]
    if root.find("{*}structMap") is None:
        missing.append(("CSIP80", "structMap"))
    return [
        Finding("packages.eark.mets_lacks", path, place, facts={"requirement": rule})
        for rule, place in missing
    ]


def _local(element: etree._Element, name: str) -> str:
    """Return the attribute of that local name, whatever its namespace: writers spell that in three ways."""
    return next((str(v) for key, v in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def _creator(header: etree._Element | None) -> str:
    if header is None:
        return ""
    for agent in header.iterfind("{*}agent"):
        name = agent.find("{*}name")
        if agent.get("OTHERTYPE") != "SOFTWARE" and name is not None and (name.text or "").strip():
            return xml.value(name)
    return ""


def _references(root: etree._Element) -> list[Reference]:
    found = [_reference(ref, ref, ref.get("MDTYPE", "OTHER")) for ref in root.iter("{*}mdRef")]
    for file in root.iter("{*}file"):
        found += [_reference(file, place, "") for place in file.iterfind("{*}FLocat")]
    return found


def _reference(told: etree._Element, place: etree._Element, kind: str) -> Reference:
    size = told.get("SIZE", "")
    name, digest = algorithm(told.get("CHECKSUMTYPE", "")), told.get("CHECKSUM", "").strip().lower()
    return Reference(
        place.get(_HREF, ""),
        int(size) if size.isascii() and size.isdecimal() and len(size) < 19 else None,
        {name: digest} if name and digest else {},
        kind,
    )


def resolve(href: str, folder: str, contents: Contents) -> str | None:
    """Return the path that an address in the METS of ``folder`` means; None when it lies outside the package.

    Writers leave names as they are, percent-encode them, or encode them as in forms: what is there decides.
    """
    plain = href
    if plain.lower().startswith("file:") and not plain[5:].startswith("/"):
        plain = plain[5:]
    if _SCHEME.match(plain) or plain.startswith(("/", "\\")):
        return None
    start = f"{folder}/" if folder else ""
    candidates = dict.fromkeys((plain, unquote(plain), unquote_plus(plain)))
    paths = [start + name.removeprefix("./") for name in candidates]
    if any(".." in path.split("/") for path in paths):
        return None
    return next((path for path in paths if path in contents.files), paths[0])
