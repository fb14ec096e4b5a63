"""Targets: registered when they were tried, changed, paused, ended."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.findings import Finding, failed
from lantai.kernel.storage.opening import Key, opened, read_address
from lantai.kernel.storage.probe import probe
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require
from lantai.vault.logbook import Logbook
from lantai.vault.models import Target
from lantai.vault.places import forget_key, keep_key, key_of, mark_in, raw_store, write_mark
from lantai.vault.sealed import check_recipient

PERMISSION = "vault.keep"
_NAME, _PLACE, _MEDIUM = 80, 80, 40
MOST = 60
"""Targets there can ever be: copies are counted by the bits of one number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says of a new target. ``address`` as :func:`lantai.kernel.storage.opening.read_address`, "" for
    carriers; ``rate`` in bytes a second (0 = no limit). ``understood``: that without the private key of ``recipient``
    the copies are lost; a recipient is refused without it."""

    name: str
    address: str
    place: str
    medium: str
    recipient: str = ""
    rate: int = 0
    understood: bool = False
    key: Key | None = field(default=None, repr=False)


def try_target(wanted: Wanted) -> list[Finding]:
    """Try the store at an address before anything is kept; return its weaknesses.

    ``Invalid("vault.target.unfit")`` when it loses, changes or does not list what is written;
    ``Conflict("vault.target.taken")`` when it is a target already, ``("vault.target.occupied")`` when a folder holds
    something else; ``Forbidden("vault.target.inside")`` for a folder in the site's own folder.
    """
    address = read_address(wanted.address)
    if address.folder is not None:
        own, there = home().root.resolve(), address.folder.resolve()
        if there == own or own in there.parents or there in own.parents:
            raise Forbidden("vault.target.inside", path=str(there))
    store = opened(wanted.address, wanted.key)
    if mark_in(store) is not None:
        raise Conflict("vault.target.taken", url=store.url)
    first = next(iter(store.list()), None)
    if first is not None:
        raise Conflict("vault.target.occupied", url=store.url, key=first)
    found = probe(store)
    if failed(found):
        raise Invalid("vault.target.unfit", problem=next(f for f in found if f.severity == "error").message())
    return found


def add_target(actor: Actor, wanted: Wanted) -> UUID:
    """Register a target that was tried just now; return its uuid. Errors as :func:`try_target` and of the fields."""
    require(actor, PERMISSION)
    told = _checked(wanted)
    made = uuid.uuid4()
    weaknesses: list[str] = []
    if wanted.address.strip():
        weaknesses = [finding.code for finding in try_target(wanted)]
        address = str(read_address(wanted.address))
        if wanted.key is not None:
            keep_key(made, address, wanted.key)
        try:
            site = "" if told["recipient"] else ledger.site_name()
            write_mark(raw_store(made, address), made, site)
        except BaseException:
            forget_key(made)
            raise
    _add(actor, made, told, weaknesses)
    return made


def _checked(wanted: Wanted) -> dict[str, Any]:
    """Return the columns of what was said; ``Invalid`` for what cannot be."""
    texts = {
        "name": (wanted.name, _NAME),
        "place": (wanted.place, _PLACE),
        "medium": (wanted.medium, _MEDIUM),
    }
    told: dict[str, Any] = {}
    for field_name, (text, limit) in texts.items():
        said = text.strip()
        if not 1 <= len(said) <= limit or not said.isprintable():
            raise Invalid("vault.target.text", field=field_name, limit=limit)
        told[field_name] = said
    if not 0 <= wanted.rate < 1 << 40:
        raise Invalid("vault.target.rate")
    told["rate"] = wanted.rate
    told["recipient"] = check_recipient(wanted.recipient) if wanted.recipient.strip() else ""
    if told["recipient"] and not wanted.understood:
        raise Invalid("vault.recipient.unconfirmed")
    if not wanted.address.strip():
        return {**told, "address": "", "kind": Target.CARRIER}
    address = read_address(wanted.address)
    return {
        **told,
        "address": str(address),
        "kind": Target.FOLDER if address.folder is not None else Target.BUCKET,
    }


@act("vault.target.add")
def _add(actor: Actor, made: UUID, told: dict[str, Any], weaknesses: list[str]) -> None:
    if Target.objects.filter(name=told["name"], ended_at=None).exists():
        raise Conflict("vault.target.there", name=told["name"])
    last = Target.objects.aggregate(last=Max("bit"))["last"]
    bit = 1 if last is None else int(last) + 1
    if bit > MOST:
        raise Conflict("vault.target.many", limit=MOST)
    now = timezone.now()
    row = Target.objects.create(
        uuid=made,
        **told,
        weaknesses=weaknesses,
        bit=bit,
        made_by=actor.username,
        made_at=now,
        tested_at=now,
    )
    record(row.urn, {**told, "weaknesses": weaknesses})


def target_row(target: str | UUID) -> Target:
    """Return a target by its uuid or, if it is in use, its name; ``NotFound("vault.target.missing")``."""
    row = Target.objects.filter(name=str(target), ended_at=None).first()
    if row is None:
        try:
            row = Target.objects.filter(uuid=UUID(str(target))).first()
        except ValueError:
            row = None
    if row is None:
        raise NotFound("vault.target.missing", target=str(target)[:80])
    return row


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be otherwise at a target; None = as it is. A recipient cannot be changed: what lies there is sealed
    for the old one."""

    name: str | None = None
    place: str | None = None
    medium: str | None = None
    rate: int | None = None
    address: str | None = None
    key: Key | None = field(default=None, repr=False)


