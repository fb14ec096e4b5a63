"""移交接收登记表: one document, the same for both sides; its digests, its signatures, its printed form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.checks import queries as checks
from lantai.checks.queries import PROPERTIES, RunView
from lantai.desk import store
from lantai.desk.handing import RegisterView, Signed
from lantai.desk.models import AwaySignature, HandOver, RegisterSignature, Sending
from lantai.desk.queries_hand_over import outcome, row_of, span
from lantai.desk.queries_seals import known_key, proof_of
from lantai.desk.queries_sending import sending_of
from lantai.desk.seals import Proof, judge
from lantai.kernel import canonical
from lantai.kernel.digests import FileDigests, digest_bytes
from lantai.kernel.errors import Conflict, Corrupt
from lantai.kernel.printing import render
from lantai.ledger import queries as ledger
from lantai.ledger.queries_seals import seal_proof
from lantai.people import queries as people

SCHEMA = "lantai.register/1"


class Accepted(Protocol):
    """What a register says of the transfer: the row of one that was accepted."""

    @property
    def urn(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def run(self) -> UUID | None: ...
    @property
    def container_sm3(self) -> str: ...
    @property
    def container_sha512(self) -> str: ...
    @property
    def decided_by(self) -> str: ...


_KEYS = dict(zip(PROPERTIES, ("accuracy", "integrity", "usability", "security"), strict=True))
_BAD = frozenset({"fail", "manual_fail"})


def register(actor: Actor, number: str) -> RegisterView:
    """Return the register of a hand-over; ``Conflict("desk.register.early")`` until the archives have accepted."""
    return view(row_of(actor, number))


def view(row: HandOver) -> RegisterView:
    """Return the register of ``row`` with its signatures."""
    data = store.read(row.register) if row.register else canonical.dumps(document_of(row))
    going = sending_of(row)
    if going is not None:
        return shown(row.number, data, [away(one) for one in going.signatures.order_by("at", "id")])
    return shown(row.number, data, [_signed(one) for one in row.signatures.order_by("at", "id")])


def shown(number: str, data: bytes, signed: Sequence[Signed]) -> RegisterView:
    """Return a register, the bytes both sides sign, as data."""
    sums = sums_of(data)
    return RegisterView(number, json.loads(data), sums.sm3, sums.sha512, tuple(signed))


def sums_of(data: bytes) -> FileDigests:
    """Return SM3 and SHA-512 of the document."""
    return digest_bytes(data, ("sm3", "sha512"))


def _signed(one: RegisterSignature | AwaySignature) -> Signed:
    entry = ledger.entry(str(one.entry))
    origin = seal = ""
    proof = None
    if entry.index is not None and entry.index < ledger.published():
        origin, seal = (told := ledger.sealed(entry.index)).origin, told.signature
        shown = seal_proof(str(one.entry))
        proof = Proof(shown.text, shown.path, shown.note, shown.keys)
    return Signed(one.side, one.name, one.at, one.sm3, str(one.entry), entry.index, origin, seal, proof)


def away(one: AwaySignature) -> Signed:
    """Return a signature under a register that two sites share; of the other side what that told, and how its seal stands."""
    if one.here:
        return _signed(one)
    proof = proof_of(one)
    verdict = judge(one, proof, known_key(one))
    return Signed(
        one.side, one.name, one.at, one.sm3, str(one.entry), one.index, one.origin, one.seal, proof, verdict
    )


def document_of(row: HandOver) -> dict[str, Any]:
    """Return what both sides sign. All in it is fixed once the archives have accepted.

    ``Corrupt("desk.register.other_bytes")``: the archives received other bytes than the unit built.
    """
    if row.transfer is None or outcome(row) not in {"accepted", "closed"}:
        raise Conflict("desk.register.early", number=row.number)
    transfer = row.transfer
    if transfer.container_sha512 != row.sha512:
        raise Corrupt("desk.register.other_bytes", number=row.number, transfer=transfer.number)
    return whole(unit_side(row), transfer)


def unit_side(row: HandOver) -> dict[str, Any]:
    """Return what the unit says in the register, with the names that people and units have now."""
    assert row.run is not None
    first, last = span(row)
    return {
        "hand_over": row.number,
        "mends": row.mends.number if row.mends else "",
        "title": f"{row.unit.name}电子档案移交（{row.number}）",
        "description": row.description,
        "fonds": row.fonds,
        "first_ref": first,
        "last_ref": last,
        "records": row.items,
        "files": row.files,
        "bytes": row.bytes,
        "package": {"name": row.package, "bytes": row.size, "sm3": row.sm3, "sha512": row.sha512},
        "carrier": row.carrier,
        "unit": {
            "name": row.unit.name,
            **property_lines(checks.run(row.run)),
            "filled_by": _name(row.sent_by),
            "filled_on": _moment(row.sent_at),
        },
    }


SIDE = "lantai.side/1"


def side_sent(row: Sending) -> dict[str, Any]:
    """Return the unit's side of the register as it was fixed when the sending began: names may have changed since."""
    begun = ledger.latest(_BEGUN, acts=("desk.sending.begin",), subjects=[row.hand_over.urn])
    told = next(one.data for one in begun if one.data["sending"] == row.urn)
    document = canonical.loads(store.read(told["side"]))
    assert isinstance(document, dict)
    side: dict[str, Any] = document["side"]
    return side


