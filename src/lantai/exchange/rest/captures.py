"""Filing at the source: an office system sends a document, gets its receipt, asks for it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.base import resumable
from lantai.base.errors import reader_language
from lantai.desk import queries as desk
from lantai.desk import services
from lantai.desk.errors import Refused, tells_secret
from lantai.desk.services import Brought, Filing, Receipt, Stated
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.received import PartFile, Parts, place_for
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import faults, read, told
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentIn:
    """A file of the document: in a part of this request, or uploaded before."""

    role: str = told(
        "main 正本, attachment 附件, final 定稿, slip 公文处理单, draft 修改稿.", default="", most=40
    )
    name: str = told("What the file is called; otherwise as it came.", default="", most=255)
    part: str = told("Name of the part that has the bytes.", default="", most=100)
    upload: UUID | None = told("Id of an upload that has arrived whole.", default=None)
    size: int | None = told("Its bytes.", default=None, least=0)
    sha512: str = told("Its SHA-512 in hexadecimal; compared where it is told.", default="", most=128)
    sm3: str = told("Its SM3 in hexadecimal; compared where it is told.", default="", most=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureIn:
    """One 电子文件 with its metadata of DA/T 46; elements are named by key (title), number (M22) or name (题名)."""

    external_id: str = told(
        "电子文件号: unique in the unit; sending it again does nothing twice.", default="", most=1_000
    )
    type: str = told("门类.", default="WS", most=40)
    unit: str = told("Code of the unit; otherwise that of the token.", default="", most=40)
    values: Mapping[str, str] = told("Metadata of the document.", default={}, most=500)
    process: tuple[Mapping[str, str], ...] = told(
        "Who did what when (M76–M84), one object per step, in order.", default=(), most=500
    )
    signatures: tuple[Mapping[str, str], ...] = told(
        "Signature blocks (M57–M64), kept to the last sign.", default=(), most=500
    )
    components: tuple[ComponentIn, ...] = told(
        "The files, in order; at least one 正本.", default=(), most=2_000
    )


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A file as it was kept."""

    order: int
    role: str
    name: str
    bytes: int
    sha512: str
    sm3: str
    format: str