def change_target(actor: Actor, target: str | UUID, changes: Changes) -> None:
    """Change a target. A new address must be the same target (its mark is looked for there), moved or mounted elsewhere."""
    require(actor, PERMISSION)
    row = target_row(target)
    address = row.address if changes.address is None else str(read_address(changes.address))
    if changes.key is not None or address != row.address:
        _try_again(row, address, changes.key)
    told = _checked(
        Wanted(
            name=row.name if changes.name is None else changes.name,
            address=address,
            place=row.place if changes.place is None else changes.place,
            medium=row.medium if changes.medium is None else changes.medium,
            rate=row.rate if changes.rate is None else changes.rate,
            recipient=row.recipient,
            understood=True,
        )
    )
    _change(actor, row.pk, told, changes.key)
    Logbook(row.uuid).note("objects", next=0.0, tries=0)
    Logbook(row.uuid).note("log", next=0.0, tries=0)


def _try_again(row: Target, address: str, key: Key | None) -> None:
    if key is None and read_address(address).folder is None:
        raise Invalid("vault.target.key_again")  # the one we have was given for the other address
    if mark_in(opened(address, key)) != str(row.uuid):
        raise Conflict("vault.target.other", name=row.name)


@act("vault.target.change")
def _change(actor: Actor, pk: int, told: dict[str, Any], key: Key | None) -> None:
    row = _in_use(pk)
    if Target.objects.filter(name=told["name"], ended_at=None).exclude(pk=pk).exists():
        raise Conflict("vault.target.there", name=told["name"])
    changed = {name: value for name, value in told.items() if getattr(row, name) != value}
    if not changed and key is None:
        unchanged()
        return
    Target.objects.filter(pk=pk).update(**changed)
    if key is not None:
        keep_key(row.uuid, told["address"], key)
    record(row.urn, {"name": told["name"], "changed": changed, "key_renewed": key is not None})


def _in_use(pk: int) -> Target:
    row = Target.objects.select_for_update().get(pk=pk)
    if row.ended_at is not None:
        raise Conflict("vault.target.ended", name=row.name)
    return row


def pause_target(actor: Actor, target: str | UUID) -> None:
    """Let nothing be written to a target until it is resumed."""
    require(actor, PERMISSION)
    _pause(actor, target_row(target).pk)


@act("vault.target.pause")
def _pause(actor: Actor, pk: int) -> None:
    _set_paused(pk, True)


def resume_target(actor: Actor, target: str | UUID) -> None:
    """Go on with a target, at once."""
    require(actor, PERMISSION)
    row = target_row(target)
    _resume(actor, row.pk)
    Logbook(row.uuid).note("objects", next=0.0, tries=0)
    Logbook(row.uuid).note("log", next=0.0, tries=0)


@act("vault.target.resume")
def _resume(actor: Actor, pk: int) -> None:
    _set_paused(pk, False)


def _set_paused(pk: int, paused: bool) -> None:
    row = _in_use(pk)
    if row.paused == paused:
        unchanged()
        return
    row.paused = paused
    row.save()
    record(row.urn, {"name": row.name})


def end_target(actor: Actor, target: str | UUID, reason: str) -> None:
    """Use a target no more: nothing is written there, its copies do not count; its access key is removed.

    What lies there is not touched. ``reason`` is why, 2 to 300 characters: ``Invalid("vault.target.reason")``.
    """
    require(actor, PERMISSION)
    said = reason.strip()
    if not 2 <= len(said) <= 300 or not said.isprintable():
        raise Invalid("vault.target.reason")
    row = target_row(target)
    _end(actor, row.pk, said)
    forget_key(row.uuid)
    Logbook(row.uuid).remove()


@act("vault.target.end")
def _end(actor: Actor, pk: int, reason: str) -> None:
    row = _in_use(pk)
    row.ended_at = timezone.now()
    row.save()
    record(row.urn, {"name": row.name, "reason": reason})


def try_again(actor: Actor, target: str | UUID) -> list[Finding]:
    """Try a target in use again and return what is wrong or weak; its weaknesses are remembered anew by no act."""
    require(actor, PERMISSION)
    row = target_row(target)
    if row.kind == Target.CARRIER:
        return []
    return probe(opened(row.address, key_of(row.uuid, row.address)))
