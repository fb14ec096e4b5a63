"""Writes of saved searches: each person keeps her own."""

from __future__ import annotations

import uuid

from django.http import QueryDict

from lantai.base.actors import Actor
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record, unchanged
from lantai.search.engine.query import parse
from lantai.search.forms import Asked
from lantai.search.models import SavedSearch

LONGEST = 80
MOST = 50
"""Saved searches of one person: each is asked anew whenever her bench is shown."""


@act("search.saved.add")
def save(actor: Actor, name: str, address: str) -> uuid.UUID:
    """Keep the search in ``address`` (what stands after ``?``) under ``name``; return its uuid.

    ``Invalid`` for a name that is none (``search.saved.name``), nothing to search for (``search.saved.empty``),
    too much of it (``search.query.long``), too many (``search.saved.many``); ``Conflict("search.saved.taken")``.
    """
    owner, told = _account(actor), Asked.read(QueryDict(address))
    parse(told.text)
    if not (told.text or told.narrowed):
        raise Invalid("search.saved.empty")
    if SavedSearch.objects.filter(owner=owner).count() >= MOST:
        raise Invalid("search.saved.many", limit=MOST)
    row = SavedSearch(
        uuid=uuid.uuid4(),
        owner_id=owner,
        name=_free(owner, name),
        address=told.query(),
        seen=ledger.follower("search").next_index,
    )
    row.save(force_insert=True)
    record(_urn(row), {"name": row.name, "address": row.address})
    return row.uuid


@act("search.saved.rename")
def rename(actor: Actor, saved: uuid.UUID, name: str) -> None:
    """Give a saved search another name; ``NotFound``, ``Invalid``, ``Conflict`` as in :func:`save`."""
    row = _own(actor, saved)
    if row.name == name.strip():
        return unchanged()
    before, row.name = row.name, _free(row.owner_id, name)
    row.save(update_fields=["name"])
    record(_urn(row), {"before": before, "name": row.name})
    return None


@act("search.saved.see")
def see(actor: Actor, saved: uuid.UUID) -> None:
    """Take what came to a saved search up to now as seen; ``NotFound`` unless it is the actor's."""
    row = _own(actor, saved)
    reached = ledger.follower("search").next_index
    if row.seen >= reached:
        return unchanged()
    row.seen = reached
    row.save(update_fields=["seen"])
    record(_urn(row), {"name": row.name, "seen": reached})
    return None


@act("search.saved.delete")
def delete(actor: Actor, saved: uuid.UUID) -> None:
    """Delete a saved search; ``NotFound`` unless it is the actor's."""
    row = _own(actor, saved)
    record(_urn(row), {"name": row.name, "address": row.address})
    row.delete()


def _account(actor: Actor) -> int:
    if actor.account is None:
        raise Forbidden("search.saved.person")
    return actor.account


def _own(actor: Actor, saved: uuid.UUID) -> SavedSearch:
    row = SavedSearch.objects.filter(owner=_account(actor), uuid=saved).first()
    if row is None:
        raise NotFound("search.saved.missing")
    return row


def _free(owner: int, name: str) -> str:
    """Return ``name`` without blanks around it, if it can be given."""
    name = name.strip()
    if not name or len(name) > LONGEST or not name.isprintable():
        raise Invalid("search.saved.name", limit=LONGEST)
    if SavedSearch.objects.filter(owner=owner, name=name).exists():
        raise Conflict("search.saved.taken", name=name)
    return name


def _urn(row: SavedSearch) -> str:
    return f"urn:lantai:search:{row.uuid}"
