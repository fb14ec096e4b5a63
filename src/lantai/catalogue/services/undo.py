"""undoing → undone: what an import brought is taken back, last batch first, while nothing builds on it."""

from __future__ import annotations

from uuid import UUID

from lantai.base.actors import Actor
from lantai.catalogue.models import Import, ImportBatch, State
from lantai.catalogue.services.run import orderer
from lantai.catalogue.services.states import GoOn, move
from lantai.catalogue.workshop import Workshop, workshop
from lantai.holdings.models import Fonds, Record
from lantai.holdings.services import (
    describe_fonds,
    refuse_built_upon,
    undo,
    withdraw,
    withdraw_agents,
)
from lantai.kernel.errors import Conflict
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
    """Raise ``Conflict``, naming a record, when something builds on what the import brought."""
    shop = workshop(row.uuid)
    own = {batch.uuid for batch in row.batches.all()}
    for batch in row.batches.filter(state=ImportBatch.DONE):
        if batch.kind == ImportBatch.CHANGES:
            _refuse_changed(shop, batch)
        elif batch.kind == ImportBatch.RECORDS:
            _refuse_built_upon(batch, own)
        elif batch.kind == ImportBatch.FONDS:
            _refuse_described(shop, batch)


def _refuse_built_upon(batch: ImportBatch, own: set[UUID]) -> None:
    others = Record.objects.filter(parent__batch=batch.uuid).exclude(batch__in=own)
    inside = others.values_list("parent__ref", flat=True).first()
    if inside is not None:
        raise Conflict("holdings.batch.inside", ref=inside)
    try:
        refuse_built_upon(batch.uuid)
    except Conflict as reason:
        if reason.code != "holdings.batch.inside":  # what lies inside came with this import: it goes first
            raise


def _refuse_changed(shop: Workshop, batch: ImportBatch) -> None:
    lines = list(shop.lines(batch.file))
    for start in range(0, len(lines), 500):
        some = {one["urn"]: one["version"] for one in lines[start : start + 500]}
        rows = Record.objects.filter(urn__in=list(some)).values_list("urn", "ref", "version")
        for urn, ref, version in rows:
            if version != some[urn] + 1:
                raise Conflict("catalogue.undo.changed_since", ref=ref)


def _refuse_described(shop: Workshop, batch: ImportBatch) -> None:
    for one in shop.lines(batch.file):
        if Fonds.objects.get(number=one["number"]).values != _kept(one["values"]):
            raise Conflict("catalogue.undo.changed_since", ref=one["number"])


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
            withdraw_agents(actor, batch.uuid)
        elif batch.kind == ImportBatch.CHANGES:
            undo(actor, batch.entry)
        else:
            _refuse_described(shop, batch)
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
