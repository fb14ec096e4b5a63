"""What faces for machines and the command line read of the desk beside its lists: proposals, work lists, registers."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.desk.handing import Defect, HandOverLine, HandOverView, RegisterView, Signed
from lantai.desk.models import FilingClass
from lantai.desk.proposing import propose
from lantai.desk.queries_hand_over import line, row_of
from lantai.desk.register import register
from lantai.desk.statements import Statement
from lantai.desk.worklist import defects
from lantai.holdings.queries import types

__all__ = [
    "Defect",
    "HandOverLine",
    "RegisterView",
    "Statement",
    "propose",
    "proposed",
    "register",
    "signatures",
    "work_list",
]


def work_list(actor: Actor, number: str) -> list[Defect]:
    """Return what is to be mended of a hand-over, nothing while it did not fail or come back."""
    row = row_of(actor, number)
    return defects(row) if line(row).came_back else []


def signatures(actor: Actor, number: str) -> tuple[Signed, ...]:
    """Return the signatures under the register of a hand-over, none before there is one."""
    row = row_of(actor, number)
    return register(actor, number).signatures if row.register else ()


def proposed(shown: HandOverView) -> str:
    """Return what 内容描述 may say of a hand-over: the years, types and periods of its classes and how much it is."""
    rows = list(FilingClass.objects.filter(number__in=shown.classes).order_by("year", "type"))
    years = sorted({row.year for row in rows})
    span = "" if not years else f"{years[0]}年" if years[0] == years[-1] else f"{years[0]}—{years[-1]}年"
    kinds = dict.fromkeys(types()[row.type].label["zh"] if row.type in types() else row.type for row in rows)
    periods = dict.fromkeys(row.retention for row in rows)
    return f"{span}{'、'.join(kinds)}档案，{'、'.join(periods)}，{shown.line.items}件"
