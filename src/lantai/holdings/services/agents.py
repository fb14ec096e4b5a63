"""Names that are fixed once (机构人员, as in EAC-CPF), and descriptions at the level of the fonds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.holdings.models import Agent, Fonds
from lantai.holdings.services.longtexts import fits, told_changes
from lantai.kernel import canonical
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

KINDS = ("body", "person", "family")


@dataclass(frozen=True, slots=True)
class AgentDescription:
    """A body, person or family: ``kind`` is one of :data:`KINDS`, ``values`` say the rest by element key."""

    urn: str
    kind: str
    name: str
    values: Mapping[str, str]

    def line(self) -> bytes:
        """Return the canonical form whose digests the ledger holds."""
        return canonical.dumps_texts(
            {"kind": self.kind, "name": self.name, "urn": self.urn, "values": dict(self.values)}
        )


@act("holdings.agents.describe")
def describe_agents(actor: Actor, batch: UUID, descriptions: Sequence[AgentDescription]) -> str:
    """Describe agents in one act and return the ledger entry's uuid ("" when all were there already).

    All or nothing. ``Invalid("holdings.agent.nameless")`` for one without a name or of an unknown kind.
    """
    require(actor, "holdings.describe")
    for one in descriptions:
        if not one.name.strip() or one.kind not in KINDS:
            raise Invalid("holdings.agent.nameless", urn=one.urn, kind=one.kind)
    by_urn = {one.urn: one for one in descriptions}
    done = set(Agent.objects.filter(urn__in=by_urn).values_list("urn", flat=True))
    fresh = [one for urn, one in by_urn.items() if urn not in done]
    if not fresh:
        unchanged()
        return ""
    Agent.objects.bulk_create(
        [Agent(urn=d.urn, kind=d.kind, name=d.name, values=dict(d.values), batch=batch) for d in fresh],
        batch_size=500,
    )
    data: dict[str, Any] = {
        "batch": str(batch),
        "count": len(fresh),
        "list_root": HashTree([leaf_hash(one.line()) for one in fresh]).root().hex(),
    }
    return str(record(f"urn:uuid:{batch}", data).uuid)


@act("holdings.agents.withdraw")
def withdraw_agents(actor: Actor, batch: UUID) -> int:
    """Take the agents that ``batch`` described out again; return how many (0: there were none)."""
    require(actor, "holdings.describe")
    count, _ = Agent.objects.filter(batch=batch).delete()
    if count:
        record(f"urn:uuid:{batch}", {"batch": str(batch), "count": count})
    else:
        unchanged()
    return count


@act("holdings.fonds.describe")
def describe_fonds(actor: Actor, number: str, values: Mapping[str, str]) -> None:
    """Set the description of a fonds (全宗级著录) to ``values`` by element key; the entry keeps what was there.

    Of texts too long for it the digests: the caller's list, which the vault holds, has them whole.
    """
    require(actor, "holdings.describe")
    row = Fonds.objects.filter(number=number).first()
    if row is None:
        raise NotFound("holdings.fonds.missing", fonds=number)
    told = {key: value for key, value in values.items() if value}
    if row.values == told:
        unchanged()
        return
    before, row.values = row.values, told
    row.save(update_fields=["values"])
    both = {key: (before.get(key, ""), told.get(key, "")) for key in {**before, **told}}
    changes = {key: pair for key, pair in both.items() if pair[0] != pair[1]}
    whole = {"before": before, "values": told}
    said = whole if fits(both) else {"changes": told_changes(changes)}
    record(f"urn:lantai:fonds:{number}", {"number": number, **said})
