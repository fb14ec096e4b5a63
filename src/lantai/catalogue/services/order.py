"""What people order: what columns mean, to run, to cancel, to go on, to undo."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.catalogue.columns import Column, check_mapping, complete, fingerprint
from lantai.catalogue.marks import SAID
from lantai.catalogue.models import ColumnMapping, Import, ImportBatch, State
from lantai.catalogue.services.plan import named_types, types_of
from lantai.catalogue.services.receive import LEVELS
from lantai.catalogue.services.states import expect, import_row, move
from lantai.catalogue.services.undo import refuse_if_built_upon
from lantai.catalogue.workshop import workshop
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Conflict, Invalid
from lantai.ledger.acts import act, record
from lantai.people.policies import require


def _ordered(actor: Actor, number: str, *states: State) -> Import:
    row = import_row(number)
    require(actor, "catalogue.import", row.unit_id)
    expect(row, *states)
    return row


@act("catalogue.import.map")
def set_mapping(
    actor: Actor,
    number: str,
    mapping: Mapping[str, str],
    *,
    type: str | None = None,
    level: str | None = None,
    tolerant: bool | None = None,
) -> None:
    """Say what columns become (element key, "-" not taken over, "+" kept as 其他); the plan is made again.

    Columns that are not named keep what they were; None leaves an option as it is. The whole is remembered
    for lists with the same columns, for the import's unit.
    """
    row = _ordered(actor, number, State.UNMAPPED, State.PLANNED, State.FAILED)
    if row.batches.filter(state=ImportBatch.DONE).exists():
        raise Conflict("catalogue.import.begun", number=number)
    _set_options(row, type, level, tolerant)
    names = [Column.from_json(one).name for one in row.columns]
    whole = {**row.mapping, **mapping}
    check_mapping(whole, names, types_of(row))
    if not complete(whole, named_types(row, whole)):
        raise Invalid("catalogue.mapping.incomplete")
    row.columns = [
        {**one, "key": whole[one["name"]], "by": "hand"} if one["key"] != whole[one["name"]] else one
        for one in row.columns
    ]
    row.mapping = whole
    row.rows = row.new = row.changed = row.same = row.refused = 0
    row.notices, row.problems = [], []
    _remember(actor, row, names)
    row.problem = None
    move(row, State.RECEIVED)
    told = {name: key for name, key in whole.items() if key and name not in SAID}
    record(row.urn, {"number": number, "mapping": told, "type": row.type})


def _set_options(row: Import, type: str | None, level: str | None, tolerant: bool | None) -> None:
    if type is not None:
        if type and type not in holdings.types():
            raise Invalid("catalogue.import.type_unknown", type=type)
        row.type = type
    if level is not None:
        if level not in LEVELS:
            raise Invalid("catalogue.import.level_unknown", level=level)
        row.level = level
    if tolerant is not None:
        row.tolerant = tolerant


def _remember(actor: Actor, row: Import, names: list[str]) -> None:
    ColumnMapping.objects.update_or_create(
        unit=row.unit,
        type=row.type,
        fingerprint=fingerprint(names),
        defaults={
            "mapping": {name: key for name, key in row.mapping.items() if key},
            "changed_at": timezone.now(),
            "changed_by": actor.username,
        },
    )


@act("catalogue.import.run")
def order_run(actor: Actor, number: str) -> None:
    """Order the plan to be carried out; workers do it, batch by batch."""
    row = _ordered(actor, number, State.PLANNED)
    if not row.new + row.changed:
        raise Conflict("catalogue.import.nothing", number=number)
    row.ordered_by = actor.username
    move(row, State.RUNNING)
    figures = {"new": row.new, "changed": row.changed, "same": row.same, "refused": row.refused}
    record(row.urn, {"number": number, **figures, "batches": row.batches.count()})


@act("catalogue.import.cancel")
def cancel(actor: Actor, number: str) -> None:
    """Give up an import of which nothing is in the catalogue; its file is let go."""
    row = _ordered(actor, number, State.RECEIVED, State.UNMAPPED, State.PLANNED, State.FAILED)
    if row.batches.filter(state=ImportBatch.DONE).exists():
        raise Conflict("catalogue.import.begun", number=number)
    row.problem = None
    move(row, State.CANCELLED)
    record(row.urn, {"number": number})
    folder = workshop(row.uuid).root
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


@act("catalogue.import.resume")
def resume(actor: Actor, number: str) -> None:
    """Let a failed import go on where it stopped."""
    row = _ordered(actor, number, State.FAILED)
    row.problem, row.ordered_by = None, actor.username
    move(row, State(row.resume or State.RECEIVED))
    record(row.urn, {"number": number, "state": row.state})


@act("catalogue.import.undo")
def undo(actor: Actor, number: str) -> None:
    """Order that everything the import brought is taken back; ``Conflict`` names what builds on it."""
    row = _ordered(actor, number, State.DONE, State.FAILED)
    if not row.batches.filter(state=ImportBatch.DONE).exists():
        raise Conflict("catalogue.import.nothing", number=number)
    refuse_if_built_upon(row)
    row.problem, row.ordered_by = None, actor.username
    move(row, State.UNDOING)
    record(row.urn, {"number": number, "new": row.new, "changed": row.changed})
