"""running → done: batch by batch, each whole or not at all; the list lies in the vault before it is described."""

from __future__ import annotations

from typing import Any

import orjson

from lantai.base.actors import SYSTEM, Actor
from lantai.catalogue.models import Import, ImportBatch, State
from lantai.catalogue.services.register import preserve
from lantai.catalogue.services.states import GoOn, move
from lantai.catalogue.workshop import Workshop, workshop
from lantai.holdings.models import Fonds, Record
from lantai.holdings.services import (
    AgentDescription,
    Description,
    Revision,
    describe,
    describe_agents,
    describe_fonds,
    revise_many,
)
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Conflict, Corrupt, NotFound
from lantai.kernel.freeing import give_back
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.people.queries import actor as actor_named

NAMED = 20
"""Rows and 档号 that a problem names at most; it counts them all."""


def run(row: Import, go_on: GoOn) -> bool:
    """Enter the batches that are not in yet, then finish. Killed anywhere, the next call goes on.

    Where a batch meets what became of the catalogue since the plan, it fails as a whole and is named; what
    went in before stays.
    """
    actor = orderer(row)
    shop = workshop(row.uuid)
    _preserve_source(actor, row, shop)
    for batch in row.batches.exclude(state=ImportBatch.DONE).order_by("order"):
        _check_list(shop, batch)
        _preserve_list(actor, row, shop, batch)
        try:
            _enter(actor, row, shop, batch)
        except (Conflict, NotFound) as refusal:
            raise _explained(row, shop, batch, refusal) from refusal
        give_back()
        if not go_on(row.rows_done):
            return False
    _finish(actor, row)
    return True


def orderer(row: Import) -> Actor:
    """Return who ordered what is being done; a person must still be who they were."""
    return SYSTEM if row.ordered_by in {"", SYSTEM.username} else actor_named(row.ordered_by)


def _preserve_source(actor: Actor, row: Import, shop: Workshop) -> None:
    """Preserve the file as it came as the import's own object: ``import.json`` and the file."""
    head = {
        "schema": "lantai.import/1",
        "number": row.number,
        "uuid": str(row.uuid),
        "source": row.name,
        "sha512": row.sha512,
        "fonds": row.fonds,
        "type": row.type,
        "unit": row.unit.code if row.unit else "",
        "mapping": dict(row.mapping),
        "arranging": row.arranging,
        "tolerant": row.tolerant,
    }
    source = shop.source()
    preserve(actor, row.uuid, head, {f"received/{source.name}": source}, name="import.json")


def _check_list(shop: Workshop, batch: ImportBatch) -> None:
    found = digest_file(shop.plan / batch.file, ("sha512",)).sha512
    if found != batch.sha512:
        raise Corrupt("catalogue.plan.damaged", file=batch.file)


