"""Revising what stands above the records: the description of a fonds, and name records; nothing is overwritten unseen."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.holdings.authorities import (
    FONDS_FIXED,
    NAME,
    agent_type,
    agent_values_of,
    fonds_elements,
    fonds_type,
    fonds_values_of,
    state_of,
)
from lantai.holdings.models import Agent, Fonds
from lantai.holdings.services.fonds import check_name
from lantai.holdings.services.revise import told_revision
from lantai.holdings.services.weigh import refuse
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.ledger.acts import act, record, unchanged
from lantai.ledger.models import Entry
from lantai.people.policies import require
from lantai.people.queries import names

Changes = dict[str, tuple[str, str]]

_FIXED = frozenset({"agent_kind"})


def fonds_changes(number: str, before: Mapping[str, str], wanted: Mapping[str, str]) -> Changes:
    """Return what ``wanted`` changes of the description of a fonds, key → (before, after), normalised.

    ``Invalid("holdings.revise.element_unknown")`` for what does not describe a fonds,
    ``Invalid("holdings.record.refused")`` with element and reason for what is badly written.
    """
    known = frozenset(element.key for element in fonds_elements())
    told = {
        key: text for key, text in wanted.items() if key not in FONDS_FIXED or before.get(key, "") != text
    }
    return _changes(fonds_type(), number, "fonds", known, before, told)


def agent_changes(name: str, before: Mapping[str, str], wanted: Mapping[str, str]) -> Changes:
    """Return what ``wanted`` changes of a name record, as :func:`fonds_changes`."""
    kind = agent_type()
    known = frozenset(element.key for element in kind.of_scope()) - (_FIXED if before else frozenset())
    told = {key: text for key, text in wanted.items() if key not in _FIXED or before.get(key, "") != text}
    return _changes(kind, name, "item", known, before, told)


@act("holdings.fonds.revise")
def revise_fonds(
    actor: Actor,
    number: str,
    changes: Mapping[str, str],
    *,
    state: str,
    reason: str = "",
    preserved: UUID | None = None,
) -> str:
    """Change elements of the description of a fonds, its name among them; return its new state.

    ``Conflict("holdings.description.changed")`` says who changed it since ``state`` was read. ``preserved`` names the
    object of the vault that holds texts too long for the ledger.
    """
    require(actor, "holdings.revise")
    row = Fonds.objects.select_for_update().filter(number=number).first()
    if row is None:
        raise NotFound("holdings.fonds.missing", fonds=number)
    before, subject = fonds_values_of(row), f"urn:lantai:fonds:{number}"
    _refuse_changed(subject, number, state, before)
    meant = fonds_changes(number, before, changes)
    if not meant:
        unchanged()
        return state
    after = _applied(before, meant)
    row.name = check_name(number, after.pop(NAME, ""))
    row.values = after
    row.save(update_fields=["name", "values"])
    record(subject, {"number": number, **told_revision(meant, reason, preserved)})
    return state_of(fonds_values_of(row))


@act("holdings.agent.add")
def add_agent(actor: Actor, kind: str, values: Mapping[str, str], *, preserved: UUID | None = None) -> str:
    """Describe one agent whose name is ``values["title"]``; return its urn.

    ``Conflict("holdings.agent.exists")`` when there is one of the same kind and name.
    """
    require(actor, "holdings.describe")
    meant = agent_changes(values.get("title", ""), {}, {**values, "agent_kind": kind})
    after = _applied({}, meant)
    kind, name = after.pop("agent_kind", ""), after.get("title", "")
    refuse_agent(kind, name)
    identity = uuid4()
    urn = f"urn:uuid:{identity}"
    Agent.objects.create(
        urn=urn, kind=kind, name=name, values=after, batch=identity, described_at=timezone.now()
    )
    record(urn, {"name": name, "kind": kind, **told_revision(meant, "", preserved)})
    return urn


def refuse_agent(kind: str, name: str) -> None:
    """Raise what :func:`add_agent` would: to be asked before anything of the agent is preserved."""
    if not name or kind not in {"body", "person", "family"}:
        raise Invalid("holdings.agent.nameless", urn=name, kind=kind)
    if Agent.objects.filter(kind=kind, name=name).exists():
        raise Conflict("holdings.agent.exists", name=name)


@act("holdings.agent.revise")
def revise_agent(
    actor: Actor,
    urn: str,
    changes: Mapping[str, str],
    *,
    state: str,
    reason: str = "",
    preserved: UUID | None = None,
) -> str:
    """Change elements of a name record and return its new state, as :func:`revise_fonds`. Its kind stays."""
    require(actor, "holdings.revise")
    row = Agent.objects.select_for_update().filter(urn=urn).first()
    if row is None:
        raise NotFound("holdings.agent.missing", what=urn)
    before = agent_values_of(row)
    _refuse_changed(urn, row.name, state, before)
    meant = agent_changes(row.name, before, changes)
    if not meant:
        unchanged()
        return state
    after = _applied(before, meant)
    after.pop("agent_kind", None)
    if not after.get("title"):
        raise Invalid("holdings.agent.nameless", urn=urn, kind=row.kind)
    row.name, row.values = after["title"], after
    row.save(update_fields=["name", "values"])
    record(urn, {"name": row.name, **told_revision(meant, reason, preserved)})
    return state_of(agent_values_of(row))


def _changes(
    kind: RecordType,
    name: str,
    level: str,
    known: frozenset[str],
    before: Mapping[str, str],
    wanted: Mapping[str, str],
) -> Changes:
    for key in wanted:
        if key not in known:
            raise Invalid("holdings.revise.element_unknown", path=name, found=key)
    meant, found = RowChecker(kind, "GD").check({**before, **wanted}, level)
    refuse(name, tuple(one for one in found if one.facts.get("key") in wanted))
    told = {key: meant.get(key, "").strip() for key in wanted}
    return {key: (before.get(key, ""), text) for key, text in told.items() if before.get(key, "") != text}


def _applied(before: Mapping[str, str], changes: Changes) -> dict[str, str]:
    after = {**before, **{key: text for key, (_, text) in changes.items()}}
    return {key: text for key, text in after.items() if text}


def _refuse_changed(subject: str, name: str, state: str, before: Mapping[str, str]) -> None:
    """Raise ``Conflict`` unless the description is still in ``state``: who changed it, and when."""
    if state_of(before) == state:
        return
    newest = Entry.objects.filter(subject=subject).order_by("-id").first()
    who = names({newest.actor}).get(newest.actor, newest.actor) if newest else ""
    at = timezone.localtime(newest.at) if newest else timezone.localtime()
    raise Conflict("holdings.description.changed", name=name, who=who, when=f"{at:%Y-%m-%d %H:%M}")
