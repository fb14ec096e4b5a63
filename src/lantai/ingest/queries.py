"""Reads of transfers. Each takes the actor: archivists see all, clerks those of their units."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.ingest.models import AUTOMATIC, State, Transfer
from lantai.ingest.workspace import Progress, workspace
from lantai.kernel.errors import NotFound
from lantai.people.policies import units_of


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as pages and the command line see it."""

    id: int
    uuid: UUID
    urn: str
    number: str
    unit: int
    unit_code: str
    unit_name: str
    kind: str
    state: str
    state_since: datetime
    submitted_at: datetime
    submitted_by: str
    name: str
    form: str
    fonds: str
    container_sm3: str
    items: int
    files: int
    bytes: int
    run: UUID | None
    decided_by: str
    reason: str
    refusal: dict[str, Any] | None
    progress: Progress | None

    @property
    def state_label(self) -> str:
        return state_name(self.state)

    @property
    def waits(self) -> bool:
        """Whether it waits for a person's decision."""
        return self.state == State.CHECKING

    @property
    def moving(self) -> bool:
        """Whether workers will move it on by themselves."""
        return self.state in AUTOMATIC

    @property
    def kept(self) -> bool:
        """Whether its records are preserved."""
        return self.state in {State.PRESERVED, State.DESCRIBED, State.INDEXED, State.CLOSED}


def state_name(state: str) -> str:
    """Return what people call a state: what is checked waits for the intake archivist."""
    return "待接收" if state == State.CHECKING else str(State(state).label)


def visible(actor: Actor) -> QuerySet[Transfer]:
    """Return the transfers that ``actor`` may see."""
    units = units_of(actor, "transfer.see")
    rows = Transfer.objects.select_related("unit")
    return rows if units is None else rows.filter(unit__in=units)


def view(row: Transfer) -> TransferView:
    """Return the frozen view of ``row``, with the progress of its running step."""
    return TransferView(
        id=row.pk,
        uuid=row.uuid,
        urn=row.urn,
        number=row.number,
        unit=row.unit_id,
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        kind=row.kind,
        state=row.state,
        state_since=row.state_since,
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        name=row.name,
        form=row.form,
        fonds=row.fonds,
        container_sm3=row.container_sm3,
        items=row.items,
        files=row.files,
        bytes=row.bytes,
        run=row.run,
        decided_by=row.decided_by,
        reason=row.reason,
        refusal=row.refusal,
        progress=workspace(row.uuid).progress() if row.state in AUTOMATIC else None,
    )


def transfer(actor: Actor, number: str) -> TransferView:
    """Return a transfer; ``NotFound`` when there is none or the actor may not see it."""
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("ingest.transfer.missing", number=number)
    return view(row)


def transfers(
    actor: Actor, *, state: str = "", unit: str = "", after: str = "", size: int = 50
) -> Page[TransferView]:
    """Return a page of transfers, newest first, of one state and unit or of all."""
    rows = visible(actor).order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if unit:
        rows = rows.filter(unit__code=unit)
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([view(row) for row in found[:size]], more)


def moving(actor: Actor, limit: int = 50) -> list[TransferView]:
    """Return the transfers that workers move on by themselves, newest first."""
    rows = visible(actor).filter(state__in=AUTOMATIC).order_by("-id")
    return [view(row) for row in rows[:limit]]


def counts(actor: Actor) -> Counter[str]:
    """Return how many transfers are in each state."""
    return Counter(visible(actor).order_by().values_list("state", flat=True))


def states() -> tuple[str, ...]:
    """Return the state of every transfer, oldest first: for the machinery, to see whether anything moved."""
    return tuple(Transfer.objects.order_by("id").values_list("state", flat=True))


def unfinished() -> bool:
    """Return whether workers have anything to move on."""
    return Transfer.objects.filter(state__in=AUTOMATIC).exists()
