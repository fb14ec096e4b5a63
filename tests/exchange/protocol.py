"""What the protocol asks of every answer, written from its text and apart from what makes the answers."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

NS = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
OAI_DC = "{http://www.openarchives.org/OAI/2.0/oai_dc/}"
EAD = "{http://ead3.archivists.org/schema/}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SPEC = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
ERRORS = {
    *("badArgument", "badResumptionToken", "badVerb", "cannotDisseminateFormat", "idDoesNotExist"),
    *("noRecordsMatch", "noMetadataFormats", "noSetHierarchy"),
}
ELEMENTS = {
    *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format"),
    *("identifier", "source", "language", "relation", "coverage", "rights"),
}
IDENTIFY = (
    *("repositoryName", "baseURL", "protocolVersion", "adminEmail", "earliestDatestamp", "deletedRecord"),
    "granularity",
)


def names(element: Any) -> list[str]:
    """Return the local names of the children, all of which lie in the protocol's namespace."""
    assert all(one.tag.startswith(NS) for one in element), [one.tag for one in element]
    return [one.tag.removeprefix(NS) for one in element]


def check(content: bytes, asked: dict[str, str]) -> Any:
    """Hold a whole answer to the protocol; return the element of the verb, or of the error."""
    root = etree.fromstring(content)
    assert root.tag == f"{NS}OAI-PMH"
    assert root.get(f"{XSI}schemaLocation").split()[0] == NS.strip("{}")
    assert names(root)[:2] == ["responseDate", "request"]
    assert STAMP.fullmatch(root[0].text)
    assert re.match(r"https?://[^/]+/oai$", root[1].text)
    told = root[2:]
    if told[0].tag == f"{NS}error":
        codes = {one.get("code") for one in told}
        assert codes <= ERRORS and all(one.tag == f"{NS}error" for one in told)
        if codes & {"badVerb", "badArgument"}:
            assert not root[1].attrib
        return told[0]
    assert len(told) == 1 and told[0].tag == f"{NS}{asked['verb']}"
    assert dict(root[1].attrib) == asked
    VERBS[asked["verb"]](told[0])
    return told[0]


def identify(told: Any) -> None:
    assert tuple(names(told)) == IDENTIFY
    values = {one.tag.removeprefix(NS): one.text for one in told}
    assert values["protocolVersion"] == "2.0"
    assert STAMP.fullmatch(values["earliestDatestamp"])
    assert values["deletedRecord"] in {"no", "transient", "persistent"}
    assert values["granularity"] == "YYYY-MM-DDThh:mm:ssZ"
    assert re.fullmatch(r"\S+@\S+", values["adminEmail"])


def formats(told: Any) -> None:
    assert len(told)
    for one in told:
        assert names(one) == ["metadataPrefix", "schema", "metadataNamespace"]
    assert any(one[0].text == "oai_dc" for one in told)


def sets(told: Any) -> None:
    specs = []
    for one in told:
        assert names(one) == ["setSpec", "setName"]
        assert SPEC.fullmatch(one[0].text) and one[1].text
        specs.append(one[0].text)
    assert specs and len(specs) == len(set(specs))
    assert all(spec.rpartition(":")[0] in {"", *specs} for spec in specs)


def header(told: Any) -> None:
    assert not told.attrib
    kinds = names(told)
    assert kinds[:2] == ["identifier", "datestamp"] and set(kinds[2:]) <= {"setSpec"}
    assert re.fullmatch(r"oai:[a-zA-Z0-9.\-]+:\S+", told[0].text)
    assert STAMP.fullmatch(told[1].text)
    assert all(SPEC.fullmatch(one.text) for one in told[2:])


def record(told: Any) -> None:
    assert names(told) == ["header", "metadata"]
    header(told[0])
    assert len(told[1]) == 1
    inner = told[1][0]
    {f"{OAI_DC}dc": dublin_core, f"{EAD}ead": ead}[inner.tag](inner)


def dublin_core(told: Any) -> None:
    assert told.get(f"{XSI}schemaLocation")
    assert len(told)
    for one in told:
        assert one.tag.startswith(DC) and one.tag.removeprefix(DC) in ELEMENTS
        assert not len(one) and one.text and one.text.strip()


def ead(told: Any) -> None:
    control, archdesc = told
    assert (control.tag, archdesc.tag) == (f"{EAD}control", f"{EAD}archdesc")
    needed = ["recordid", "filedesc", "maintenancestatus", "maintenanceagency", "maintenancehistory"]
    assert [one.tag.removeprefix(EAD) for one in control] == needed
    assert control.findtext(f"{EAD}filedesc/{EAD}titlestmt/{EAD}titleproper")
    event = control.find(f"{EAD}maintenancehistory/{EAD}maintenanceevent")
    assert [one.tag.removeprefix(EAD) for one in event] == [
        "eventtype",
        "eventdatetime",
        "agenttype",
        "agent",
    ]
    assert archdesc.get("level") in {"series", "file", "item"}
    assert archdesc[0].tag == f"{EAD}did"
    assert archdesc.findtext(f"{EAD}did/{EAD}unitid") and archdesc.findtext(f"{EAD}did/{EAD}unittitle")
    for one in archdesc[1:]:
        name = one.tag.removeprefix(EAD)
        inner = {child.tag.removeprefix(EAD) for child in one}
        assert (
            inner == {"p"}
            if name != "controlaccess"
            else inner <= {"subject", "persname", "geogname", "genreform"}
        )


def listing(told: Any) -> None:
    *found, last = names(told)
    if last != "resumptionToken":
        found.append(last)
    else:
        token = told[-1]
        assert set(token.attrib) <= {"cursor", "completeListSize", "expirationDate"}
        assert token.get("cursor").isdigit()
    assert found and len(set(found)) == 1
    for one in told[: len(found)]:
        {"record": record, "header": header}[one.tag.removeprefix(NS)](one)


VERBS = {
    "Identify": identify,
    "ListMetadataFormats": formats,
    "ListSets": sets,
    "GetRecord": lambda told: [record(one) for one in told],
    "ListIdentifiers": listing,
    "ListRecords": listing,
}
