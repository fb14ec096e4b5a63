"""Units are added and changed; none is ever deleted, for records refer to them for ever."""

from __future__ import annotations

import re

from lantai.base.actors import Actor
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import UnitView, unit_view

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def _checked(code: str, name: str) -> tuple[str, str]:
    name = name.strip()
    if not _CODE.fullmatch(code):
        raise Invalid("people.unit.code_invalid", unit=code)
    if not 1 <= len(name) <= 200 or not name.isprintable():
        raise Invalid("people.unit.name_invalid", unit=code)
    return code, name


@act("people.unit.add")
def add_unit(actor: Actor, code: str, name: str, *, parent: str = "") -> UnitView:
    """Add a unit. The same code and name again changes nothing; another name raises ``Conflict``."""
    require(actor, "unit.change")
    code, name = _checked(code, name)
    existing = Unit.objects.filter(code=code).first()
    if existing is not None:
        if existing.name != name:
            raise Conflict("people.unit.exists", unit=code, name=existing.name)
        unchanged()
        return unit_view(existing)
    above = Unit.objects.filter(code=parent).first() if parent else None
    if parent and above is None:
        raise NotFound("people.unit.missing", unit=parent)
    made = Unit.objects.create(code=code, name=name, parent=above)
    record(f"urn:lantai:unit:{code}", {"code": code, "name": name, "parent": parent})
    return unit_view(made)


@act("people.unit.change")
def change_unit(actor: Actor, code: str, *, name: str, is_open: bool) -> UnitView:
    """Rename, close or reopen a unit."""
    require(actor, "unit.change")
    code, name = _checked(code, name)
    existing = Unit.objects.select_for_update().filter(code=code).first()
    if existing is None:
        raise NotFound("people.unit.missing", unit=code)
    if (existing.name, existing.is_open) == (name, is_open):
        unchanged()
        return unit_view(existing)
    before = {"name": existing.name, "is_open": existing.is_open}
    existing.name, existing.is_open = name, is_open
    existing.save()
    record(f"urn:lantai:unit:{code}", {"code": code, "name": name, "is_open": is_open, "before": before})
    return unit_view(existing)
