"""Saved searches of a person, and what came to them since she last looked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from lantai.base.actors import Actor
from lantai.holdings import indexing
from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger
from lantai.search.engine.protocol import Among
from lantai.search.forms import Asked
from lantai.search.models import SavedSearch
from lantai.search.question import Question, count

NEWEST = 2_000
"""Acts, and changed records, that are looked at for what is new: whoever stays away longer sees the newest."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved search: ``address`` is what stands in the address of the search page after ``?``.

    ``total`` records answer it now, ``fresh`` of them came or were changed since its owner last looked: only
    what she may see at this moment.
    """

    uuid: UUID
    name: str
    address: str
    total: int
    fresh: int


def saved(actor: Actor) -> list[Saved]:
    """Return the saved searches of ``actor`` by name."""
    rows = list(_own(actor).order_by("name"))
    brought = _Brought.since(min((row.seen for row in rows), default=0)) if rows else None
    return [_told(actor, row, brought) for row in rows if brought]


def alerts(actor: Actor) -> list[Saved]:
    """Return those saved searches of ``actor`` to which something new came."""
    return [one for one in saved(actor) if one.fresh]


def saved_one(actor: Actor, uuid: UUID) -> tuple[Saved, Question]:
    """Return one saved search of ``actor`` and the question for what is new; ``NotFound`` for any other."""
    row = _own(actor).filter(uuid=uuid).first()
    if row is None:
        raise NotFound("search.saved.missing")
    brought = _Brought.since(row.seen)
    fresh = replace(Asked.read(QueryDict(row.address)).question(), among=brought.among(row.seen))
    return _told(actor, row, brought), fresh


def _own(actor: Actor) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(owner=actor.account) if actor.account else SavedSearch.objects.none()


def _told(actor: Actor, row: SavedSearch, brought: _Brought) -> Saved:
    question = Asked.read(QueryDict(row.address)).question()
    among = brought.among(row.seen)
    fresh = count(actor, replace(question, among=among)) if among.batches or among.ids else 0
    return Saved(row.uuid, row.name, row.address, count(actor, question), fresh)


@dataclass(frozen=True, slots=True)
class _Brought:
    """The acts on the catalogue that the index already has: index in the ledger, uuid, batch ("" = none)."""

    acts: tuple[tuple[int, UUID, str], ...]

    @classmethod
    def since(cls, first: int) -> _Brought:
        behind = ledger.follower("search").next_index
        found = []
        for index, uuid, data in ledger.sequenced(first, behind, "holdings.", NEWEST):
            batch = data.get("batch")
            found.append((index, uuid, UUID(batch).hex if isinstance(batch, str) and batch else ""))
        return cls(tuple(found))

    def among(self, seen: int) -> Among:
        """Return the records that the acts from ``seen`` on described or changed."""
        batches = frozenset(batch for index, _, batch in self.acts if index >= seen and batch)
        acts = [uuid for index, uuid, _ in self.acts if index >= seen]
        return Among(batches, frozenset(indexing.changed_ids(acts, NEWEST) if acts else ()))
