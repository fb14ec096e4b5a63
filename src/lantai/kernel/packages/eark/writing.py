"""An E-ARK SIP (CSIP and SIP 2.1) around a draft: its DA/T 93 folder is the data of the one representation.

METS of the package and of the representation list every file with size and SHA-256; Dublin Core tells of the
whole, PREMIS that it was made. Names and times come from the draft and the moment given: nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.digests import FileDigests
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.eark.mets import METS, NAME, XLINK
from lantai.kernel.packages.eark.papers import DC_SCHEMA, dublin_core, premis, readme
from lantai.kernel.packages.laying import Laying
from lantai.kernel.packages.model import Draft
from lantai.kernel.packages.sinks import Sink

CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
PROFILE = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
REPRESENTATION = "representations/rep1"
SOFTWARE = "Lantai"
SOFTWARE_VERSION = "1"
"""Of this form of SIP, not of the software: a release that writes the same bytes must not change them."""

_NONE: Mapping[str, str] = {}
_MAPS = {None: METS, "csip": CSIP, "xlink": XLINK}
_NOTE = f"{{{CSIP}}}NOTETYPE"
_DC = "metadata/descriptive/dc.xml"
_PREMIS = "metadata/preservation/premis.xml"
_README = "documentation/README.txt"
_SCHEMA = "schemas/simpledc.xsd"
_MAKER = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
_SUBMITTER = {"ROLE": "OTHER", "OTHERROLE": "SUBMITTER", "TYPE": "ORGANIZATION"}
CONTENT = "DA/T 93"
_CONTENT = {"Documentation": "README", "Schemas": "XML Schema"}
_TYPES = {
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".xsd": "application/xml",
    ".pdf": "application/pdf",
}


def lay_sip(
    draft: Draft, sink: Sink, types: Types, moment: datetime, *, wrapped: bool
) -> dict[str, FileDigests]:
    """Write the SIP; ``wrapped`` puts it into one folder named by its OBJID, as archives must have it."""
    return _Sip(draft, sink, types, moment, wrapped).run()


def identifier(draft: Draft, moment: datetime) -> str:
    """Return the OBJID: the same for the same records of the same sender at the same moment."""
    told = [draft.fonds, draft.sender, moment.astimezone(UTC).isoformat(), *(r.ref for r in draft.records)]
    return f"uuid-{uuid5(NAMESPACE_URL, chr(10).join(told))}"


class _Sip:
    def __init__(self, draft: Draft, sink: Sink, types: Types, moment: datetime, wrapped: bool) -> None:
        self.draft, self.sink, self.types = draft, sink, types
        self.moment = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.identifier = identifier(draft, moment)
        self.start = f"{self.identifier}/" if wrapped else ""
        self.files: dict[str, FileDigests] = {}
        """By path below the package's own folder."""

    def run(self) -> dict[str, FileDigests]:
        inner = Laying(self.draft, self.sink, self.types, f"{self.start}{REPRESENTATION}/data/").run()
        self.files |= {path[len(self.start) :]: told for path, told in inner.items()}
        about = dublin_core(self.draft, self.identifier, self.moment)
        self._put(f"{REPRESENTATION}/{_DC}", about)
        self._put(f"{REPRESENTATION}/{NAME}", self._representation())
        self._put(_DC, about)
        self._put(_PREMIS, premis(self.identifier, self.draft, self.moment, SOFTWARE))
        self._put(_README, readme())
        self._put(_SCHEMA, DC_SCHEMA)
        self._put(NAME, self._package())
        return {self.start + path: told for path, told in self.files.items()}

    def _put(self, path: str, data: bytes) -> None:
        self.files[path] = self.sink.put(self.start + path, (data,), len(data))

    # --- METS

    def _representation(self) -> bytes:
        """Return the METS of the representation, whose addresses begin in its own folder."""
        start = f"{REPRESENTATION}/"
        own = {path[len(start) :]: told for path, told in self.files.items() if path.startswith(start)}
        root = self._root("rep1", self.draft.description.get("内容描述", "") or "rep1")
        self._metadata(root, own, "dmdSec", _DC, "DC")
        data = {path: told for path, told in own.items() if path.startswith("data/")}
        section = _sub(root, "fileSec", {"ID": self._id("rep1-fileSec")})
        self._group(section, "Data", data, "rep1-")
        outer = self._map(root, "rep1", "rep1-")
        self._division(outer, "Metadata", "rep1-", DMDID=self._id("dmdSec-rep1"))
        self._pointer(self._division(outer, "Data", "rep1-"), "rep1-Data")
        return xml.serialize(root)

    def _package(self) -> bytes:
        root = self._root(self.identifier, self.draft.description.get("内容描述", "") or self.identifier)
        self._metadata(root, self.files, "dmdSec", _DC, "DC")
        section = _sub(root, "amdSec", {"ID": self._id("amdSec")})
        self._metadata(section, self.files, "digiprovMD", _PREMIS, "PREMIS")
        files = _sub(root, "fileSec", {"ID": self._id("fileSec")})
        representation = f"{REPRESENTATION}/{NAME}"
        groups = {
            "Documentation": _README,
            "Schemas": _SCHEMA,
            "Representations/rep1": representation,
        }
        for use, path in groups.items():
            self._group(files, use, {path: self.files[path]}, "")
        outer = self._map(root, self.identifier, "")
        self._division(outer, "Metadata", "", DMDID=self._id("dmdSec-"), ADMID=self._id("digiprovMD-"))
        for use in ("Documentation", "Schemas"):
            self._pointer(self._division(outer, use, ""), use)
        representations = self._division(outer, "Representations", "")
        self._pointer(representations, "Representations/rep1")
        pointer = _sub(self._division(representations, "Representations/rep1", ""), "mptr")
        pointer.set("LOCTYPE", "URL")
        self._link(pointer, representation)
        pointer.set(f"{{{XLINK}}}title", self._id("Representations/rep1"))
        return xml.serialize(root)

    def _root(self, identifier: str, label: str) -> etree._Element:
        root = etree.Element(f"{{{METS}}}mets", nsmap=cast("dict[str, str]", _MAPS))
        for name, value in (
            ("OBJID", identifier),
            ("TYPE", "Mixed"),
            ("LABEL", _line(label)),
            ("PROFILE", PROFILE),
            (f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "MIXED"),
        ):
            root.set(name, value)
        header = _sub(
            root,
            "metsHdr",
            {
                "CREATEDATE": self.moment,
                "LASTMODDATE": self.moment,
                "RECORDSTATUS": "NEW",
                f"{{{CSIP}}}OAISPACKAGETYPE": "SIP",
            },
        )
        self._agent(header, SOFTWARE, "SOFTWARE VERSION", SOFTWARE_VERSION, **_MAKER)
        sender = self.draft.sender or self.draft.fonds
        self._agent(header, sender, "IDENTIFICATIONCODE", self.draft.fonds, **_SUBMITTER)
        return root

    def _agent(self, header: etree._Element, name: str, kind: str, note: str, **about: str) -> None:
        agent = _sub(header, "agent", about)
        _sub(agent, "name").text = _line(name)
        _sub(agent, "note", {_NOTE: kind}).text = _line(note)

    def _metadata(
        self, above: etree._Element, files: Mapping[str, FileDigests], section: str, path: str, kind: str
    ) -> None:
        inside = "rep1" if files is not self.files else ""
        about = {"ID": self._id(f"{section}-{inside}"), "STATUS": "CURRENT"}
        if section == "dmdSec":
            about["CREATED"] = self.moment
        reference = _sub(
            _sub(above, section, about),
            "mdRef",
            {
                "ID": self._id(f"mdRef-{inside}-{path}"),
                "LOCTYPE": "URL",
                "MDTYPE": kind,
                **self._told(path, files[path]),
            },
        )
        if kind == "PREMIS":
            reference.set("MDTYPEVERSION", "3.0")
        self._link(reference, path)

    def _group(self, above: etree._Element, use: str, files: Mapping[str, FileDigests], start: str) -> None:
        group = _sub(above, "fileGrp", {"ID": self._id(start + use), "USE": use})
        group.set(f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "OTHER")
        group.set(f"{{{CSIP}}}OTHERCONTENTINFORMATIONTYPE", _CONTENT.get(use, CONTENT))
        for path in sorted(files):
            about = {"ID": self._id(f"file-{start}{path}"), **self._told(path, files[path])}
            place = _sub(_sub(group, "file", about), "FLocat", {"LOCTYPE": "URL"})
            self._link(place, path)

    def _told(self, path: str, digests: FileDigests) -> dict[str, str]:
        ending = path[path.rfind(".") :].lower()
        return {
            "MIMETYPE": _TYPES.get(ending, "application/octet-stream"),
            "SIZE": str(digests.size),
            "CREATED": self.moment,
            "CHECKSUM": digests.digests["sha256"],
            "CHECKSUMTYPE": "SHA-256",
        }

    def _map(self, root: etree._Element, label: str, start: str) -> etree._Element:
        about = {"ID": self._id(f"{start}structMap"), "TYPE": "PHYSICAL", "LABEL": "CSIP"}
        return self._division(_sub(root, "structMap", about), label, f"{start}top-")

    def _division(self, above: etree._Element, label: str, start: str, **about: str) -> etree._Element:
        return _sub(above, "div", {"ID": self._id(f"{start}div-{label}"), "LABEL": label, **about})

    def _pointer(self, division: etree._Element, group: str) -> None:
        _sub(division, "fptr", {"FILEID": self._id(group)})

    def _link(self, element: etree._Element, path: str) -> None:
        element.set(f"{{{XLINK}}}type", "simple")
        element.set(f"{{{XLINK}}}href", quote(path))

    def _id(self, place: str) -> str:
        """Return an ID that depends on the package and on what it is for."""
        return f"uuid-{uuid5(NAMESPACE_URL, f'{self.identifier}#{place}')}"


def _sub(above: etree._Element, name: str, attributes: Mapping[str, str] = _NONE) -> etree._Element:
    return etree.SubElement(above, f"{{{METS}}}{name}", dict(attributes))


def _line(text: str) -> str:
    """Return ``text`` as one line of what METS can carry."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
