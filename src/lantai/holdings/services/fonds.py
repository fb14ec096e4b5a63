"""Fonds are added; their numbers never change, their names may (``authorities.revise_fonds``)."""

from __future__ import annotations

import re

from lantai.base.actors import Actor
from lantai.holdings.models import Fonds
from lantai.kernel.errors import Conflict, Invalid
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

_NUMBER = re.compile(r"[A-Z][0-9]{3}|[A-Za-z0-9]{1,20}")


@act("holdings.fonds.add")
def add_fonds(actor: Actor, number: str, name: str, *, unit: str) -> None:
    """Add the fonds of a unit; the same again changes nothing, another name or unit raises ``Conflict``."""
    require(actor, "fonds.add")
    owner = find_unit(unit)
    if not _NUMBER.fullmatch(number):
        raise Invalid("holdings.fonds.number_invalid", fonds=number)
    name = check_name(number, name)
    existing = Fonds.objects.filter(number=number).first()
    if existing is not None:
        if (existing.name, existing.unit_id) != (name, owner.id):
            raise Conflict("holdings.fonds.exists", fonds=number, name=existing.name)
        unchanged()
        return
    Fonds.objects.create(number=number, name=name, unit=Unit.objects.get(pk=owner.id))
    record(f"urn:lantai:fonds:{number}", {"number": number, "name": name, "unit": unit})


def check_name(number: str, name: str) -> str:
    """Return the name of a fonds without blanks around it; ``Invalid("holdings.fonds.name_invalid")``."""
    name = name.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise Invalid("holdings.fonds.name_invalid", fonds=number)
    return name
