"""Relating records with each other and with what is only told in words."""

from __future__ import annotations

from collections.abc import Mapping

from lantai.base.actors import Actor
from lantai.holdings.access import visible_to
from lantai.holdings.models import Record, Relation
from lantai.holdings.related import LOCATION, kinds
from lantai.holdings.services.edits import fetch
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.recordtypes import strange
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

LONGEST = 500
"""Characters of what is told in words, and of one value of a location."""


@act("holdings.relation.add")
def relate(
    actor: Actor,
    urn: str,
    kind: str,
    *,
    target: str = "",
    text: str = "",
    values: Mapping[str, str] | None = None,
) -> None:
    """Relate a record to ``target`` (urn or 档号) or to what ``text`` says; the same again changes nothing.

    ``kind`` is a term of :func:`lantai.holdings.related.kinds`. ``values`` (keys of ``LOCATION``) say where the
    other lies, for a paper twin; other values replace the earlier.
    """
    require(actor, "holdings.revise")
    row = fetch(actor, [urn])[urn]
    text, told = _words(text), _location(values or {})
    if kind not in kinds():
        raise Invalid("holdings.relation.kind", kind=kind)
    other = _target(actor, target) if target else None
    if (other is None and not text and not told) or (other is not None and other.pk == row.pk):
        raise Invalid("holdings.relation.nothing", ref=row.ref)
    known = Relation.objects.filter(source=row, target=other, kind=kind, text=text).first()
    if known is not None and known.values == told:
        unchanged()
        return
    data = {"urn": urn, "kind": kind, "target": other.urn if other else "", "text": text, "values": told}
    record(urn, {**data, "before": known.values if known else None})
    if known is None:
        Relation.objects.create(source=row, target=other, kind=kind, text=text, values=told)
    else:
        known.values = told
        known.save(update_fields=["values"])


@act("holdings.relation.remove")
def unrelate(actor: Actor, urn: str, kind: str, *, target: str = "", text: str = "") -> None:
    """Remove a relation; ``NotFound("holdings.relation.missing")``."""
    require(actor, "holdings.revise")
    row = fetch(actor, [urn])[urn]
    other = _target(actor, target) if target else None
    found = Relation.objects.filter(source=row, target=other, kind=kind, text=_words(text)).first()
    if found is None:
        raise NotFound("holdings.relation.missing", ref=row.ref)
    told = {"target": other.urn if other else "", "text": found.text, "values": found.values}
    record(urn, {"urn": urn, "kind": kind, **told})
    found.delete()


def _target(actor: Actor, what: str) -> Record:
    column = "urn" if what.startswith("urn:") else "ref"
    row = visible_to(actor).filter(**{column: what}).first() if "\0" not in what else None
    if row is None:
        raise NotFound("holdings.record.missing", what=what)
    return row


def _words(text: str) -> str:
    said = " ".join(text.split())
    if len(said) > LONGEST or strange(said):
        raise Invalid("holdings.relation.text", limit=LONGEST)
    return said


def _location(values: Mapping[str, str]) -> dict[str, str]:
    for key in values:
        if key not in LOCATION:
            raise Invalid("holdings.relation.value", key=key)
    return {key: said for key, value in sorted(values.items()) if (said := _words(value))}
