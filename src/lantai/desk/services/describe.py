"""Describing a captured document in the tray: what people add to what came, hints taken over among it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lantai.base.actors import Actor
from lantai.desk import queries
from lantai.desk.checking import weigh_values
from lantai.desk.departments import department_of, year_of
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.models import Capture, State
from lantai.holdings.queries import types
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.hints import Confidence
from lantai.kernel.recordtypes import RecordType
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

SCHEMA = "lantai.capture-given/1"

MOST = 200
"""Documents that one act completes."""


def describe(actor: Actor, number: str, values: Mapping[str, str]) -> tuple[Finding, ...]:
    """Give a document in the tray these ``values`` by element key, and return what is doubtful about them.

    What came stays as it was: a value given holds in its place, "" takes it back. Raises ``Lacking``
    (``desk.describe.refused``) with every reason, each with its field (``values.title``), ``NotFound`` for what the
    actor may not see, ``Conflict("desk.capture.arranged")`` once it is part of an item.
    """
    row = queries.visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.capture.missing", number=number[:40])
    require(actor, "capture.file", row.unit_id)
    after = _given(row, {key: text.strip() for key, text in values.items()})
    weighed = weigh_values(types()[row.type], {**row.values, **after})
    fields = {f"values.{key}" for key in values}
    reasons = [one for one in weighed.reasons if one.path in fields and _written(one, after)]
    if reasons:
        raise Lacking("desk.describe.refused", reasons)
    canonical = {key: weighed.values[key] for key in after if key in weighed.values}
    content = kept({"schema": SCHEMA, "capture": row.urn, "values": canonical})
    _describe(actor, number, canonical, content)
    return tuple(one for one in weighed.notes if one.path in fields)


def _given(row: Capture, values: Mapping[str, str]) -> dict[str, str]:
    """Return what people gave, these values among it; what is as it came is not told twice."""
    after = {**row.given, **values}
    return {key: text for key, text in after.items() if text and text != row.values.get(key)}


def _written(reason: Finding, after: Mapping[str, str]) -> bool:
    """Return whether a reason is about something written, not about what still lacks."""
    key = reason.path.removeprefix("values.")
    return key == "title" or key in after


@act("desk.capture.describe")
def _describe(actor: Actor, number: str, given: dict[str, str], content: str) -> None:
    row = Capture.objects.select_for_update().select_related("unit").get(number=number)
    if row.state != State.TRAY:
        raise Conflict("desk.capture.arranged", number=number)
    if row.given == given:
        unchanged()
        return
    changed = sorted(key for key in row.given.keys() | given.keys() if row.given.get(key) != given.get(key))
    told = {"number": number, "unit": row.unit.code, "changed": changed, "content": content}
    if _write(row, given) and row.department:
        told |= {"department": row.department.code}
    record(row.urn, told)


def _write(row: Capture, given: dict[str, str]) -> bool:
    """Save what people gave a document; return whether it told whose it is, which nothing had told before."""
    row.given = given
    row.title = row.described["title"]
    row.year = year_of(row.described, row.received_at)
    homeless = row.department is None
    if homeless:
        row.department = department_of(row.described, row.unit.name, row.unit.departments.all())
    row.save(update_fields=["given", "title", "year", "department"])
    return homeless and row.department is not None


@dataclass(frozen=True, slots=True)
class _Whole:
    """A document with all that people give it: what they gave before, and what is taken over now."""

    row: Capture
    given: dict[str, str]


def adopt(actor: Actor, unit: str, numbers: Sequence[str], rest: Mapping[str, str]) -> int:
    """Take over, for elements that documents in the tray lack, what their text surely tells; return how many changed.

    What a text does not tell comes from ``rest``, by element key. Nothing that holds is changed, but for a title that is
    only the name of a file a person brought: it gives way to that of the letter. Raises ``Invalid("desk.items.none")``,
    ``("desk.items.many")``, ``Lacking("desk.describe.refused")`` for a value of ``rest`` that cannot be,
    ``NotFound``, ``Conflict`` as :func:`describe`; nothing is changed then.
    """
    owner = find_unit(unit)
    require(actor, "capture.file", owner.id)
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        raise Invalid("desk.items.none")
    if len(wanted) > MOST:
        raise Invalid("desk.items.many", limit=MOST)
    found = {row.number: row for row in queries.visible(actor).filter(unit=owner.id, number__in=wanted)}
    for number in wanted:
        if number not in found:
            raise NotFound("desk.capture.missing", number=number[:40])
    whole = [_whole(found[number], rest) for number in wanted]
    changed = [one for one in whole if one.given != one.row.given]
    documents = [{"capture": one.row.urn, "values": one.given} for one in changed]
    content = kept({"schema": "lantai.captures-given/1", "unit": unit, "captures": documents})
    _adopt(actor, unit, changed, content)
    return len(changed)


def _whole(row: Capture, rest: Mapping[str, str]) -> _Whole:
    kind, holds = types()[row.type], row.described
    told = {
        hint["fills"]: str(hint["value"])
        for hint in reversed(row.hints)
        if hint["confidence"] == Confidence.STRONG and hint["fills"] in kind.by_key
    }
    named = _named_by_its_file(row)
    taken = {key: text for key, text in told.items() if not holds.get(key) or (key == "title" and named)}
    refused = _refused(kind, {**holds, **taken})
    taken = {key: text for key, text in taken.items() if key not in refused}
    still = {key: text.strip() for key, text in rest.items() if key in kind.by_key and text.strip()}
    added = {key: text for key, text in still.items() if not holds.get(key) and key not in taken}
    if wrong := [one for one in weigh_values(kind, {**holds, **added}).reasons if _about(one) in added]:
        raise Lacking("desk.describe.refused", wrong)
    after = _given(row, {**taken, **added})
    weighed = weigh_values(kind, {**row.values, **after})
    return _Whole(row, {key: weighed.values[key] for key in after if key in weighed.values})


def _named_by_its_file(row: Capture) -> bool:
    """Whether nobody gave the document a title: it has the name of its first file."""
    first = row.components.order_by("order").first()
    return "title" not in row.given and first is not None and PurePosixPath(first.name).stem == row.title


def _refused(kind: RecordType, values: Mapping[str, str]) -> set[str]:
    return {_about(one) for one in weigh_values(kind, values).reasons}


def _about(reason: Finding) -> str:
    return reason.path.removeprefix("values.")


@act("desk.capture.adopt")
def _adopt(actor: Actor, unit: str, changed: Sequence[_Whole], content: str) -> None:
    if not changed:
        unchanged()
        return
    seen = {one.row.number: one for one in changed}
    for row in Capture.objects.select_for_update().select_related("unit").filter(number__in=seen):
        if row.state != State.TRAY or row.given != seen[row.number].row.given:
            raise Conflict("desk.capture.arranged", number=row.number)
        _write(row, seen[row.number].given)
    told = {"unit": unit, "count": len(seen), "captures": sorted(seen), "content": content}
    record(f"urn:lantai:unit:{unit}", told)
