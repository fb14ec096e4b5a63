"""Repair: the bad file is kept aside, a good one from another place takes its name, everything is read again.

Killed anywhere, the next call reads what stands there and goes on. Damages that wait are in the rows; which place has
a good copy is not believed, every byte is compared with the digest before it is written.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.utils import timezone
from pyrage import x25519

from lantai.base.actors import Actor
from lantai.base.locks import held
from lantai.kernel.errors import LantaiError
from lantai.kernel.ocfl.reread import Fault, own_contents
from lantai.kernel.storage import Store, read
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require
from lantai.vault.aside import keep_bad
from lantai.vault.models import Copy, Damage, Deposit, Target
from lantai.vault.parcel import Parcel
from lantai.vault.rereading import GOOD, MISSING, GoOn, Place, Version, small_files
from lantai.vault.sealed import SealedShelf, members, object_key
from lantai.vault.services.audits import PERMISSION, SUBJECT
from lantai.vault.services.ends import OPEN, mark
from lantai.vault.services.good_copies import Helpers, checked, note_source

logger = logging.getLogger(__name__)

ROUNDS = 4
"""So often a version is read and mended: an inventory first, then what it tells of."""

_BLOCK = 1 << 20
HERE = ""


@dataclass(frozen=True, slots=True)
class Mended:
    """What a call did: damages that are repaired, that stay, and of which no good copy is anywhere."""

    repaired: int = 0
    waiting: int = 0
    lost: int = 0


def repair(
    actor: Actor,
    go_on: GoOn = lambda: True,
    *,
    identities: Sequence[x25519.Identity] = (),
    helpers: Helpers | None = None,
) -> Mended:
    """Repair what is damaged, here first, then at targets; return what was done.

    What nowhere has a good copy is told once as lost and tried again at each call: a target may come back.
    ``identities`` open sealed copies.
    """
    require(actor, PERMISSION)
    from lantai.vault.services.repairing_beside import mend_beside

    with held("repair") as got:
        if not got:
            return Mended()
        helpers = helpers or Helpers(identities)
        repaired = waiting = lost = 0
        rows = Damage.objects.filter(state__in=OPEN).select_related("deposit", "target")
        todo = [*rows.filter(target=None).order_by("pk"), *rows.exclude(target=None).order_by("pk")]
        for damage in todo:
            if not go_on():
                break
            how = (
                _Mending(actor, damage, helpers).run()
                if damage.deposit_id
                else mend_beside(actor, damage, helpers)
            )
            repaired += how == Damage.REPAIRED
            lost += how == Damage.LOST
            waiting += how == Damage.OPEN
        return Mended(repaired, waiting, lost)


class _Mending:
    """The repair of one version at one place."""

    def __init__(self, actor: Actor, damage: Damage, helpers: Helpers) -> None:
        if damage.deposit is None:
            raise RuntimeError("a damage beside the objects")
        self._actor, self._damage, self._helpers = actor, damage, helpers
        self._row: Deposit = damage.deposit
        self._away = self._sealed = False

    def run(self) -> str:
        """Repair if possible; return the state of the damage afterwards."""
        damage = self._damage
        if damage.target is not None and (damage.target.ended_at or damage.target.paused):
            return self._wait()
        place = self._helpers.place(damage.target)
        if place is None:
            return self._wait()
        if damage.target is None:
            return self._mend(place)
        with held(f"copies-{damage.target.uuid}") as got:
            return self._mend(place) if got else self._wait()

    def _wait(self) -> str:
        return Damage.OPEN if self._damage.state == Damage.OPEN else self._damage.state

    def _version(self) -> Version:
        row, target = self._row, self._damage.target
        rows = Deposit.objects.filter(object_id=row.object_id, version__gt=row.version)
        state, digest = row.state, ""
        if target is not None:
            rows = rows.filter(copies__target=target, copies__state=Copy.GOOD)
            told = Copy.objects.filter(target=target, deposit=row).values_list("state", "digest").first()
            state, digest = told or (MISSING, "")
        newest = not rows.exists()
        return Version(
            row.pk, row.object_id, row.version, row.inventory_sha512, row.bytes, newest, state, digest
        )

    def _mend(self, place: Place) -> str:
        one = self._version()
        outcome = place.again(one)
        for _ in range(ROUNDS):
            if outcome.kind == GOOD:
                return self._done()
            if place.target is not None and (place.sealed or outcome.kind == MISSING):
                return self._leave_to_couriers(place, one, outcome.faults)
            if not self._round(place, one, outcome.faults):
                return self._lost()
            outcome = place.again(one)
        return self._lost()

    def _round(self, place: Place, one: Version, faults: Sequence[Fault]) -> bool:
        """Put a good file in the place of each bad one for which there is one; return whether there was any."""
        inventory, done = self._inventory(one), False
        small = small_files(one, inventory) if inventory is not None else {}
        digests = dict(own_contents(inventory, f"v{one.number}")) if inventory is not None else {}
        paths = {fault.path for fault in faults}
        if f"v{one.number}/inventory.json" in paths and place.root is None:
            paths |= set(small)
        for path in sorted(paths):
            if path in small:
                self._put(place, one, path, small[path], "inventory")
                done = True
            elif path in digests and self._fetch(place, one, path, digests[path]):
                done = True
        return done

    def _inventory(self, one: Version) -> bytes | None:
        """Return the inventory that was registered, from wherever it is."""
        for _name, store in self._stores():
            for path in (f"v{one.number}/inventory.json", "inventory.json"):
                try:
                    raw = read(store, f"{one.prefix}/{path}")
                except (LantaiError, OSError):
                    continue
                if hashlib.sha512(raw).hexdigest() == one.inventory_sha512:
                    return raw
        for stream in self._opened(one, f"v{one.number}/inventory.json"):
            data = stream.read()
            if hashlib.sha512(data).hexdigest() == one.inventory_sha512:
                return data
        return None

    def _stores(self) -> Iterator[tuple[str, Store]]:
        """Yield every place with plain copies: the vault, then targets that have the version, good ones first."""
        here = self._helpers.place(None)
        if here is not None:
            yield HERE, here.objects
        for target in self._holders():
            place = self._helpers.place(target)
            if place is None:
                self._away = True
            elif not place.sealed:
                yield target.name, place.objects

    def _holders(self) -> list[Target]:
        """Return the targets in use that have, or had, a copy of the version."""
        rows = Copy.objects.filter(deposit=self._row, state__in=(Copy.GOOD, Copy.DAMAGED))
        rows = rows.filter(target__ended_at=None).exclude(target__kind=Target.CARRIER)
        return [row.target for row in rows.select_related("target").order_by("-state", "pk")]

    def _opened(self, one: Version, path: str) -> Iterator[BinaryIO]:
        """Yield a file of the version out of every sealed copy that can be opened."""
        for target in self._holders():
            place = self._helpers.place(target)
            if place is None or not place.sealed:
                continue
            if not self._helpers.identities:
                self._sealed = True
                continue
            try:
                key = object_key(one.prefix, one.number)
                for name, stream in members(place.raw, key, list(self._helpers.identities)):
                    if name == f"{one.prefix}/{path}":
                        yield stream
            except (LantaiError, OSError) as refused:
                logger.warning("the sealed copy of %s at %s: %s", one.object_id, target, refused)

    def _fetch(self, place: Place, one: Version, path: str, wanted: str) -> bool:
        """Put a file that some place has with the digest ``wanted``; return whether one had it."""
        key = f"{one.prefix}/{path}"
        for name, store in self._stores():
            if store is place.objects or (name == HERE and place.target is None):
                continue
            try:
                with store.open(key) as stream, checked(stream, wanted) as fresh:
                    if fresh is not None:
                        self._put(place, one, path, fresh, name or "here")
                        return True
            except (LantaiError, OSError) as refused:
                logger.warning("%s has no good %s: %s", name or "the vault", key, refused)
        for stream in self._opened(one, path):
            with checked(stream, wanted) as fresh:
                if fresh is not None:
                    self._put(place, one, path, fresh, "sealed")
                    return True
        return False

    def _put(self, place: Place, one: Version, path: str, good: bytes | Path, source: str) -> None:
        """Keep the bad file aside, note where and what comes from where, and let the good one take its name."""
        folder = "" if place.target is None else "ocfl/"
        self._set_aside(place, place.raw, f"{folder}{one.prefix}/{path}")
        note_source(self._damage, source)
        place.objects.put(f"{one.prefix}/{path}", good, replace=True)

    def _set_aside(self, place: Place, store: Store, key: str) -> None:
        damage = self._damage
        aside = keep_bad(store, key, f"{damage.pk}/{key}", here=place.target is None)
        if aside and aside not in damage.aside:
            damage.aside = [*damage.aside, aside]
            damage.save(update_fields=["aside"])

    def _done(self) -> str:
        mended(self._actor, self._damage.pk)
        return Damage.REPAIRED

    def _leave_to_couriers(self, place: Place, one: Version, faults: Sequence[Fault]) -> str:
        """Let a sealed copy, or one that is not there at all, be made again like any that is wanted."""
        if self._row.state != GOOD:
            return self._lost() if self._damage.target is None else self._wait()
        for fault in faults if place.sealed else ():
            self._set_aside(place, place.raw, fault.path)
        parcel = self._parcel(one)
        if parcel is None:
            return self._wait()
        if place.sealed and place.target is not None:
            here = self._helpers.place(None)
            if here is None:
                return self._wait()
            shelf = SealedShelf(place.raw, place.target.recipient)
            resealed(self._actor, self._damage.pk, *shelf.put_object(here.objects, parcel))
            return Damage.REPAIRED
        wanted_again(self._actor, self._damage.pk)
        return Damage.REPAIRED

    def _parcel(self, one: Version) -> Parcel | None:
        inventory = self._inventory(one)
        if inventory is None:
            return None
        contents = dict(own_contents(inventory, f"v{one.number}"))
        return Parcel(
            one.pk, one.object_id, one.prefix, one.number, inventory, one.inventory_sha512, contents
        )

    def _lost(self) -> str:
        """Tell that no good copy is to be had: now, or anywhere."""
        if self._away:
            return self._wait()
        code = "vault.damage.sealed_only" if self._sealed else "vault.damage.no_copy"
        lost(self._actor, self._damage.pk, code)
        return Damage.LOST


def told_of(damage: Damage) -> dict[str, Any]:
    target = damage.target.name if damage.target else ""
    told: dict[str, Any] = {"target": target, "files": [fault[0] for fault in damage.faults]}
    told["aside"] = damage.aside[:50]
    if damage.deposit is None:
        return {"key": damage.key, **told}
    return {"object": damage.deposit.object_id, "version": f"v{damage.deposit.version}", **told}


def _waiting(pk: int) -> Damage:
    return Damage.objects.select_for_update(of=("self",)).select_related("deposit", "target").get(pk=pk)


def _end(damage: Damage, state: str, source: str = "") -> None:
    damage.state, damage.ended_at, damage.source, damage.problem = state, timezone.now(), source, None
    damage.save()


@act("vault.damage.repair")
def mended(actor: Actor, pk: int) -> None:
    """Tell that a version, or a file beside the objects, is as it was, read again after its repair.

    Without a source nothing was written: somebody else's doing, or it was read badly before.
    """
    damage = _waiting(pk)
    if damage.state not in OPEN:
        unchanged()
        return
    _end(damage, Damage.REPAIRED if damage.source else Damage.GONE, damage.source)
    if damage.deposit_id:
        mark(damage.target, [damage.deposit_id], GOOD)
    record(_subject(damage), {**told_of(damage), "source": damage.source})


def _subject(damage: Damage) -> str:
    return damage.deposit.object_id if damage.deposit else SUBJECT


@act("vault.damage.reseal")
def resealed(actor: Actor, pk: int, digest: str, size: int) -> None:
    """Tell that a sealed copy was made again and read back."""
    damage = _waiting(pk)
    copies = Copy.objects.filter(target=damage.target, deposit=damage.deposit)
    copies.update(state=Copy.GOOD, digest=digest, size=size, checked_at=timezone.now())
    _end(damage, Damage.REPAIRED, "here")
    record(_subject(damage), told_of(damage))


@act("vault.damage.renew")
def wanted_again(actor: Actor, pk: int) -> None:
    """Let a copy that is not there be made again by the courier."""
    damage = _waiting(pk)
    copies = Copy.objects.filter(target=damage.target, deposit=damage.deposit)
    copies.update(state=Copy.WANTED, tries=0, next_at=None, problem=None)
    _end(damage, Damage.REPAIRED, "courier")
    record(_subject(damage), told_of(damage))


@act("vault.damage.lose")
def lost(actor: Actor, pk: int, code: str) -> None:
    """Tell, once, that no good copy of something damaged is to be had."""
    damage = _waiting(pk)
    problem = {"code": code, "facts": {}}
    if damage.state == Damage.LOST and damage.problem == problem:
        unchanged()
        return
    damage.state, damage.problem = Damage.LOST, problem
    damage.save()
    record(_subject(damage), told_of(damage))
