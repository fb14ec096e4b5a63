"""What the archives' own site told of a sending: kept in the desk's store, written down as acts of the system."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.desk import store
from lantai.desk.documents import kept
from lantai.desk.models import (
    AwaySignature,
    ClassState,
    FilingClass,
    HandOver,
    HandOverItem,
    HandOverState,
    Item,
    ItemState,
    Outcome,
    Sending,
    SendingState,
)
from lantai.desk.queries_hand_over import RETURNED
from lantai.desk.register import SCHEMA, away, side_sent, sums_of
from lantai.desk.seals import proof_from
from lantai.desk.services.hand_over import moved
from lantai.desk.services.sites import meet_signer
from lantai.kernel import canonical
from lantai.kernel.errors import Corrupt, LantaiError, Unavailable
from lantai.kernel.fourprops import Report
from lantai.ledger.acts import act, record, unchanged

_OUTCOMES = frozenset({Outcome.CHECKING, Outcome.RETURNED, Outcome.ACCEPTED, Outcome.CLOSED})


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer that has been looked through: ``data`` are its bytes as they are kept."""

    transfer: str
    outcome: str
    register: bool
    data: bytes

    @property
    def sha512(self) -> str:
        return hashlib.sha512(self.data).hexdigest()


def answer(told: Mapping[str, Any]) -> Heard:
    """Return what was answered of a delivery; ``Unavailable("desk.away.odd")`` when it cannot be what they mean."""
    kept = {name: told.get(name) for name in _KEPT}
    try:
        heard = Heard(
            str(told["transfer"])[:20],
            str(told["outcome"]),
            bool(told["register"]),
            json.dumps(kept, ensure_ascii=False, sort_keys=True).encode(),
        )
        if heard.outcome not in _OUTCOMES:
            raise ValueError(heard.outcome)
        if told["report"] is not None:
            Report.from_json(told["report"]).as_json("en")
        for one in told["answers"]:
            {"code": str(one["code"]), "passed": bool(one["passed"])}, str(one["note"]), str(one["name"])
        if told["refusal"] is not None:
            str(told["refusal"]["code"]), dict(told["refusal"]["facts"])
        str(told["reason"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, LantaiError) as odd:
        raise Unavailable("desk.away.odd", address="", status=200) from odd
    return heard


_KEPT = (
    *("uuid", "unit", "state", "hand_over", "name", "size", "sm3", "sha512", "transfer", "outcome"),
    *("outcome_since", "reason", "refusal", "report", "answers", "register"),
)


@act("desk.sending.deliver")
def delivered(actor: Actor, seen: Sending, told: Heard) -> None:
    """Keep the receipt: the package is there whole, and which transfer it is."""
    row = Sending.objects.select_for_update().get(pk=seen.pk)
    if row.state in {SendingState.DELIVERED, SendingState.STOPPED}:
        unchanged()
        return
    store.keep({told.sha512: told.data})
    now = timezone.now()
    row.state, row.state_since, row.next_at = SendingState.DELIVERED, now, now
    row.offset, row.tries, row.problem = row.hand_over.size, 0, None
    row.transfer, row.receipt, row.told = told.transfer, told.sha512, told.sha512
    row.outcome, row.outcome_since = told.outcome, now
    row.save()
    facts = {"number": row.hand_over.number, "sending": row.urn, "transfer": told.transfer}
    record(row.hand_over.urn, {**facts, "outcome": told.outcome, "receipt": told.sha512})


def is_news(row: Sending, told: Heard) -> bool:
    """Return whether the archives tell another outcome than before, or of a returned one something new."""
    return row.outcome != told.outcome or (told.outcome == RETURNED and row.told != told.sha512)


@act("desk.sending.hear")
def heard(actor: Actor, seen: Sending, told: Heard) -> None:
    """Keep what became of a sending there; what was returned is over: its work list is here."""
    row = Sending.objects.select_for_update().get(pk=seen.pk)
    if row.over:
        unchanged()
        return
    store.keep({told.sha512: told.data})
    row.outcome, row.outcome_since, row.told = told.outcome, timezone.now(), told.sha512
    row.over = told.outcome == RETURNED
    row.save()
    facts = {"number": row.hand_over.number, "transfer": row.transfer, "outcome": told.outcome}
    record(row.hand_over.urn, {**facts, "content": told.sha512})


@act("desk.sending.end")
def stopped(actor: Actor, seen: Sending) -> None:
    """The archives have given up what arrived: package and records are the unit's again."""
    row = Sending.objects.select_for_update().get(pk=seen.pk)
    hand_over = HandOver.objects.select_for_update().get(pk=row.hand_over_id)
    if row.state != SendingState.ENDING:
        unchanged()
        return
    row.state, row.state_since, row.over = SendingState.STOPPED, timezone.now(), True
    row.problem = None
    row.save()
    hand_over.sent_by, hand_over.sent_at = "", None
    moved(hand_over, HandOverState.BUILT)
    lines = HandOverItem.objects.filter(hand_over=hand_over).values("item")
    Item.objects.filter(pk__in=lines, state=ItemState.HANDED).update(state=ItemState.NUMBERED)
    handed = FilingClass.objects.filter(number__in=hand_over.classes, state=ClassState.HANDED)
    handed.update(state=ClassState.CLOSED)
    record(hand_over.urn, {"number": hand_over.number, "sending": row.urn})


@act("desk.sending.late")
def too_late(actor: Actor, seen: Sending) -> None:
    """It had become a transfer there before it could be stopped: it goes on as one."""
    row = Sending.objects.select_for_update().get(pk=seen.pk)
    if row.state != SendingState.ENDING:
        unchanged()
        return
    row.state, row.state_since = SendingState.GOING, timezone.now()
    row.save()
    record(row.hand_over.urn, {"number": row.hand_over.number, "sending": row.urn})


# --- the register


_ARCHIVES = frozenset({"name", "accuracy", "integrity", "usability", "security", "filled_by", "filled_on"})
_TEXT = 500


def _document(row: Sending, told: Mapping[str, Any]) -> bytes:
    """Return the register as both sides sign it; ``Corrupt`` when it tells other things than the unit sent.

    It says what a register says and nothing else: nobody signs a sentence that no page shows.
    """
    hand_over = row.hand_over
    mine, sums = side_sent(row), {"sm3": hand_over.sm3, "sha512": hand_over.sha512}
    try:
        document, archives = dict(told["document"]), dict(told["document"]["archives"])
        data = canonical.dumps(document)
    except (KeyError, TypeError, ValueError, LantaiError) as odd:
        raise Unavailable("desk.away.odd", address=row.target.address, status=200) from odd
    theirs = {"schema": SCHEMA, **mine, "transfer": row.transfer, "received": sums, "archives": archives}
    if document.get("received") != sums or document.get("transfer") != row.transfer:
        raise Corrupt("desk.register.other_bytes", number=hand_over.number, transfer=row.transfer)
    short = all(isinstance(text, str) and len(text) <= _TEXT for text in archives.values())
    if document != theirs or archives.keys() != _ARCHIVES or not short:
        raise Corrupt("desk.register.not_ours", number=hand_over.number)
    return data


@act("desk.register.take")
def take_register(actor: Actor, row: Sending, told: Mapping[str, Any]) -> None:
    """Keep the register that the archives drew up; the digest under which it lies is what both sides sign."""
    hand_over = HandOver.objects.select_for_update().get(pk=row.hand_over_id)
    if hand_over.register:
        unchanged()
        return
    data = _document(row, told)
    sums = sums_of(data)
    if (told.get("sm3"), told.get("sha512")) != (sums.sm3, sums.sha512):
        raise Corrupt("desk.register.not_ours", number=hand_over.number)
    store.keep({sums.sha512: data})
    hand_over.register = sums.sha512
    hand_over.save()
    record(hand_over.urn, {"number": hand_over.number, "register": sums.sha512, "sm3": sums.sm3})


def own_signature(row: Sending) -> dict[str, Any] | None:
    """Return the unit's signature as the archives are told it, None until it is sealed in the ledger."""
    mine = row.signatures.filter(side="unit").first()
    if mine is None:
        return None
    seen = away(mine)
    if seen.index is None or not seen.seal:
        return None
    return {
        "name": mine.name,
        "at": mine.at.isoformat(),
        "sm3": mine.sm3,
        "sha512": mine.sha512,
        "entry": str(mine.entry),
        "index": seen.index,
        "origin": seen.origin,
        "seal": seen.seal,
        "proof": seen.proof.document() if seen.proof else None,
    }


def hear_signature(actor: Actor, row: Sending, told: Mapping[str, Any]) -> None:
    """Keep the archives' signature as :func:`take_signature`, and the key of their site when it was not known."""
    take_signature(actor, row, told)
    meet_signer(actor, row.signatures.filter(side="archives").first())


def _theirs(row: Sending, told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        return [one for one in told["signatures"] if one["side"] == "archives" and one["seal"]][:1]
    except (KeyError, TypeError, AttributeError) as odd:
        raise Unavailable("desk.away.odd", address=row.target.address, status=200) from odd


@act("desk.register.countersign")
def take_signature(actor: Actor, row: Sending, told: Mapping[str, Any]) -> None:
    """Keep the archives' signature under the register, once it is sealed in their ledger."""
    if row.signatures.filter(side="archives").exists():
        unchanged()
        return
    found = next(iter(_theirs(row, told)), None)
    if found is None:
        unchanged()
        return
    try:
        name, origin, seal = str(found["name"])[:80], str(found["origin"])[:200], str(found["seal"])[:500]
        at, entry, index = datetime.fromisoformat(found["at"]), UUID(found["entry"]), int(found["index"])
        if at.tzinfo is None or not 0 <= index <= canonical.LARGEST:
            raise ValueError(found["at"])
        sm3 = found["sm3"]
    except (KeyError, TypeError, ValueError, AttributeError) as odd:
        raise Unavailable("desk.away.odd", address=row.target.address, status=200) from odd
    sums = sums_of(store.read(row.hand_over.register))
    if sm3 != sums.sm3:
        raise Corrupt("desk.register.not_ours", number=row.hand_over.number)
    AwaySignature.objects.create(
        sending=row,
        side="archives",
        name=name,
        at=at,
        sm3=sums.sm3,
        sha512=sums.sha512,
        entry=entry,
        here=False,
        index=index,
        origin=origin,
        seal=seal,
    )
    facts = {"side": "archives", "name": name, "at": at.isoformat(), "sm3": sums.sm3}
    proof = proof_from(found.get("proof"))
    shown = {"proof": kept(proof.document()) if proof else ""}
    place = {"entry": str(entry), "index": index, "origin": origin, "seal": seal}
    record(row.hand_over.urn, {**facts, **place, **shown})


def all_signed(row: Sending) -> bool:
    """Return whether nothing more is to be told or heard: both sides have signed and know it."""
    sides = set(row.signatures.values_list("side", flat=True))
    return row.outcome == Outcome.CLOSED and sides == {"unit", "archives"} and row.signature_told
