"""Exports and prints that are too large to wait for: ordered, given up, and let go."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import busy
from lantai.base.numbers import next_number
from lantai.catalogue import exports, prints
from lantai.catalogue.models import EXPORT_AUTOMATIC, Export, ExportState
from lantai.catalogue.prints import Options
from lantai.catalogue.selection import Selection
from lantai.catalogue.services.export import file_name
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged

AT_ONCE = 5_000
"""Records that are exported while somebody waits; more become an order."""

PRINTED_AT_ONCE = 1_000
"""Rows that are printed while somebody waits."""

FILES_AT_ONCE = 50
"""Files (案卷) whose insides are listed while somebody waits: what lies in them is not counted before."""

PRINTED_MOST = 500_000
"""Rows of one print: 250 volumes of 2,000 rows. The typesetter would go on, the paper would not."""

CARDS_MOST = 50_000
"""Cards of one print: each is a page of its own, set at a fifth of the pace of a list."""

OPEN_MOST = 20
"""Orders of one person that wait or are worked on."""


def soon(actor: Actor, selection: Selection, kind: str, form: str) -> bool:
    """Return whether a file is made so soon that somebody can wait for it."""
    if kind == Export.EXPORT:
        return selection.count(actor) <= AT_ONCE
    if form == "fonds_file":
        return True
    looks_inside = form in {"inner_list", "note"} and not selection.place.file
    if looks_inside and selection.at_level("file").count(actor) > FILES_AT_ONCE:
        return False
    return selection.count(actor) <= PRINTED_AT_ONCE


def order_export(actor: Actor, selection: Selection, form: str, *, language: str = "") -> str:
    """Order an export in ``form`` (a key of :data:`lantai.catalogue.exports.FORMS`) and return its number.

    A worker makes the file of what ``actor`` may see then; who orders must have signed in.
    """
    exports.check_form(form)
    spoken = language if language in {"zh", "en"} else "zh"
    return _order(
        actor, selection, Export.EXPORT, form, {"language": spoken}, file_name(selection, _("目录"), form)
    )


def order_print(actor: Actor, selection: Selection, form: str, options: Options = prints.DEFAULT) -> str:
    """Order a print of ``form`` (a key of :data:`lantai.catalogue.prints.TITLES`) and return its number.

    ``Invalid("catalogue.print.many")`` for more than :data:`PRINTED_MOST` rows or :data:`CARDS_MOST` cards.
    """
    prints.check_form(form, options)
    count = 0 if form == "fonds_file" else selection.count(actor)
    limit = CARDS_MOST if form == "card" else PRINTED_MOST
    if count > limit:
        raise Invalid("catalogue.print.many", count=count, limit=limit)
    told = {"width": options.width, "paper": options.paper, "per_box": options.per_box}
    return _order(actor, selection, Export.PRINT, form, told, file_name(selection, prints.TITLES[form]))


@act("catalogue.export.order")
def _order(
    actor: Actor, selection: Selection, kind: str, form: str, options: dict[str, Any], title: str
) -> str:
    if actor.kind != "person":
        raise Forbidden("catalogue.export.nobody")
    if _of(actor).filter(state__in=EXPORT_AUTOMATIC).count() >= OPEN_MOST:
        raise Conflict("catalogue.export.waiting", limit=OPEN_MOST)
    now = timezone.now()
    row = Export(
        uuid=uuid.uuid4(),
        number=next_number(Export.objects.all(), f"E{timezone.localdate().year}-"),
        ordered_by=actor.username,
        grants=sorted(([one.role, one.unit] for one in actor.grants), key=str),
        kind=kind,
        form=form,
        options=options,
        selection=[list(pair) for pair in selection.pairs()],
        title=title,
        state=ExportState.ORDERED,
        state_since=now,
        ordered_at=now,
    )
    row.save(force_insert=True)
    told = {"number": row.number, "kind": kind, "form": form, "options": options}
    record(row.urn, {**told, "selection": selection.document()})
    return row.number


def again(actor: Actor, number: str) -> str:
    """Order anew what the order ``number`` asked for, with the rights of now; return the new number."""
    row = row_of(actor, number)
    expect(row, ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED, ExportState.DONE)
    selection = selection_of(row)
    if row.kind == Export.PRINT:
        return order_print(actor, selection, row.form, Options(**row.options))
    return order_export(actor, selection, row.form, language=row.options["language"])


@act("catalogue.export.cancel")
def cancel_export(actor: Actor, number: str) -> None:
    """Give up an order that is not done; what is made of it already goes."""
    row = row_of(actor, number)
    expect(row, *EXPORT_AUTOMATIC)
    move(row, ExportState.CANCELLED, problem=None)
    record(row.urn, {"number": number})
    transaction.on_commit(lambda: forget(row))


@act("catalogue.export.discard")
def discard_export(actor: Actor, number: str) -> None:
    """Let go of an order that is at its end, with its file."""
    row = row_of(actor, number)
    expect(row, ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED)
    move(row, ExportState.DISCARDED)
    record(row.urn, {"number": number, "sha256": row.sha256})
    transaction.on_commit(lambda: forget(row))


def expire_exports() -> int:
    """Remove the files whose days are over, in the name of the system; return how many."""
    late = Export.objects.filter(state=ExportState.DONE, expires_at__lte=timezone.now())
    return sum(_expire(SYSTEM, row) for row in list(late.order_by("id")))


@act("catalogue.export.discard")
def _expire(actor: Actor, row: Export) -> bool:
    """Let go of the file, unless its owner or another worker was quicker; return whether this did it."""
    if Export.objects.select_for_update().get(pk=row.pk).state != ExportState.DONE:
        unchanged()
        return False
    move(row, ExportState.EXPIRED)
    transaction.on_commit(lambda: forget(row))
    record(row.urn, {"number": row.number, "sha256": row.sha256})
    return True


def _of(actor: Actor) -> Any:
    return Export.objects.filter(ordered_by=actor.username)


def row_of(actor: Actor, number: str) -> Export:
    """Return the order of ``actor`` with this number; ``NotFound`` for any other, whosever it is."""
    row = _of(actor).filter(number=number).exclude(state=ExportState.DISCARDED).first()
    if row is None or actor.kind != "person":
        raise NotFound("catalogue.export.missing", number=number)
    found: Export = row
    return found


def expect(row: Export, *states: ExportState) -> None:
    """Raise ``Conflict`` unless the order is in one of ``states``."""
    if row.state not in states:
        raise Conflict("catalogue.export.state_wrong", number=row.number, state=ExportState(row.state).label)


def move(row: Export, state: ExportState, **more: Any) -> None:
    """Put the order into ``state`` with the values ``more``, provided nobody moved it; else ``Conflict``."""
    fresh = {**more, "state": state, "state_since": timezone.now()}
    if not Export.objects.filter(pk=row.pk, state=row.state).update(**fresh):
        raise Conflict("catalogue.export.state_wrong", number=row.number, state=ExportState(row.state).label)
    for name, value in fresh.items():
        setattr(row, name, value)


def selection_of(row: Export) -> Selection:
    """Return what was asked."""
    return Selection.read(QueryDict(urlencode([(name, value) for name, value in row.selection])))


def folder_of(row: Export) -> Path:
    """Return the folder of an order, where its file is made and kept."""
    return home().root / "exports" / str(row.uuid)


def tell_progress(row: Export, done: int) -> None:
    """Leave a sign of life in the order's folder; it may be lost and proves nothing."""
    fresh = folder_of(row) / f"progress.{os.getpid()}"
    fresh.write_text(str(done), "ascii")
    fresh.replace(folder_of(row) / "progress")


def told_progress(row: Export) -> int:
    """Return how many records are done by the last sign of life, 0 when there is none."""
    try:
        return int((folder_of(row) / "progress").read_text("ascii") or 0)
    except FileNotFoundError:
        return 0


def forget_progress(folder: Path) -> None:
    """Remove the sign of life of what has come to its end."""
    (folder / "progress").unlink(missing_ok=True)


def forget(row: Export) -> None:
    """Remove the folder of an order; a worker that is still at it removes it when it notices."""
    if not busy(f"export-{row.uuid}"):
        shutil.rmtree(folder_of(row), ignore_errors=True)
