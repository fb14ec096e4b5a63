"""Building what was ordered, in the background: one process at a hand-over, begun anew after a kill.

The package is made of the document that the order fixed and of the desk's store, and of nothing else: built
again it has the same bytes. It is unpacked as the archives would and checked by the four properties; what fails
there is not sent, its report is a work list.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import busy, held
from lantai.base.scanner import scanner
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.checks.services import record_run
from lantai.desk import carrier, parcel
from lantai.desk.models import HandOver, HandOverState, Sending, SendingState
from lantai.desk.queries_hand_over import folder_of, span
from lantai.desk.services.hand_over import document_of, forget, moved
from lantai.desk.services.leftovers import collect_leftovers
from lantai.holdings import queries as holdings
from lantai.ingest.models import Transfer
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Corrupt, LantaiError, Unavailable
from lantai.kernel.fourprops import Context, Report, Stage, run
from lantai.kernel.packages import Container, arrive, build, open_package
from lantai.kernel.storage.medium import sync_file
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record, unchanged

logger = logging.getLogger(__name__)

MARGIN = 512 << 20
"""Bytes that stay free on the disk of the site whatever is built."""

LOOK_SECONDS = 1.0
"""How often, at least, it is looked whether the package is still wanted."""

GoOn = Callable[[], bool]


class _Stopped(Exception):
    """The order was given up, or this process is to end."""


def _always() -> bool:
    return True


def advance_hand_over(number: str, go_on: GoOn = _always) -> str:
    """Build and check the package of a hand-over, and return its state.

    Another caller at the same time returns at once. What cannot be built makes the hand-over fail with its reason;
    what may pass by itself (disk, database) is told, raised and tried again.
    """
    row = HandOver.objects.select_related("unit", "mends").get(number=number)
    with held(f"hand-over-{row.uuid}") as got:
        row.refresh_from_db()
        if not got or row.state != HandOverState.ORDERED:
            return row.state
        try:
            _advance(row, go_on)
        finally:
            row.refresh_from_db()
            never_built = row.state == HandOverState.FAILED and not row.package
            if row.state == HandOverState.CANCELLED or never_built:
                shutil.rmtree(folder_of(row.uuid), ignore_errors=True)
    return row.state


def _advance(row: HandOver, go_on: GoOn) -> None:
    try:
        _make(row, go_on)
    except _Stopped:
        return
    except Unavailable as problem:
        if (
            problem.code == "packages.source.changed"
        ):  # nobody writes into the store: what differs there is damaged
            name = str(problem.facts["member"])
            _failed(SYSTEM, row, Corrupt("desk.hand_over.file_damaged", number=row.number, name=name))
            return
        _tell(row, problem)
        raise
    except LantaiError as problem:
        _failed(SYSTEM, row, problem)
    except (OSError, DatabaseError) as refusal:
        later = Unavailable("desk.hand_over.later", number=row.number, reason=reason_of(refusal))
        _tell(row, later)
        raise later from refusal
    except Exception as unforeseen:
        _tell(row, Unavailable("desk.hand_over.later", number=row.number, reason=type(unforeseen).__name__))
        raise


def _make(row: HandOver, go_on: GoOn) -> None:
    told = document_of(row)
    folder = folder_of(row.uuid)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _room(row)
    watch = _Watch(row, go_on)
    watch(0, 100)
    path = folder / f"{row.fonds}-{row.number}.zip"
    _build(told, folder, path, watch)
    watch(25, 100)
    container, report = _checked(folder, path, watch)
    sums = FileDigests(container.size, {"sha512": container.sha512, "sm3": container.sm3})
    _lay_papers(row, folder, path.name, sums)
    (folder / "progress").unlink(missing_ok=True)
    _built(SYSTEM, row, path.name, sums, report)


def _room(row: HandOver) -> None:
    """Refuse to begin where package and unpacked copy would fill the disk.

    EEP files carry their content in base64, a third longer, and are unfolded beside themselves.
    """
    free, needed = shutil.disk_usage(home().root).free, (4 if row.form == "eep" else 2) * row.bytes + MARGIN
    if free < needed:
        raise Unavailable("desk.hand_over.disk", free=free, needed=needed)


class _Watch:
    """Leaves signs of life and stops the work when the order is given up or the process is to end."""

    def __init__(self, row: HandOver, go_on: GoOn) -> None:
        self._row, self._go_on = row, go_on
        self._told, self._looked = -1, 0.0

    def __call__(self, done: int, total: int) -> None:
        share, now = done * 100 // max(total, 1), time.monotonic()
        if share == self._told and now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        if not self._go_on() or not self._wanted():
            raise _Stopped
        if share == self._told:
            return
        self._told = share
        fresh = folder_of(self._row.uuid) / f"progress.{os.getpid()}"
        fresh.write_text(f"{share} 100", "ascii")
        fresh.replace(fresh.with_name("progress"))

    def _wanted(self) -> bool:
        return HandOver.objects.filter(pk=self._row.pk, state=HandOverState.ORDERED).exists()


def _build(told: dict[str, Any], folder: Path, path: Path, watch: _Watch) -> None:
    beside = folder / parcel.OPINIONS
    beside.write_bytes(parcel.opinions(told))
    draft = parcel.draft(told, holdings.types(), {parcel.OPINIONS: beside})
    moment = datetime.fromisoformat(told["at"])
    total = _bytes(told)
    build(
        draft,
        path,
        holdings.types(),
        form=told["form"],
        archive=True,
        moment=moment,
        watch=lambda written: watch(min(25, written * 25 // total), 100),
    )
    beside.unlink()


def _bytes(told: dict[str, Any]) -> int:
    total: int = sum(file["bytes"] for one in told["records"] for file in one["files"])
    return max(1, total)


def _checked(folder: Path, path: Path, watch: _Watch) -> tuple[Container, Report]:
    """Unpack the package as the archives will, and check it."""
    content = folder / "content"
    try:
        size = max(1, path.stat().st_size)
        container = arrive(path, content, watch=lambda there: watch(25 + min(25, there * 25 // size), 100))
        context = Context(
            types=holdings.types(),
            digests=container.digests,
            existing=holdings.existing_refs,
            scanner=scanner(),
            today=date.today(),
        )
        package = open_package(content, holdings.types())
        report = run(
            package, Stage.YJ, context, lambda done, total, _code: watch(50 + done * 49 // max(total, 1), 100)
        )
    finally:
        shutil.rmtree(content, ignore_errors=True)
    return container, report


def _lay_papers(row: HandOver, folder: Path, package: str, sums: FileDigests) -> None:
    first, last = span(row)
    told = carrier.Carried(
        number=row.number,
        archives=ledger.site_name(),
        unit=row.unit.name,
        fonds=row.fonds,
        carrier=row.carrier,
        description=row.description,
        first=first,
        last=last,
        records=row.items,
        files=row.files,
        bytes=row.bytes,
        package=package,
        sums=sums,
        form=row.form,
        at=timezone.localtime(row.ordered_at).isoformat(timespec="seconds"),
        mends=row.mends.number if row.mends else "",
    )
    for name, data in carrier.papers(told).items():
        (folder / name).write_bytes(data)
        sync_file(str(folder / name))
    sync_file(str(folder))


@act("desk.hand_over.build")
def _built(actor: Actor, row: HandOver, package: str, sums: FileDigests, report: Report) -> None:
    """Keep what was built with its report: to be sent, or, where an item failed, to be mended."""
    fresh = HandOver.objects.select_for_update().get(pk=row.pk)
    if fresh.state != HandOverState.ORDERED:
        raise _Stopped
    fresh.package, fresh.size, fresh.sm3, fresh.sha512 = package, sums.size, sums.sm3, sums.sha512
    fresh.run = record_run(actor, row.urn, report)
    fresh.problem = None
    moved(fresh, HandOverState.FAILED if report.verdict == "fail" else HandOverState.BUILT)
    told = {"number": row.number, "package": package, "size": sums.size, "sm3": sums.sm3}
    record(row.urn, {**told, "sha512": sums.sha512, "run": str(fresh.run), "verdict": report.verdict})


def _tell(row: HandOver, problem: LantaiError) -> None:
    """Note why it stands still; no act: it goes on by itself."""
    try:
        HandOver.objects.filter(pk=row.pk, state=HandOverState.ORDERED).update(problem=problem.document())
    except DatabaseError as refusal:
        logger.warning("hand-over %s: its problem cannot be noted: %s", row.number, refusal)


@act("desk.hand_over.fail")
def _failed(actor: Actor, row: HandOver, problem: LantaiError) -> None:
    fresh = HandOver.objects.select_for_update().get(pk=row.pk)
    if fresh.state != HandOverState.ORDERED:
        unchanged()
        return
    fresh.problem = problem.document()
    moved(fresh, HandOverState.FAILED)
    record(row.urn, {"number": row.number, "code": problem.code})


def advance_hand_overs(skip: Collection[str] = (), go_on: GoOn = _always) -> Advanced:
    """Build every package that was ordered but those in ``skip``, and join what came on carriers to its transfer."""
    joined = join_carried(skip)
    waiting = (
        HandOver.objects.filter(state=HandOverState.ORDERED).order_by("id").values_list("number", "state")
    )
    told = advance_each(
        list(waiting),
        lambda number: advance_hand_over(number, go_on),
        skip=skip,
        what="hand-over",
        logger=logger,
    )
    return Advanced(told.moved + joined.moved, joined.failed + told.failed)


def join_carried(skip: Collection[str] = ()) -> Advanced:
    """Join hand-overs that went by carrier to the transfers their packages became, all but those in ``skip``.

    A worker asks this all the time: as long as nothing came, nothing is written.
    """
    elsewhere = Exists(Sending.objects.filter(hand_over=OuterRef("pk")).exclude(state=SendingState.STOPPED))
    gone = HandOver.objects.filter(
        Exists(_came()), ~elsewhere, state=HandOverState.SENT, transfer__isnull=True
    )
    waiting = [(number, "") for number in gone.order_by("id").values_list("number", flat=True)]
    return advance_each(
        waiting, lambda number: _join(SYSTEM, number), skip=skip, what="hand-over", logger=logger
    )


def _came() -> QuerySet[Transfer]:
    """Return the transfers of the very bytes that were built, of the same unit, that are no hand-over yet."""
    return Transfer.objects.filter(
        unit=OuterRef("unit"), container_sha512=OuterRef("sha512"), hand_overs__isnull=True
    )


@act("desk.hand_over.join")
def _join(actor: Actor, number: str) -> str:
    """The same unit's transfer of the very bytes that were built is this hand-over; return the transfer's number."""
    row = HandOver.objects.select_for_update().get(number=number)
    came = Transfer.objects.filter(unit=row.unit_id, container_sha512=row.sha512, hand_overs__isnull=True)
    found = came.order_by("id").first() if row.transfer_id is None else None
    if found is None:
        unchanged()
        return ""
    row.transfer = found
    row.save(update_fields=["transfer"])
    record(row.urn, {"number": row.number, "transfer": found.number})
    return found.number


def others_build() -> bool:
    """Return whether another process builds some package at this moment."""
    rows = HandOver.objects.filter(state=HandOverState.ORDERED).values_list("uuid", flat=True)
    return any(busy(f"hand-over-{uuid}") for uuid in rows)


def collect_packages() -> int:
    """Remove the packages that nobody needs: of what was given up, preserved by the archives, or corrected.

    One that came back or failed its check is looked at until the hand-over that corrects it was sent. Folders of packages
    and deliveries that no row tells of go, too. For the beginning of a worker; returns how many.
    """
    corrected = Exists(HandOver.objects.filter(mends=OuterRef("pk"), state=HandOverState.SENT))
    away = Exists(Sending.objects.filter(hand_over=OuterRef("pk"), outcome="closed"))
    over = HandOver.objects.filter(
        Q(state=HandOverState.CANCELLED) | Q(transfer__state="closed") | corrected | away
    )
    left = [row for row in over if folder_of(row.uuid).is_dir()]
    for row in left:
        forget(row)
    return len(left) + collect_leftovers()
