"""Any selection of records: a place in the catalogue, the answer to a search, a batch, or chosen records."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from lantai.base.actors import Actor
from lantai.catalogue.models import ImportBatch
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, RecordView
from lantai.kernel.errors import NotFound
from lantai.search.queries import FACETS, Question, matching, search

CHUNK = 500
CHOSEN = 1_000
LEVELS = ("", "top", "series", "file", "item")
_ASKED = (*FACETS, "level")
_LONGEST = 300
_MOST = 50


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported or printed: a ``question`` to the search, a ``place`` in the catalogue, or within that
    place what the import numbered ``brought`` described.

    It stands in an address (:meth:`read`, :meth:`query`) and in the ledger (:meth:`document`). Records come in
    the order of fonds and 档号, and only those that the actor sees.
    """

    place: Place = field(default_factory=Place)
    question: Question | None = None
    brought: str = ""

    @classmethod
    def read(cls, told: QueryDict) -> Selection:
        """Return what an address asks for; ``NotFound`` for values that nothing can have.

        ``of=search`` takes the parameters of the search page, else those of a fonds page with ``fonds``, the
        number of an ``import``, or several ``urn``; nothing at all is the whole catalogue.
        """
        if told.get("of") == "search":
            return cls(question=_question(told))
        texts = {name: told.get(name, "").strip() for name in ("fonds", "type", "series", "file", "open")}
        brought = told.get("import", "").strip()
        level, year = told.get("level", ""), told.get("year", "").strip()
        urns = tuple(dict.fromkeys(told.getlist("urn")))
        wrong = any("\0" in text or len(text) > _LONGEST for text in (*texts.values(), brought, *urns))
        if wrong or level not in LEVELS or not _is_year(year) or len(urns) > CHOSEN:
            raise NotFound("base.page.missing")
        whole = int(year) if year else None
        fonds, kind, series, file, status = texts.values()
        return cls(Place(fonds, kind, whole, series, file, status, level, urns=urns or None), brought=brought)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the parameters of the address that :meth:`read` takes."""
        if self.question is not None:
            return [("of", "search"), *_asked(self.question)]
        place = self.place
        told = [(name, getattr(place, name)) for name in ("fonds", "type", "series", "file", "open", "level")]
        told.insert(2, ("year", "" if place.year is None else str(place.year)))
        told.append(("import", self.brought))
        return [
            *((name, value) for name, value in told if value),
            *(("urn", urn) for urn in place.urns or ()),
        ]

    def query(self) -> str:
        """Return the address part after ``?``."""
        return urlencode(self.pairs())

    def document(self) -> dict[str, Any]:
        """Return the selection as canonical JSON data, for the ledger; of chosen records only how many."""
        told: dict[str, Any] = {}
        for name, value in self.pairs():
            told[name] = [*told[name], value] if name in told else [value]
        if "urn" in told:
            told["urn"] = [str(len(told["urn"]))]
        return {name: values[0] if len(values) == 1 else values for name, values in told.items()}

    def at_level(self, level: str) -> Selection:
        """Return the selection narrowed to a level of :data:`LEVELS`; a search has no "top"."""
        if self.question is None:
            return replace(self, place=replace(self.place, level=level))
        levels: frozenset[str | int] = frozenset({level} if level in LEVELS[2:] else LEVELS[2:])
        return replace(
            self, question=replace(self.question, filters={**self.question.filters, "level": levels})
        )

    def ids(self, actor: Actor) -> array[int]:
        """Return the row ids of all records of the selection that the actor sees, in order."""
        if self.question is None:
            return holdings.ids(actor, self._whole_place())
        return holdings.in_order(actor, array("q", matching(actor, self.question)))

    def count(self, actor: Actor) -> int:
        """Return how many records the selection has for the actor."""
        if self.question is None:
            return holdings.count_of(actor, self._whole_place())
        return search(actor, replace(self.question, offset=0, limit=0)).total

    def kinds(self, actor: Actor) -> dict[str, int]:
        """Return how many records of each type there are, {} for a search."""
        return {} if self.question else holdings.kinds(actor, self._whole_place())

    def _whole_place(self) -> Place:
        if not self.brought:
            return self.place
        batches = ImportBatch.objects.filter(owner__number=self.brought).values_list("uuid", flat=True)
        return replace(self.place, batches=tuple(batches))

    def records(self, actor: Actor) -> Iterator[RecordView]:
        """Yield the records in order; memory holds one chunk of them and eight bytes for each."""
        yield from records_of(actor, self.ids(actor))


def of_level(actor: Actor, selection: Selection, level: str) -> Iterator[RecordView]:
    """Yield the records of one level (series, file, item) of any selection, in order."""
    return (one for one in selection.at_level(level).records(actor) if one.level == level)


def records_of(actor: Actor, ids: array[int]) -> Iterator[RecordView]:
    """Yield the records of row ids in their order; what the actor may not see (any more) is passed over."""
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found = holdings.records_by_id(actor, some)
        yield from (found[number] for number in some if number in found)


def _is_year(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= 4)


def _question(told: QueryDict) -> Question:
    filters: dict[str, frozenset[str | int]] = {}
    for name in _ASKED:
        values = [value for value in told.getlist(name) if value and len(value) <= _LONGEST][:_MOST]
        if name == "year":
            years = [int(value) for value in values if _is_year(value)]
            filters[name] = frozenset(years)
        else:
            filters[name] = frozenset(values)
    return Question(
        text=told.get("q", "").strip(),
        filters={name: values for name, values in filters.items() if values},
        year_from=_year(told.get("from", "")),
        year_to=_year(told.get("to", "")),
    )


def _year(text: str) -> int | None:
    plain = text.strip()
    return int(plain) if plain and _is_year(plain) and int(plain) else None


def _asked(question: Question) -> list[tuple[str, str]]:
    told = [("q", question.text)] if question.text else []
    told += [
        (name, str(value)) for name in _ASKED for value in sorted(question.filters.get(name, ()), key=str)
    ]
    told += [("from", str(question.year_from or "")), ("to", str(question.year_to or ""))]
    return [(name, value) for name, value in told if value]
