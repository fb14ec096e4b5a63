"""The six verbs: each puts its answer below the root of the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote, unquote

from django.utils import timezone
from lxml import etree

from lantai.base.actors import PUBLIC
from lantai.exchange.oai import metadata, requests, sets, walk
from lantai.exchange.oai.errors import Refused
from lantai.exchange.oai.metadata import FORMATS, XSI, fit
from lantai.exchange.oai.requests import Asked
from lantai.exchange.places import Site
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Mark, RecordView
from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger

OAI = "http://www.openarchives.org/OAI/2.0/"
_ANY = "https://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_URN = "urn:uuid:"


def below(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Add an element of the protocol's namespace."""
    made = etree.SubElement(parent, f"{{{OAI}}}{name}", attrib=attributes)
    if text:
        made.text = fit(text)
    return made


def stamp(moment: datetime) -> str:
    """Return a moment at the granularity of seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def identifier(site: Site, urn: str) -> str:
    """Return ``oai:host:uuid`` of a record; a name that is no uuid is quoted whole."""
    return f"oai:{site.name}:{quote(urn.removeprefix(_URN), safe='')}"


def _urn_of(site: Site, told: str) -> str:
    head = f"oai:{site.name}:"
    if not told.startswith(head):
        raise Refused("idDoesNotExist", "The identifier names nothing here.")
    local = unquote(told[len(head) :])
    return local if local.startswith("urn:") else _URN + local


def answer(site: Site, pairs: Mapping[str, list[str]]) -> bytes:
    """Return the document that answers a request, refusals included."""
    root = etree.Element(f"{{{OAI}}}OAI-PMH", nsmap=cast(Any, {None: OAI, "xsi": XSI}))
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI} {_ANY.replace('https', 'http')}")
    below(root, "responseDate", stamp(timezone.now()))
    request = below(root, "request", f"{site.address}/oai")
    try:
        asked = requests.read(pairs.items())
        told = etree.Element(f"{{{OAI}}}{asked.verb}")
        try:
            _VERBS[asked.verb](site, asked, told)
        except Refused as refusal:
            if refusal.code != "badArgument":
                _attributes(request, asked)
            raise
        _attributes(request, asked)
        root.append(told)
    except Refused as refusal:
        below(root, "error", refusal.message, code=refusal.code)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _attributes(request: etree._Element, asked: Asked) -> None:
    for name, value in {"verb": asked.verb, **asked.arguments}.items():
        request.set(name, fit(value))


def _identify(site: Site, asked: Asked, told: etree._Element) -> None:
    oldest = holdings.oldest_change() or timezone.now()
    below(told, "repositoryName", ledger.site_name() or "Lantai")
    below(told, "baseURL", f"{site.address}/oai")
    below(told, "protocolVersion", "2.0")
    below(told, "adminEmail", site.mail)
    # A lower limit, and no more: when exactly a closed record was described is nobody's business.
    below(told, "earliestDatestamp", f"{oldest.year - 1:04d}-01-01T00:00:00Z")
    below(told, "deletedRecord", "no")
    below(told, "granularity", "YYYY-MM-DDThh:mm:ssZ")


def _formats(site: Site, asked: Asked, told: etree._Element) -> None:
    if asked.get("identifier"):
        _one(site, asked)
    for form in FORMATS.values():
        made = below(told, "metadataFormat")
        below(made, "metadataPrefix", form.prefix)
        below(made, "schema", form.schema)
        below(made, "metadataNamespace", form.namespace)


def _sets(site: Site, asked: Asked, told: etree._Element) -> None:
    if asked.get("resumptionToken"):
        raise Refused("badResumptionToken", "The list of sets comes whole.")
    for spec, name in sets.all_sets():
        made = below(told, "set")
        below(made, "setSpec", spec)
        below(made, "setName", name)
    if not len(told):
        raise Refused("noSetHierarchy", "Nothing is opened yet, so there are no sets.")


def _one(site: Site, asked: Asked) -> tuple[RecordView, Mark]:
    urn = _urn_of(site, asked.get("identifier"))
    try:
        record = holdings.record(PUBLIC, urn)
    except NotFound as missing:
        raise Refused("idDoesNotExist", "The identifier names nothing here.") from missing
    return record, holdings.marks([record.id])[record.id]


def _form(prefix: str) -> metadata.Format:
    if prefix not in FORMATS:
        raise Refused("cannotDisseminateFormat", f"There are {' and '.join(FORMATS)}.")
    return FORMATS[prefix]


def _record(site: Site, asked: Asked, told: etree._Element) -> None:
    form, agency = _form(asked.get("metadataPrefix")), ledger.site_name()
    _whole(site, told, *_one(site, asked), form, agency)


def _whole(
    site: Site, told: etree._Element, record: RecordView, mark: Mark, form: metadata.Format, agency: str
) -> None:
    made = below(told, "record")
    _header(site, made, record, mark)
    below(made, "metadata").append(form.write(record, mark, agency))


def _header(site: Site, parent: etree._Element, record: RecordView, mark: Mark) -> None:
    made = below(parent, "header")
    below(made, "identifier", identifier(site, record.urn))
    below(made, "datestamp", stamp(mark.changed_at))
    for spec in sets.sets_of(record):
        below(made, "setSpec", spec)


def _list(site: Site, asked: Asked, told: etree._Element) -> None:
    token = asked.get("resumptionToken")
    if token:
        now = walk.resume(asked.verb, token)
        form = _form(now.prefix)
    else:
        form = _form(asked.get("metadataPrefix"))
        now = walk.begin(asked.verb, form.prefix, *requests.place_and_span(asked))
    found = walk.portion(now)
    if not found.records and not token:
        raise Refused("noRecordsMatch", "Nothing that is opened fits.")
    agency = ledger.site_name()
    for record, mark in found.records:
        if asked.verb == "ListRecords":
            _whole(site, told, record, mark, form, agency)
        else:
            _header(site, told, record, mark)
    if token or found.onward:
        size = {"completeListSize": str(found.size)} if found.size else {}
        onward = found.onward.token() if found.onward else ""
        below(told, "resumptionToken", onward, cursor=str(found.cursor), **size)


_VERBS: Mapping[str, Callable[[Site, Asked, etree._Element], None]] = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _record,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}
