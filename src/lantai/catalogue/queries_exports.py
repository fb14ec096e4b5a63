"""Reads of ordered exports and prints: everybody sees their own, nobody those of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.catalogue.models import EXPORT_AUTOMATIC, Export, ExportState
from lantai.catalogue.services.export_orders import folder_of, row_of, told_progress
from lantai.catalogue.services.export_work import grants_of
from lantai.kernel.errors import Conflict, NotFound

AT_HAND = 5
"""Orders that the bench shows at most."""


@dataclass(frozen=True, slots=True)
class ExportView:
    """An order as pages and machines see it; ``name`` is what its file is called, "" while there is none.

    ``fetchable``: its file is there, and made with no other roles than its owner has now.
    """

    number: str
    urn: str
    kind: str
    form: str
    title: str
    state: str
    state_since: datetime
    ordered_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    done: int
    total: int
    problem: Mapping[str, Any] | None
    name: str
    files: int
    size: int
    sha256: str
    fetchable: bool

    @property
    def state_label(self) -> str:
        return str(ExportState(self.state).label)

    @property
    def moving(self) -> bool:
        """Whether workers move it on by themselves."""
        return self.state in EXPORT_AUTOMATIC


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A finished file: where it lies, what it is called, its digest (SHA-256)."""

    path: Path
    name: str
    size: int
    sha256: str
    count: int


def view(actor: Actor, row: Export) -> ExportView:
    """Return the frozen view of ``row`` for its owner."""
    return ExportView(
        number=row.number,
        urn=row.urn,
        kind=row.kind,
        form=row.form,
        title=row.title,
        state=_state(row),
        state_since=row.state_since,
        ordered_at=row.ordered_at,
        finished_at=row.finished_at,
        expires_at=row.expires_at,
        done=_done(row),
        total=row.total,
        problem=row.problem,
        name=_name(row) if _state(row) == ExportState.DONE else "",
        files=row.files,
        size=row.size,
        sha256=row.sha256,
        fetchable=_state(row) == ExportState.DONE and grants_of(row) <= actor.grants,
    )


def _state(row: Export) -> str:
    """Return the state of an order; one whose days are over has expired, whether or not a worker came by."""
    late = row.expires_at is not None and row.expires_at <= timezone.now()
    return ExportState.EXPIRED.value if row.state == ExportState.DONE and late else row.state


def _done(row: Export) -> int:
    if row.state != ExportState.RUNNING:
        return row.total if row.state == ExportState.DONE else 0
    # Files are printed with what lies in them, so that more may go by than was counted.
    return min(told_progress(row), row.total) if row.total else told_progress(row)


def _name(row: Export) -> str:
    return f"{row.title}{Path(row.file).suffix}"


def exports(actor: Actor, *, after: str = "", size: int = 50) -> Page[ExportView]:
    """Return a page of the actor's own orders, newest first, but those let go of."""
    rows = Export.objects.filter(ordered_by=actor.username).exclude(state=ExportState.DISCARDED)
    rows = rows.order_by("-id") if actor.kind == "person" else rows.none()
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([view(actor, row) for row in found[:size]], more)


def exports_at_hand(actor: Actor) -> list[ExportView]:
    """Return the actor's newest orders that are waited for or can be fetched."""
    wanted = (*EXPORT_AUTOMATIC, ExportState.DONE, ExportState.FAILED)
    rows = Export.objects.filter(ordered_by=actor.username, state__in=wanted).order_by("-id")
    return [view(actor, row) for row in rows[:AT_HAND]] if actor.kind == "person" else []


def export_one(actor: Actor, number: str) -> ExportView:
    """Return one order of the actor; ``NotFound`` for any other, whosever it is."""
    return view(actor, row_of(actor, number))


def export_file(actor: Actor, number: str) -> ExportFile:
    """Return the file of an order that is done.

    ``Conflict("catalogue.export.not_ready")`` before and after that, and ``("catalogue.export.rights_fewer")``
    when it was made with roles that the actor does not have now (any more, or by this token).
    """
    row = row_of(actor, number)
    state = ExportState(_state(row))
    if state != ExportState.DONE:
        raise Conflict("catalogue.export.not_ready", number=number, state=state.label)
    if not grants_of(row) <= actor.grants:
        raise Conflict("catalogue.export.rights_fewer", number=number)
    path = folder_of(row) / row.file
    if not path.is_file():
        raise NotFound("catalogue.export.file_missing", number=number)
    return ExportFile(path, _name(row), row.size, row.sha256, row.total)


def export_states() -> tuple[str, ...]:
    """Return the state of every order not at its end: for the machinery, to see whether anything moved."""
    rows = Export.objects.filter(state__in=EXPORT_AUTOMATIC).order_by("id")
    return tuple(rows.values_list("state", flat=True))
