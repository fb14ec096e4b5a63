"""Reads of the ways in: what lies in drop folders, what the text of a document proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lantai.base.actors import Actor
from lantai.base.paging import Page, cursor, key
from lantai.desk import notes
from lantai.desk.checking import LACKING
from lantai.desk.models import Arrival, ArrivalState, State
from lantai.desk.queries import visible
from lantai.holdings.queries import types
from lantai.kernel.errors import NotFound
from lantai.kernel.hints import Confidence
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.texts import text
from lantai.people.policies import may, units_of


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """A thing that was found in a drop folder; ``reasons`` are (document, sentence) of what was not filed."""

    name: str
    unit_name: str
    state: str
    state_label: str
    files: int
    bytes: int
    numbers: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    found_at: datetime


def arrivals(actor: Actor, *, after: str = "", size: int = 50, language: str = "zh") -> Page[ArrivalLine]:
    """Return a page of what was found in the drop folders of the units that ``actor`` may see, newest first."""
    units = units_of(actor, "capture.see")
    rows = Arrival.objects.select_related("unit").order_by("-id")
    if units is not None:
        rows = rows.filter(unit__in=units)
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([_line(row, language) for row in found[:size]], more)


def _line(row: Arrival, language: str) -> ArrivalLine:
    reasons = []
    for told in row.reasons:
        finding = notes.read({name: value for name, value in told.items() if name != "about"})
        reasons.append((str(told["about"]), notes.advised(finding, language)))
    return ArrivalLine(
        name=row.name,
        unit_name=row.unit.name,
        state=row.state,
        state_label=str(ArrivalState(row.state).label),
        files=row.files,
        bytes=row.bytes,
        numbers=tuple(row.numbers),
        reasons=tuple(reasons),
        found_at=row.found_at,
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that the text of a document proposes, with the reason; ``sure`` where its form proves it."""

    value: str
    reason: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """One element of a document in the tray: ``value`` is what holds now, ``offers`` what its text proposes.

    ``lacking`` elements must have a value before the document is numbered; ``terms`` are those of its vocabulary.
    """

    key: str
    label: str
    value: str
    offers: tuple[Offer, ...]
    lacking: bool
    terms: tuple[str, ...]

    @property
    def first(self) -> str:
        """What a form shows first."""
        return self.offers[0].value if self.offers else self.value


def proposals(actor: Actor, number: str, *, language: str = "zh") -> list[Proposal]:
    """Return what could be added to a document: hints that differ from what holds, and elements that still lack.

    Empty for who may not describe it, and once it is arranged. ``NotFound`` as :func:`lantai.desk.queries.capture`.
    """
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.capture.missing", number=number[:40])
    kind = types().get(row.type)
    if kind is None or row.state != State.TRAY or not may(actor, "capture.file", row.unit_id):
        return []
    holds = row.described
    offers: dict[str, list[Offer]] = {}
    for told in row.hints:
        if told["fills"] in kind.by_key and told["value"] != holds.get(told["fills"]):
            offers.setdefault(told["fills"], []).append(_offer(told, language))
    lacking = {
        str(note["path"]).removeprefix("values.")
        for note in row.notes
        if note["code"] == LACKING and not holds.get(str(note["path"]).removeprefix("values."))
    }
    return [
        Proposal(
            element.key,
            element.label[language],
            holds.get(element.key, ""),
            tuple(offers.get(element.key, ())),
            element.key in lacking,
            _terms(kind, element.vocabulary),
        )
        for element in kind.elements
        if element.key in offers or element.key in lacking
    ]


def _offer(told: Mapping[str, Any], language: str) -> Offer:
    facts = {
        **{name: told[name] for name in ("value", "page", "line", "written")},
        **told["facts"],
    }
    return Offer(
        told["value"], text(told["code"], language, **facts), told["confidence"] == Confidence.STRONG
    )


def _terms(kind: RecordType, name: str) -> tuple[str, ...]:
    found = kind.vocabularies.get(name)
    return tuple(term.value for term in found.terms if not term.until)[:40] if found else ()
