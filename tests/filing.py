"""A unit's desk with classes that are due: invented letters, arranged, numbered and closed, for tests of hand-over."""

from __future__ import annotations

from datetime import date

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement as arrangement
from lantai.desk import services
from lantai.desk.queries_checks import CheckView, checks_of
from lantai.desk.services import Where
from lantai.desk.services import hand_over as making
from lantai.desk.services.filing_check_run import advance_filing_check
from lantai.desk.statements import Statement
from tests.office import VALUES, brought, letter

OPEN = Statement("主动公开", "开放", "", "无变更", "")
EXPLAINED = "用单位的杀毒软件查过，没有病毒"
YEAR = date.today().year - 10
"""Records of this year are due by the end of the present one, in a district."""


def closed_class(
    actor: Actor, count: int = 3, *, year: int = YEAR, retention: str = "永久", unit: str = "MZJ"
) -> str:
    """File ``count`` letters of a year, form an item of each, put them into a class, close it; return its number."""
    numbers = []
    for n in range(1, count + 1):
        values = {
            **VALUES,
            "title": f"关于第{n}批水库移民安置的通知",
            "date": f"{year}0{n % 9 + 1}05",
            "doc_number": f"云民〔{year}〕{n}号",
            "pages": "1",
        }
        numbers.append(
            services.capture(
                actor,
                letter(
                    f"OA-{unit}-{year}-{retention}-{n}",
                    unit=unit,
                    values=values,
                    components=(brought("正本", "正文.txt", f"{year}年第{n}件{retention}正文".encode()),),
                ),
            ).number
        )
    items = services.form(actor, unit, [[number] for number in numbers])
    (place,) = services.place(actor, unit, items, Where(year, retention))
    close(actor, place)
    return place


def close(actor: Actor, number: str, *, seen: int | None = None) -> int:
    """Check a class as it stands, answer what the check leaves to people, close it; return how many were numbered.

    ``seen`` is its revision when somebody else may have changed it.
    """
    asked = arrangement.filing_class(actor, number).revision if seen is None else seen
    checked(actor, number, seen=asked)
    return services.close(actor, number, seen=asked)


def checked(actor: Actor, number: str, *, seen: int | None = None) -> CheckView:
    """Check a class and answer everything that stands in the way of its numbers; return the check."""
    asked = arrangement.filing_class(actor, number).revision if seen is None else seen
    uuid = services.order_check(actor, number, seen=asked)
    assert advance_filing_check(uuid) == "done"
    _newest, found = checks_of(actor, number)
    assert found is not None
    if found.waiting:
        services.answer(actor, number, uuid, dict.fromkeys(found.waiting, EXPLAINED))
    return found


def retitle(actor: Actor, number: str, place: int, title: str) -> None:
    """Give the item at ``place`` (from 1) of a class another title; its number stays."""
    line = arrangement.in_class(actor, number)[place - 1]
    shown = arrangement.item(actor, line.uuid)
    services.edit(actor, line.uuid, {**shown.values, "title": title}, seen=shown.line.revision)


def said(actor: Actor, number: str) -> None:
    """Say of every record of a hand-over that nothing stands in its way."""
    making.state(actor, number, {}, rest=OPEN)