_BEGUN = 1_000
"""So often the package of one hand-over was sent at most, and stopped on its way."""


def whole(unit: Mapping[str, Any], transfer: Accepted) -> dict[str, Any]:
    """Return the register of an accepted transfer: what the unit says, and what the archives received and checked."""
    assert transfer.run is not None
    accepted = next(e for e in ledger.history([transfer.urn]) if e.act == "ingest.transfer.accept")
    return {
        "schema": SCHEMA,
        **unit,
        "transfer": transfer.number,
        "received": {"sm3": transfer.container_sm3, "sha512": transfer.container_sha512},
        "archives": {
            "name": ledger.site_name(),
            **property_lines(checks.run(transfer.run)),
            "filled_by": _name(transfer.decided_by),
            "filled_on": _moment(accepted.at),
        },
    }


def property_lines(run: RunView) -> dict[str, str]:
    """Return one sentence for each of the four properties: how many items were checked, and how they came out."""
    answers = {one.code: one.passed for one in run.signed}
    lines: dict[str, str] = {}
    for name, key in _KEYS.items():
        items = [one for one in run.report["items"] if one["property"] == name]
        outcomes = [_outcome(one, answers) for one in items if one["outcome"] != "not_applicable"]
        bad = sum(one in _BAD for one in outcomes)
        waiting = sum(one in {"manual", "error"} for one in outcomes)
        said = f"检测 {len(outcomes)} 项，" + (
            f"不合格 {bad} 项" if bad else "其余合格" if waiting else "合格"
        )
        lines[key] = said + (f"，待人工 {waiting} 项" if waiting else "")
    return lines


def _outcome(item: Mapping[str, Any], answers: Mapping[str, bool]) -> str:
    if item["code"] not in answers:
        return str(item["outcome"])
    return "pass" if answers[item["code"]] else "manual_fail"


def printed(actor: Actor, number: str) -> bytes:
    """Return the register as PDF: of the document and the signatures, whoever prints it and whenever."""
    return drawn(register(actor, number))


def drawn(told: RegisterView) -> bytes:
    """Return a register as PDF."""
    document = told.document
    by_carrier = f"载体 {document['carrier']}" if document["carrier"] else "在线移交，无载体"
    sides = {side: _side(document[side], told.of(side), by_carrier) for side in ("unit", "archives")}
    newest = max((one.at for one in told.signatures), default=None)
    data = {
        **{
            key: document[key]
            for key in ("title", "fonds", "records", "files", "bytes", "first_ref", "last_ref")
        },
        "number": document["hand_over"],
        "description": _description(document),
        "carrier": "离线载体" if document["carrier"] else "在线移交",
        "carrier_range": document["carrier"] or "无载体",
        "sides": sides,
        "signatures": [_line(one) for one in told.signatures],
        "digest": {"sm3": told.sm3, "sha512": told.sha512},
        "printed_at": _moment(newest) or document["archives"]["filled_on"],
    }
    return render("transfer_register", data)


def _description(document: Mapping[str, Any]) -> str:
    mends = f"；更正移交单 {document['mends']}" if document["mends"] else ""
    return f"{document['description']}（移交编号 {document['transfer']}{mends}）。包 SM3：{document['package']['sm3']}"


def _side(told: Mapping[str, str], signed: Signed | None, carrier: str) -> dict[str, str]:
    reviewed = {"reviewed_by": signed.name, "reviewed_on": _moment(signed.at)} if signed else {}
    return {**told, "carrier": carrier, **reviewed}


def _line(one: Signed) -> dict[str, object]:
    side = "移交单位" if one.side == "unit" else "接收单位"
    told = {"side": side, "name": one.name, "at": _moment(one.at), "sm3": one.sm3}
    return {**told, "entry": "" if one.index is None else one.index, "origin": one.origin, "seal": one.seal}


def _moment(value: datetime | None) -> str:
    return timezone.localtime(value).isoformat(timespec="seconds") if value else ""


def _name(username: str) -> str:
    return people.names({username}).get(username, username)