def _preserve_list(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> None:
    head = {
        "schema": "lantai.catalogue/1",
        "batch": str(batch.uuid),
        "count": batch.rows,
        "source": row.name,
        "import": row.urn,
        "order": batch.order,
        "holds": batch.kind,
        "accepted": not row.arranging,
    }
    preserve(actor, batch.uuid, head, {f"{batch.kind}.jsonl": shop.plan / batch.file})


@act("catalogue.import.enter")
def _enter(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> None:
    """Enter one batch. Its entry, with the digest of its list, is that of describing or revising."""
    fresh = ImportBatch.objects.get(pk=batch.pk)
    if fresh.state == ImportBatch.DONE:
        unchanged()
        return
    batch.entry = _ENTERING[batch.kind](actor, row, shop, batch)
    batch.state = ImportBatch.DONE
    batch.save()
    row.rows_done += batch.rows
    Import.objects.filter(pk=row.pk).update(rows_done=row.rows_done)
    unchanged()


def _enter_records(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> str:
    entry = describe(actor, batch.uuid, descriptions(shop, batch), accepted=not row.arranging)
    # The same 档号 brought by another import has the same name: describing passes over it in silence.
    if Record.objects.filter(batch=batch.uuid).count() != batch.rows:
        raise Conflict("catalogue.batch.refused", number=row.number, batch=batch.order)
    return entry


def descriptions(shop: Workshop, batch: ImportBatch) -> list[Description]:
    """Return what a batch of records describes."""
    return [_description(line) for line in shop.raw_lines(batch.file)]


def _description(line: bytes) -> Description:
    one = orjson.loads(line)
    return Description(
        urn=one["urn"],
        ref=one["ref"],
        level=one["level"],
        type=one["type"],
        fonds=one["fonds"],
        values=one["values"],
        parent=one["parent"],
        told=line,  # the planner wrote canonical lines, and the file is still the one it wrote
    )


def _enter_changes(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> str:
    revisions = [Revision(one["urn"], one["version"], one["changes"]) for one in shop.lines(batch.file)]
    return revise_many(actor, batch.uuid, revisions, reason=row.number)


def _enter_agents(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> str:
    told = [
        AgentDescription(one["urn"], one["kind"], one["name"], one["values"])
        for one in shop.lines(batch.file)
    ]
    return describe_agents(actor, batch.uuid, told)


def _enter_fonds(actor: Actor, row: Import, shop: Workshop, batch: ImportBatch) -> str:
    for one in shop.lines(batch.file):
        there = Fonds.objects.filter(number=one["number"]).values_list("values", flat=True).first()
        if there != one["before"]:  # described by others since the plan
            raise Conflict("catalogue.fonds.changed", ref=one["number"])
        describe_fonds(actor, one["number"], one["values"])
    return ""


_ENTERING = {
    ImportBatch.RECORDS: _enter_records,
    ImportBatch.CHANGES: _enter_changes,
    ImportBatch.AGENTS: _enter_agents,
    ImportBatch.FONDS: _enter_fonds,
}


def _explained(row: Import, shop: Workshop, batch: ImportBatch, refusal: Conflict | NotFound) -> Conflict:
    """Return the refusal with the rows of the list that it is about, as far as they can be told."""
    met = _met(shop, batch)
    facts: dict[str, Any] = {"number": row.number, "batch": batch.order, "count": len(met)}
    if not met:
        ref = str(refusal.facts.get("ref", refusal.facts.get("urn", "")))
        return Conflict("catalogue.batch.refused", **facts, code=refusal.code, ref=ref)
    rows = "、".join(str(number) for number, _ in met[:NAMED])
    refs = "、".join(ref for _, ref in met[:NAMED])
    return Conflict("catalogue.batch.overtaken", **facts, rows=rows, refs=refs)


def _met(shop: Workshop, batch: ImportBatch) -> list[tuple[int, str]]:
    """Return (row, 档号 or urn) of what others entered or changed since the plan was made."""
    if batch.kind not in {ImportBatch.RECORDS, ImportBatch.CHANGES}:
        return []
    key = "ref" if batch.kind == ImportBatch.RECORDS else "urn"
    lines = list(shop.lines(batch.file))
    there: dict[str, tuple[str, int]] = {}
    for start in range(0, len(lines), 500):
        asked = [one[key] for one in lines[start : start + 500]]
        rows = Record.objects.filter(**{f"{key}__in": asked}).exclude(batch=batch.uuid)
        there.update({told: (ref, version) for told, ref, version in rows.values_list(key, "ref", "version")})
    met = []
    for (row, _), one in zip(shop.origins(batch.file), lines, strict=True):
        found = there.get(one[key])
        if (key == "ref" and found) or (key == "urn" and (found is None or found[1] != one["version"])):
            met.append((row, found[0] if found else one[key]))
    return met


@act("catalogue.import.finish")
def _finish(actor: Actor, row: Import) -> None:
    leaves = [leaf_hash(str(uuid).encode()) for uuid in _uuids(row)]
    move(row, State.DONE)
    record(
        row.urn,
        {
            "number": row.number,
            "new": row.new,
            "changed": row.changed,
            "same": row.same,
            "refused": row.refused,
            "batches": len(leaves),
            "batches_root": HashTree(leaves).root().hex(),
        },
    )


def _uuids(row: Import) -> list[Any]:
    return list(row.batches.order_by("order").values_list("uuid", flat=True))
