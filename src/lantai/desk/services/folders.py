"""The drop folders of the units: what was laid there whole is filed, its result laid beside, then it is moved aside.

A row is kept of everything found; where a thing lies says nothing. A pass may end at any point: the next one finds
the thing again, its document has the same 电子文件号, and capture knows it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.utils import timezone

from lantai.base import locks
from lantai.base.home import home
from lantai.base.walking import Advanced
from lantai.desk import dropped, results
from lantai.desk.described import NAMES, Described, awaited, read_described
from lantai.desk.dropped import Thing
from lantai.desk.models import OPEN_STATES, Arrival, ArrivalState
from lantai.desk.services.taking import Taken, take
from lantai.kernel.errors import LantaiError
from lantai.people.models import Unit

logger = logging.getLogger(__name__)

STILL = timedelta(seconds=10)
"""How long a thing must be as it was before it is taken: two looks with nothing written between."""

ALONE = timedelta(seconds=60)
"""How long what nobody lists must be as it was: a file that may get a description beside it, a folder, mail."""

PARTNERS = timedelta(hours=24)
"""How long what a description lists, or the file that it describes, is waited for."""


def drop_folder() -> Path:
    """Return the folder in which each unit has its own, by its code: ``LANTAI_DESK_INBOX``, else in the site."""
    told = os.environ.get("LANTAI_DESK_INBOX", "")
    return Path(told) if told else home().desk_inbox


def look(resting: Collection[str] = (), now: datetime | None = None) -> Advanced:
    """Look once into all drop folders; return how many things changed, and the names of those that could not go on.

    ``resting`` are names (``MZJ/通知.pdf``) that are left alone this time. One process looks at a time.
    """
    moved, failed = 0, []
    with locks.held("desk-folders") as mine:
        top = drop_folder()
        if not mine or not top.is_dir():
            return Advanced(0, ())
        rows: dict[int, list[Arrival]] = {}
        for row in Arrival.objects.filter(state__in=list(OPEN_STATES)):
            rows.setdefault(row.unit_id, []).append(row)
        for unit in Unit.objects.filter(is_open=True).order_by("code"):
            folder = top / unit.code
            if not folder.is_dir() or unit.code in resting:
                continue
            try:
                looked = _Folder(unit, folder, now or timezone.now(), rows.get(unit.pk, ()))
                changed, unable = looked.pass_once(resting)
                moved += changed
                failed += unable
            except OSError as problem:
                logger.warning("drop folder %s cannot be read: %s", unit.code, problem)
                failed.append(unit.code)
    return Advanced(moved, tuple(failed))


class _Folder:
    """One unit's drop folder at one moment."""

    def __init__(self, unit: Unit, folder: Path, now: datetime, rows: Sequence[Arrival]) -> None:
        self._unit = unit
        self._folder = folder
        self._now = now
        self._rows = {row.name: row for row in rows}
        self._failed: list[str] = []

    def pass_once(self, resting: Collection[str]) -> tuple[int, list[str]]:
        """Move everything on by what can be done now."""
        results.sweep(self._folder)
        moved = 0
        for row in [row for row in self._rows.values() if row.state == ArrivalState.FILED]:
            moved += self._tried(row.name, resting, partial(self._finish, row))
        filed = {
            name: told
            for row in self._rows.values()
            if row.state == ArrivalState.FILED
            for name, told in row.entries.items()
        }
        things = {thing.name: thing for thing in dropped.things(self._folder, filed)}
        for name, thing in things.items():
            moved += self._tried(name, resting, partial(self._go_on, thing))
        for name, row in list(self._rows.items()):
            if name not in things and row.state in (ArrivalState.WAITING, ArrivalState.REFUSED):
                moved += self._gone(row)
        return moved, self._failed

    def _tried(self, name: str, resting: Collection[str], do: Callable[[], int]) -> int:
        """Return what ``do`` moved on of the thing called ``name``; one that fails, or rests, stops no other."""
        key = f"{self._unit.code}/{name}"
        if key in resting or key in self._failed:
            return 0
        try:
            return do()
        except LantaiError as problem:
            logger.warning("%s stands still: %s", key, problem)
        except Exception:
            logger.exception("%s failed", key)
        self._failed.append(key)
        return 0

    def _go_on(self, thing: Thing) -> int:
        row = self._rows.get(thing.name)
        if row is not None and row.state == ArrivalState.FILED:
            self._close(
                row, ArrivalState.DONE
            )  # another thing lies under the name of one that could not be moved
            row = None
        if row is None:
            self._rows[thing.name] = self._found(thing)
            return 1
        if row.entries != dict(thing.entries):
            self._changed(row, thing)
            return 1
        if row.state == ArrivalState.REFUSED:
            results.lay_refusal(self._folder, row, again=False)
            return 0
        if self._now - row.still_since < STILL or not self._whole(row, thing):
            return 0
        return self._take(row, thing)

    def _found(self, thing: Thing) -> Arrival:
        return Arrival.objects.create(
            unit=self._unit,
            name=thing.name,
            state=ArrivalState.WAITING,
            entries=dict(thing.entries),
            files=len(thing.files),
            bytes=thing.bytes,
            found_at=self._now,
            still_since=self._now,
        )

    def _changed(self, row: Arrival, thing: Thing) -> None:
        results.clear_refusal(self._folder, row)
        if row.state == ArrivalState.REFUSED:
            row.found_at = self._now  # it is being mended: its parts are waited for anew
        row.entries, row.still_since, row.state = dict(thing.entries), self._now, ArrivalState.WAITING
        row.files, row.bytes, row.reasons = len(thing.files), thing.bytes, []
        row.save()

    def _whole(self, row: Arrival, thing: Thing) -> bool:
        """Return whether nobody writes it any more and its partners are there, or were waited for long enough."""
        waited = self._now - row.found_at
        if waited >= PARTNERS or thing.odd:
            return True
        if thing.unfinished or thing.kind == "sidecar":
            return False
        alone = self._now - row.still_since >= ALONE
        if thing.kind != "folder":
            return thing.sidecar is not None or alone
        told = next((thing.files[name] for name in NAMES if name in thing.files), None)
        described = read_described(told, told.name) if told else Described()
        return alone if described.listed is None else not awaited(described, thing.sizes)

    def _take(self, row: Arrival, thing: Thing) -> int:
        taken = take(self._unit, thing)
        if taken is None:
            return 0  # it changed while it was read: the next look sees it
        row.numbers, row.reasons = list(taken.numbers), [dict(one) for one in taken.reasons]
        row.state = ArrivalState.FILED if self._all(taken) else ArrivalState.REFUSED
        row.save()
        if row.state == ArrivalState.FILED:
            self._finish(row)
        else:
            results.lay_refusal(self._folder, row, again=True)
        return 1

    @staticmethod
    def _all(taken: Taken) -> bool:
        return bool(taken.numbers) and not taken.reasons

    def _finish(self, row: Arrival) -> int:
        """Lay the receipt beside and move what was filed aside; what changed since then stays where it is."""
        results.lay_receipt(self._folder, row)
        number = row.numbers[0]
        try:
            with dropped.aside(self._folder, number) as into:
                for name, told in row.entries.items():
                    dropped.move(self._folder, name, told, number, into)
        except OSError as problem:
            logger.warning("%s/%s cannot be moved aside: %s", self._unit.code, row.name, problem)
            return 0
        self._close(row, ArrivalState.DONE)
        return 1

    def _close(self, row: Arrival, state: ArrivalState) -> None:
        self._rows.pop(row.name, None)
        row.state, row.done_at = state, self._now
        row.save()

    def _gone(self, row: Arrival) -> int:
        results.clear_refusal(self._folder, row)
        self._close(row, ArrivalState.GONE)
        return 1
