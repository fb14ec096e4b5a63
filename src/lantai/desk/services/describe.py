"""Describing a captured document in the tray: what people add to what came, hints taken over among it."""

from __future__ import annotations

from collections.abc import Mapping

from lantai.base.actors import Actor
from lantai.desk import queries
from lantai.desk.checking import weigh_values
from lantai.desk.departments import department_of, year_of
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.models import Capture, State
from lantai.holdings.queries import types
from lantai.kernel.errors import Conflict, NotFound
from lantai.kernel.findings import Finding
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

SCHEMA = "lantai.capture-given/1"


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
    row.given = given
    row.title = row.described["title"]
    row.year = year_of(row.described, row.received_at)
    told = {"number": number, "unit": row.unit.code, "changed": changed, "content": content}
    if row.department is None:
        row.department = department_of(row.described, row.unit.name, row.unit.departments.all())
        told |= {"department": row.department.code} if row.department else {}
    row.save(update_fields=["given", "title", "year", "department"])
    record(row.urn, told)
