"""Making ordered files: one process at an order, watched by the rights of who ordered it, begun anew after a kill.

What is half made is never handed out, so that a killed worker leaves nothing to take up: the next one begins
anew. The rights of the orderer are asked for with every portion; when they have become other ones, what was
made so far is thrown away and made again with those of now.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.db import DatabaseError
from django.utils import timezone

from lantai.base.actors import Actor, Grant
from lantai.base.home import home
from lantai.base.locks import busy, held
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.catalogue import exports, prints
from lantai.catalogue.models import EXPORT_AUTOMATIC, Export, ExportState
from lantai.catalogue.prints import Options
from lantai.catalogue.services.advance import always
from lantai.catalogue.services.export import sha256_of
from lantai.catalogue.services.export_orders import (
    expire_exports,
    folder_of,
    forget_progress,
    move,
    selection_of,
    tell_progress,
)
from lantai.catalogue.services.states import GoOn
from lantai.kernel.errors import Conflict, Forbidden, LantaiError, NotFound, Unavailable
from lantai.kernel.storage.medium import sync_file
from lantai.ledger.acts import act, record
from lantai.people import queries as people

logger = logging.getLogger(__name__)

MARGIN = 512 << 20
"""Bytes that stay free on the disk of the site whatever is exported."""

DAYS = 7
_TELL_SECONDS = 0.5


class _Stopped(Exception):
    """The order was given up, or this process is to end."""


class _OtherRights(Exception):
    """Who ordered may see other things now than when the file was begun."""


def kept_days() -> int:
    """Return for how many days a finished file is kept: ``LANTAI_EXPORT_DAYS``."""
    told = os.environ.get("LANTAI_EXPORT_DAYS", "")
    return max(1, int(told)) if told.isascii() and told.isdecimal() else DAYS


def actor_of(row: Export) -> Actor:
    """Return who ordered with the roles of now, as far as they counted when it was ordered.

    ``Forbidden("catalogue.export.withdrawn")`` when the account is closed.
    """
    try:
        whole = people.actor(row.ordered_by)
    except NotFound as gone:
        raise Forbidden("catalogue.export.withdrawn") from gone
    return replace(whole, grants=whole.grants & grants_of(row))


def grants_of(row: Export) -> frozenset[Grant]:
    """Return the roles that count for an order, or with which its file was made."""
    return frozenset(Grant(role, unit) for role, unit in row.grants)


class _Watch:
    """Looks after an order while its file is made: rights, progress, disk, whether it is still wanted."""

    def __init__(self, row: Export, actor: Actor, go_on: GoOn, steps: int) -> None:
        self._row, self._actor, self._go_on = row, actor, go_on
        self._steps = steps
        self._gone = 0
        self._told = 0.0

    def __call__(self, count: int) -> None:
        """Count what went by; raises what ends the work."""
        self._gone += count
        self.look()
        now = time.monotonic()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            self._tell()
        if not self._go_on(self._gone // self._steps):
            raise _Stopped

    def look(self) -> None:
        """Raise unless the file may be made further, and for the same eyes."""
        if actor_of(self._row) != self._actor:
            raise _OtherRights
        free = shutil.disk_usage(home().root).free
        if free < MARGIN:
            raise Unavailable("catalogue.export.disk", free=free, margin=MARGIN)

    def _tell(self) -> None:
        if not Export.objects.filter(pk=self._row.pk, state=ExportState.RUNNING).exists():
            raise _Stopped
        tell_progress(self._row, self._gone // self._steps)


@dataclass(frozen=True, slots=True)
class _Made:
    """A finished file before it is handed over: its name in the order's folder, what it holds."""

    file: str
    count: int
    files: int
    size: int
    sha256: str


def advance_export(number: str, go_on: GoOn = always) -> str:
    """Make the file of an order, or as much as ``go_on`` lets it, and return its state.

    One process works on an order at a time; another caller returns at once. What cannot be made stops it in the
    state ``failed``; what may pass by itself (disk, database) is told, raised and tried again.
    """
    row = Export.objects.get(number=number)
    with held(f"export-{row.uuid}") as got:
        row.refresh_from_db()
        if not got or row.state not in EXPORT_AUTOMATIC:
            return row.state
        try:
            _advance(row, go_on)
        finally:
            row.refresh_from_db()
            if row.state != ExportState.DONE:
                shutil.rmtree(folder_of(row), ignore_errors=True)
    return row.state


def _advance(row: Export, go_on: GoOn) -> None:
    try:
        _make(row, go_on)
    except _Stopped:
        return
    except _OtherRights:
        Export.objects.filter(pk=row.pk, state=ExportState.RUNNING).update(state=ExportState.ORDERED)
    except Unavailable as problem:
        _tell(row, problem)
        raise
    except LantaiError as problem:
        _fail(row, problem)
    except (OSError, DatabaseError, sqlite3.Error) as refusal:
        stop = Unavailable("catalogue.export.later", number=row.number, reason=reason_of(refusal))
        _tell(row, stop)
        raise stop from refusal
    except Exception as defect:
        _fail(row, Unavailable("catalogue.export.broken", number=row.number, kind=type(defect).__name__))
        raise