@dataclass(frozen=True, slots=True)
class NoteDoc:
    """Something about one field that did not refuse the document."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ReceiptDoc:
    """The receipt of a document: ``entry`` and ``position`` are those of the ledger, null until it is sequenced."""

    number: str
    urn: str
    unit: str
    external_id: str
    state: str
    received_at: datetime
    entry: str
    position: int | None
    content: str
    components: tuple[ReceiptFile, ...]
    notes: tuple[NoteDoc, ...]


@dataclass(frozen=True, slots=True)
class CaptureLineDoc:
    """A document in the tray of a unit."""

    number: str
    external_id: str
    title: str
    source: str
    state: str
    received_at: datetime
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class CapturePage:
    """A page of documents, newest first."""

    items: tuple[CaptureLineDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCaptures(Paged):
    """Which documents."""

    q: str = told("Words of the title, or a whole 电子文件号.", default="", most=200)
    state: str = told("State, such as tray.", default="", most=20)
    source: str = told("How it came in, such as api.", default="", most=20)


def _doc(one: Receipt) -> ReceiptDoc:
    language = reader_language()
    return ReceiptDoc(
        number=one.number,
        urn=one.urn,
        unit=one.unit,
        external_id=one.external_id,
        state=one.state,
        received_at=one.received_at,
        entry=one.entry,
        position=one.position,
        content=one.content,
        components=tuple(
            ReceiptFile(c.order, c.role, c.name, c.bytes, c.sha512, c.sm3, c.puid) for c in one.components
        ),
        notes=tuple(NoteDoc(note.path, note.code, note.message(language)) for note in one.notes),
    )


def _capture(call: Call) -> Answer:
    parts: Parts = call.body
    found: list[Finding] = []
    asked = _read(parts.document, found)
    taken: list[str] = []
    components = tuple(
        _brought(call, parts, f"components[{n}]", one, found, taken) for n, one in enumerate(asked.components)
    )
    named = {one.part for one in asked.components}
    for name, files in parts.files.items():
        if name not in named:
            found.append(Finding("exchange.part.unnamed", "components", found=name[:80]))
        elif len(files) > 1:
            found.append(Finding("exchange.part.twice", "components", name[:80], str(len(files))))
    filing = Filing(
        unit=asked.unit or desk.own_unit(call.actor),
        external_id=asked.external_id,
        type=asked.type,
        values=asked.values,
        components=components,
        process=asked.process,
        signatures=asked.signatures,
    )
    try:
        receipt = services.capture(call.actor, filing, told=found)
    except Refused as refused:
        if tells_secret(refused.reasons):
            resumable.discard(call.actor, (str(one.upload) for one in asked.components if one.upload))
        raise
    resumable.release(call.actor, taken, parts.folder)
    return Answer(_doc(receipt), 201)


def _read(data: object, found: list[Finding]) -> CaptureIn:
    """Return what was sent without what is badly written; that is told in ``found``, field by field."""
    wrong = faults(CaptureIn, data)
    if not isinstance(data, dict):
        raise wrong[0]
    fields = set()
    for fault in wrong:
        facts = dict(fault.facts)
        fields.add(str(facts.pop("field")))
        expected = str(facts.pop("expected", ""))
        found.append(Finding(fault.code, str(fault.facts["field"]), expected, facts=_with(facts, fault)))
    return read(CaptureIn, _pruned(data, fields, "") if fields else data)


def _with(facts: dict[str, Any], fault: Invalid) -> dict[str, Any]:
    return {**facts, "field": fault.facts["field"]}


def _pruned(data: Any, wrong: set[str], at: str) -> Any:
    """Return ``data`` without the members of objects that are ``wrong``; wrong members of lists become empty."""
    if isinstance(data, dict):
        joint = f"{at}." if at else ""
        return {
            name: _pruned(value, wrong, f"{joint}{name}")
            for name, value in data.items()
            if f"{joint}{name}"[:80] not in wrong
        }
    if isinstance(data, list):
        return [
            {} if f"{at}[{n}]" in wrong else _pruned(value, wrong, f"{at}[{n}]")
            for n, value in enumerate(data)
        ]
    return data


def _brought(
    call: Call, parts: Parts, at: str, one: ComponentIn, found: list[Finding], taken: list[str]
) -> Brought:
    """Return where the bytes of a component lie; an upload gets a second name, so that it can be sent again."""
    stated = Stated(one.size, one.sha512, one.sm3)
    if bool(one.part) == (one.upload is not None):
        found.append(Finding("exchange.part.one_of", at))
    elif one.upload is not None:
        try:
            arrived = resumable.arrived(call.actor, str(one.upload))
        except (NotFound, Conflict) as missing:
            found.append(Finding(missing.code, f"{at}.upload", facts=missing.facts))
            return Brought(one.role, one.name or str(one.upload), None, stated)
        path = place_for(parts.folder, arrived.name)
        os.link(arrived.path, path)
        taken.append(arrived.id)
        return Brought(one.role, one.name or arrived.name, path, stated)
    file: PartFile | None = next(iter(parts.files.get(one.part, ())), None)
    if file is None:
        return Brought(one.role, one.name or one.part, None, stated)
    return Brought(one.role, one.name or file.name, file.path, stated, file.found)


def _receipt(call: Call) -> Answer:
    return Answer(_doc(desk.receipt(call.actor, call.path["number"])))


def _captures(call: Call) -> Answer:
    asked: AskCaptures = call.query
    found = desk.captures(
        call.actor,
        text=asked.q,
        state=asked.state,
        source=asked.source,
        after=asked.cursor,
        size=asked.limit,
    )
    lines = tuple(
        CaptureLineDoc(
            one.number,
            one.external_id,
            one.title,
            one.source,
            one.state,
            one.received_at,
            one.files,
            one.bytes,
        )
        for one in found.items
    )
    return Answer(CapturePage(lines, found.after))


ENDPOINTS = (
    Endpoint(
        "GET",
        "captures",
        "captures",
        "What a unit has filed, newest first.",
        _captures,
        CapturePage,
        query=AskCaptures,
        scope="capture",
        people=True,
    ),
    Endpoint(
        "POST",
        "captures",
        "capture",
        "File a document at the moment it is made; refused with every reason at once.",
        _capture,
        ReceiptDoc,
        body="parts",
        document=CaptureIn,
        scope="capture",
        status=201,
        machines=True,
        repeatable=True,
    ),
    Endpoint(
        "GET",
        "captures/{number}",
        "receipt",
        "The state and the receipt of a document.",
        _receipt,
        ReceiptDoc,
        scope="capture",
        people=True,
        parts={"number": "As the receipt says it: C2026-0001."},
    ),
)
