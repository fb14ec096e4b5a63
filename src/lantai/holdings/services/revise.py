"""Revising: element values of described records are changed; nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.holdings.access import visible_to
from lantai.holdings.models import Record
from lantai.holdings.services.edits import Edit, Writer, chunks, fetch, refuse_changed
from lantai.holdings.services.longtexts import fits, told_changes
from lantai.holdings.services.weigh import Current, Weighed, Weigher, refuse, standing
from lantai.kernel import canonical
from lantai.kernel.errors import Invalid
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.ledger.models import Entry
from lantai.people.policies import require

REASON = 500
"""Characters of a reason at most."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What shall change of one record: only the changed keys, "" clears; ``version`` is the one that was read."""

    urn: str
    version: int
    changes: Mapping[str, str]

    def line(self) -> bytes:
        """Return the canonical form whose digests the ledger holds."""
        return canonical.dumps({"changes": dict(self.changes), "urn": self.urn, "version": self.version})


def current(actor: Actor, urns: Sequence[str]) -> list[Current]:
    """Return the records as they stand, in the order of ``urns``; ``NotFound`` for one the actor may not see."""
    rows = fetch(actor, urns, lock=False)
    return [standing(rows[urn]) for urn in urns]


def weigh(record: Current, wanted: Mapping[str, str]) -> Weighed:
    """Return what ``wanted`` would change of ``record`` and what is wrong with it; changes nothing.

    For many records keep one :class:`Weigher`.
    """
    return Weigher().weigh(record, wanted)


def refuse_stale(actor: Actor, revisions: Sequence[Revision]) -> None:
    """Raise what :func:`revise_many` would for the first record that is gone or changed since it was read."""
    wanted = {revision.urn: revision.version for revision in revisions}
    for some in chunks(list(wanted)):
        rows = visible_to(actor).filter(urn__in=some).values_list("urn", "version")
        known = dict(rows)
        for urn in some:
            if known.get(urn) != wanted[urn]:
                refuse_changed(fetch(actor, [urn], lock=False)[urn], wanted[urn])


@act("holdings.record.revise")
def revise(
    actor: Actor,
    urn: str,
    changes: Mapping[str, str],
    *,
    version: int,
    reason: str = "",
    preserved: UUID | None = None,
) -> int:
    """Change elements of one record and return its new version (the old one when nothing differs).

    Texts too long for the ledger stand in its entry by their digest; ``preserved`` names the object of the vault
    that holds them (``catalogue.services.revise`` sees to that).

    ``Invalid("holdings.record.refused")`` names element and reason, ``Conflict("holdings.record.changed")``
    says who changed what since ``version``. The 档号 is not changed by revising.
    """
    require(actor, "holdings.revise")
    row = fetch(actor, [urn])[urn]
    refuse_changed(row, version)
    edit = _edit(Weigher(), row, changes)
    if not edit.changes:
        unchanged()
        return row.version
    told = told_revision(edit.changes, reason, preserved)
    entry = record(urn, {"urn": urn, "version": version + 1, **told})
    Writer().save([edit], entry)
    return row.version


@act("holdings.records.revise")
def revise_many(actor: Actor, batch: UUID, revisions: Sequence[Revision], *, reason: str = "") -> str:
    """Change many records, all or none, in one entry; return its uuid ("" when nothing differs).

    The caller has preserved the lines of ``revisions`` under the name ``batch`` before.
    """
    require(actor, "holdings.revise")
    wanted = {revision.urn: revision for revision in revisions}
    if len(wanted) != len(revisions):
        raise Invalid("holdings.revise.twice", count=len(revisions) - len(wanted))
    data: dict[str, Any] = {
        "batch": str(batch),
        "count": len(revisions),
        "list_root": HashTree([leaf_hash(revision.line()) for revision in revisions]).root().hex(),
        "reason": reason_of(reason),
    }
    weigher, writer, entry = Weigher(), Writer(), None
    for some in chunks(list(wanted)):
        edits = []
        for urn, row in fetch(actor, some).items():
            refuse_changed(row, wanted[urn].version)
            edits.append(_edit(weigher, row, wanted[urn].changes))
        entry = _save(writer, [edit for edit in edits if edit.changes], batch, data, entry)
    if entry is None:
        unchanged()
        return ""
    return str(entry.uuid)


def _save(
    writer: Writer, edits: Sequence[Edit], batch: UUID, data: Mapping[str, Any], entry: Entry | None
) -> Entry | None:
    if not edits:
        return entry
    entry = entry or record(f"urn:uuid:{batch}", data)
    writer.save(edits, entry)
    return entry


def _edit(weigher: Weigher, row: Record, wanted: Mapping[str, str]) -> Edit:
    weighed = weigher.weigh(standing(row), wanted)
    refuse(row.ref, weighed.findings)
    edit = Edit.of(row)
    edit.revise(weighed.changes)
    return edit


def told_revision(
    changes: Mapping[str, tuple[str, str]], reason: str, preserved: UUID | None
) -> dict[str, Any]:
    """Return what an entry tells of a revision; ``preserved`` is named where the changes do not fit in it whole."""
    told: dict[str, Any] = {"changes": told_changes(changes), "reason": reason_of(reason)}
    if preserved is not None and not fits(changes):
        told["list"] = f"urn:uuid:{preserved}"
    return told


def reason_of(text: str) -> str:
    """Return a reason on one line; ``Invalid("holdings.revise.reason_long")``."""
    reason = " ".join(text.split())
    if len(reason) > REASON:
        raise Invalid("holdings.revise.reason_long", limit=REASON)
    return reason
