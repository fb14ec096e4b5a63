"""undoing → undone: what an import brought is taken back, last batch first, while nothing builds on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lantai.base.actors import Actor
from lantai.catalogue.models import Import, ImportBatch, State
from lantai.catalogue.services.run import orderer
from lantai.catalogue.services.states import GoOn, move
from lantai.catalogue.workshop import Workshop, workshop
from lantai.holdings.authorities import agent_values_of
from lantai.holdings.models import Agent, Fonds, Record
from lantai.holdings.services import (
    changed_since,
    describe_fonds,
    refuse_built_upon,
    refuse_for,
    undo,
    withdraw,
    withdraw_agents,
)
from lantai.ledger.acts import act, record, unchanged


def undo_step(row: Import, go_on: GoOn) -> bool:
    """Take back the batches that are still in. Killed anywhere, the next call goes on."""
    actor, shop = orderer(row), workshop(row.uuid)
    for batch in row.batches.filter(state=ImportBatch.DONE).order_by("-order"):
        _withdraw(actor, row, shop, batch)
        if not go_on(row.rows_done):
            return False
    _undone(actor, row)
    return True


def refuse_if_built_upon(row: Import) -> None:
    """Raise ``Conflict``, naming the entries by 档号, when something builds on what the import brought.

    Contents are compared, never versions: what was changed and changed back says again what the import said.
    """
    shop = workshop(row.uuid)
    own = {batch.uuid for batch in row.batches.all()}
    changed: list[str] = []
    for batch in row.batches.filter(state=ImportBatch.DONE):
        if batch.kind == ImportBatch.RECORDS:
            refuse_built_upon(batch.uuid, own)  # what lies inside came with this import: it goes first
        else:
            changed += _DIFFERING[batch.kind](shop, batch)
    refuse_for("catalogue.undo.changed_since", changed)


def _changed(shop: Workshop, batch: ImportBatch) -> list[str]:
    """Return the 档号 of what the import changed and that says something else now."""
    found: list[str] = []
    lines = list(shop.lines(batch.file))
    for start in range(0, len(lines), 500):
        left = {one["urn"]: one["version"] + 1 for one in lines[start : start + 500]}
        rows = Record.objects.filter(urn__in=list(left)).values_list("id", "urn", "ref", "version")
        told = {pk: (ref, left[urn], version) for pk, urn, ref, version in rows}
        since = changed_since({pk: (then, now) for pk, (_, then, now) in told.items()})
        found += [told[pk][0] for pk in since]
    return found


def _changed_agents(shop: Workshop, batch: ImportBatch) -> list[str]:
    """Return the names of the agents that the import brought and that are described otherwise now."""
    brought = {one["urn"]: one for one in shop.lines(batch.file)}
    rows = Agent.objects.filter(batch=batch.uuid)
    return [row.name for row in rows if agent_values_of(row) != _of_line(brought[row.urn])]


def _of_line(one: Mapping[str, Any]) -> dict[str, str]:
    return {**one["values"], "title": one["name"], "agent_kind": one["kind"]}


def _described(shop: Workshop, batch: ImportBatch) -> list[str]:
    """Return the numbers of the fonds that the import described and that are described otherwise now."""
    return [
        one["number"]
        for one in shop.lines(batch.file)
        if Fonds.objects.get(number=one["number"]).values != _kept(one["values"])
    ]


_DIFFERING: Mapping[str, Callable[[Workshop, ImportBatch], list[str]]] = {
    ImportBatch.CHANGES: _changed,
    ImportBatch.AGENTS: _changed_agents,
    ImportBatch.FONDS: _described,
}


def _kept(values: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


@act("catalogue.import.withdraw")
def _withdraw(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> None:
    """Take one batch back. Its entry is that of withdrawing or revising; the list stays in the vault."""
    fresh = ImportBatch.objects.get(pk=batch.pk)
    if fresh.state == ImportBatch.DONE:
        if batch.kind == ImportBatch.RECORDS:
            withdraw(actor, batch.uuid)
        elif batch.kind == ImportBatch.AGENTS:
            refuse_for("catalogue.undo.changed_since", _changed_agents(shop, batch))
            withdraw_agents(actor, batch.uuid)
        elif batch.kind == ImportBatch.CHANGES:
            undo(actor, batch.entry)
        else:
            refuse_for("catalogue.undo.changed_since", _described(shop, batch))
            for one in shop.lines(batch.file):
                describe_fonds(actor, one["number"], one["before"])
        batch.state = ImportBatch.UNDONE
        batch.save()
        row.rows_done = max(0, row.rows_done - batch.rows)
        Import.objects.filter(pk=row.pk).update(rows_done=row.rows_done)
    unchanged()


@act("catalogue.import.undone")
def _undone(actor: Actor, row: Import) -> None:
    move(row, State.UNDONE)
    record(row.urn, {"number": row.number, "new": row.new, "changed": row.changed})
