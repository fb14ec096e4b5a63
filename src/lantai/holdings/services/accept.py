"""Accepting: what was being arranged becomes holdings, and its codes are fixed for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.holdings.access import visible_to
from lantai.holdings.models import Record
from lantai.holdings.services.arrange import subject
from lantai.holdings.services.edits import ACCEPTED, Edit, Writer, chunks, fetch
from lantai.kernel import canonical
from lantai.kernel.errors import NotFound
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

FEW = 500
"""Records that an entry names itself."""

_CHUNK = 1_000


@act("holdings.records.accept")
def accept(
    actor: Actor, urns: Sequence[str] = (), *, batch: UUID | None = None, preserved: UUID | None = None
) -> int:
    """Accept records (by urn, or all of a batch); return how many were not yet accepted.

    Their 档号 are fixed from then on, and who may see them follows from 开放标识.
    ``preserved`` names the object in the vault that holds a list too long for the ledger.
    ``NotFound("holdings.batch.missing")`` for a batch of which nothing is in the catalogue.
    """
    require(actor, "holdings.arrange")
    if batch is not None and not Record.objects.filter(batch=batch).exists():
        raise NotFound("holdings.batch.missing", batch=str(batch))
    every = list(_waiting(actor, urns, batch))
    if not every:
        unchanged()
        return 0
    root = HashTree([leaf_hash(canonical.dumps(urn)) for urn in every]).root().hex()
    data: dict[str, Any] = {"count": len(every), "list_root": root}
    first = fetch(actor, every[:1])[every[0]]
    if batch is not None:
        entry = record(f"urn:uuid:{batch}", {**data, "batch": str(batch)})
    elif len(every) <= FEW:
        entry = record(subject([first]) if len(every) == 1 else _fonds(first), {**data, "records": every})
    else:
        data |= {"list": f"urn:uuid:{preserved}"} if preserved else {}
        entry = record(_fonds(first), data)
    writer = Writer()
    for some in chunks(every):
        writer.save([_edit(row) for row in fetch(actor, some).values()], entry)
    return len(every)


def _fonds(row: Record) -> str:
    return f"urn:lantai:fonds:{row.fonds.number}"


def _waiting(actor: Actor, urns: Sequence[str], batch: UUID | None) -> Iterator[str]:
    """Yield the urns that are not yet accepted, in the order of their rows or as given."""
    if batch is not None:
        rows = visible_to(actor).filter(batch=batch, accepted=False).order_by("id")
        yield from rows.values_list("urn", flat=True).iterator(chunk_size=_CHUNK)
        return
    for some in chunks(list(dict.fromkeys(urns))):
        found = fetch(actor, some)
        yield from (urn for urn in some if not found[urn].accepted)


def _edit(row: Record) -> Edit:
    edit = Edit.of(row)
    edit.put(ACCEPTED, "", "1", accepted=True)
    return edit
