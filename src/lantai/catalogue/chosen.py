"""What was chosen in a list for an act: single records, or all that a filter shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest
from lantai.catalogue.forms_edit import LEADING, elements_of
from lantai.catalogue.selection import Selection
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel.errors import Invalid

NAMED = 12
"""Records that are named one by one where a choice is shown."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A selection as a page shows it: how many records, the first of them, and its form fields."""

    selection: Selection
    count: int
    first: Sequence[RecordView]

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The hidden fields that say the same choice again."""
        return [*self.selection.pairs(), *([] if self.selection.place.urns else [("all", "1")])]

    @property
    def more(self) -> int:
        return self.count - len(self.first)


def read(told: QueryDict) -> Selection:
    """Return the choice in a form: the ticked ``urn``, or with ``all`` everything that its filter shows.

    ``Invalid("catalogue.selection.none")`` when nothing is ticked: an empty choice is never everything.
    """
    found = Selection.read(told)
    if not told.getlist("urn") and not told.get("all"):
        raise Invalid("catalogue.selection.none")
    if told.getlist("urn") and found.question is None:
        found = replace(found, place=replace(found.place, level="", open="", type="", year=None))
    return found


def is_empty(request: ActorRequest) -> bool:
    """Return whether a page of choosing was opened with nothing chosen."""
    return request.method != "POST" and not request.GET.getlist("urn") and not request.GET.get("all")


def nothing(request: ActorRequest) -> HttpResponse:
    """Return the page that says how to choose."""
    return render(request, "catalogue/edit_nothing.html", {"fonds": holdings.fonds_list(request.actor)})


def chosen(actor: Actor, told: QueryDict) -> Chosen:
    """Return the choice in a form with its figures; ``Invalid`` when the actor sees none of it."""
    selection = read(told)
    count = selection.count(actor)
    if not count:
        raise Invalid("catalogue.selection.none")
    first: list[RecordView] = []
    # What a filter shows is not named: to find its first records is to walk all of it.
    for record in selection.records(actor) if selection.place.urns else ():
        first.append(record)
        if len(first) == NAMED:
            break
    return Chosen(selection, count, first)


def urns(actor: Actor, selection: Selection) -> Iterator[str]:
    """Yield the permanent names of the chosen records, in order."""
    return (record.urn for record in selection.records(actor))


def records(actor: Actor, told: QueryDict, most: int) -> list[RecordView]:
    """Return the ticked records in their order; ``Invalid("catalogue.selection.many")`` beyond ``most``."""
    found: list[RecordView] = []
    for record in read(told).records(actor):
        if len(found) == most:
            raise Invalid("catalogue.selection.many", most=most)
        found.append(record)
    if not found:
        raise Invalid("catalogue.selection.none")
    return found


@dataclass(frozen=True, slots=True)
class Field:
    """An element that can be changed in many records at once."""

    key: str
    label: str
    text: bool


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Such elements of one group of the form."""

    label: str
    fields: Sequence[Field]


def fields(actor: Actor, selection: Selection) -> list[FieldGroup]:
    """Return the elements of the types in a selection, in the order of the forms; each key once."""
    language = reader_language()
    place = selection.place
    known = (
        selection.kinds(actor) if place.urns else [place.type] if place.type else holdings.seen_types(actor)
    )
    groups: dict[str, list[Field]] = {}
    seen: set[str] = set()
    for code in known:
        kind = holdings.types().get(code)
        if kind is None:
            continue
        for element in [e for level in ("item", "file") for e in elements_of(kind, level)]:
            if element.key in seen or element.key == "ref":
                continue
            seen.add(element.key)
            label = kind.groups[element.group][language] if element.group in kind.groups else ""
            plain = not element.vocabulary and element.kind in {"text", "longtext"}
            groups.setdefault(label, []).append(Field(element.key, element.label[language], plain))
    lead = {kind.groups[LEADING][language] for kind in holdings.types().values() if LEADING in kind.groups}
    ordered = sorted(groups.items(), key=lambda group: group[0] not in lead)
    return [FieldGroup(label, found) for label, found in ordered]