def _make(row: Export, go_on: GoOn) -> None:
    actor = actor_of(row)
    selection = selection_of(row)
    _begin(row, selection.count(actor) if row.form != "fonds_file" else 0)
    # A record of an export goes by twice, when it is read and when it is written.
    watch = _Watch(row, actor, go_on, 2 if row.kind == Export.EXPORT else 1)
    folder = folder_of(row)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def fill(out: BinaryIO) -> tuple[int, int]:
        if row.kind == Export.PRINT:
            made = prints.write(actor, selection, row.form, out, Options(**row.options), watch)
            return made.count, made.parts
        records = selection.records(actor)
        language = row.options["language"]
        written = exports.write(actor, records, row.form, out, language=language, folder=folder, tell=watch)
        return written.count, written.files

    ending = ".pdf" if row.kind == Export.PRINT else exports.FORMS[row.form]
    path = folder / "file.part"
    with open(path, "wb") as out:
        count, files = fill(out)
        out.flush()
        os.fsync(out.fileno())
    made = _Made(f"file{'.zip' if files > 1 else ending}", count, files, path.stat().st_size, sha256_of(path))
    _place(path, folder / made.file)
    _finish(actor, row, made)


def _begin(row: Export, total: int) -> None:
    fresh = {"total": total, "problem": None}
    if row.state == ExportState.RUNNING:  # killed, or stopped by what has passed
        if not Export.objects.filter(pk=row.pk, state=ExportState.RUNNING).update(**fresh):
            raise _Stopped
        return
    try:
        move(row, ExportState.RUNNING, **fresh)
    except Conflict as given_up:
        raise _Stopped from given_up


def _place(path: Path, target: Path) -> None:
    """Give the finished file its name, durable: the row that promises it comes after."""
    path.replace(target)
    forget_progress(target.parent)
    sync_file(str(target.parent))


@act("catalogue.export.finish")
def _finish(actor: Actor, row: Export, made: _Made) -> None:
    """Hand the file over: what was asked, how much there is of it, and the digest of the file."""
    if actor_of(row) != actor:
        raise _OtherRights
    now = timezone.now()
    told = {"file": made.file, "files": made.files, "size": made.size, "sha256": made.sha256}
    grants = sorted(([one.role, one.unit] for one in actor.grants), key=str)
    kept = {"finished_at": now, "expires_at": now + timedelta(days=kept_days()), "grants": grants}
    try:
        move(row, ExportState.DONE, total=made.count, **told, **kept)
    except Conflict as given_up:
        raise _Stopped from given_up
    facts = {"number": row.number, "kind": row.kind, "form": row.form, "count": made.count}
    asked = {"selection": selection_of(row).document(), "files": made.files, "size": made.size}
    record(row.urn, {**facts, **asked, "sha256": made.sha256})


def _tell(row: Export, problem: LantaiError) -> None:
    """Note why an order stands still; no act: it goes on by itself. A database that takes nothing is logged."""
    try:
        Export.objects.filter(pk=row.pk, state__in=EXPORT_AUTOMATIC).update(problem=problem.document())
    except DatabaseError as refusal:
        logger.warning("export %s: its problem cannot be noted: %s", row.number, refusal)


def _fail(row: Export, problem: LantaiError) -> None:
    Export.objects.filter(pk=row.pk, state__in=EXPORT_AUTOMATIC).update(
        state=ExportState.FAILED, problem=problem.document(), state_since=timezone.now()
    )


def advance_exports(skip: Collection[str] = (), go_on: GoOn = always) -> Advanced:
    """Make the files of all orders but those in ``skip``, and remove those whose days are over."""
    expired = expire_exports()
    waiting = Export.objects.filter(state__in=EXPORT_AUTOMATIC).order_by("id").values_list("number", "state")
    told = advance_each(
        list(waiting), lambda number: advance_export(number, go_on), skip=skip, what="export", logger=logger
    )
    return replace(told, moved=told.moved + expired)


def others_export() -> bool:
    """Return whether another process makes a file of some order at this moment."""
    rows = Export.objects.filter(state__in=EXPORT_AUTOMATIC).values_list("uuid", flat=True)
    return any(busy(f"export-{uuid}") for uuid in rows)


def collect_exports() -> int:
    """Remove the folders that no order needs; return how many. For the beginning of a worker."""
    root = home().root / "exports"
    found = sorted(root.iterdir()) if root.is_dir() else []  # first: a row is always there before its folder
    wanted = Export.objects.filter(state__in=(*EXPORT_AUTOMATIC, ExportState.DONE))
    kept = {str(one) for one in wanted.values_list("uuid", flat=True)}
    left = [folder for folder in found if folder.name not in kept]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)
