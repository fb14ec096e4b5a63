"""``lantai desk check|answer|close``: the check at filing and the numbers that it gives, for scripts."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from lantai.cli.output import document, language, say
from lantai.cli.transfers import actor_named

SHOWN = 20
"""Findings of one point that are said to people; the document has all that were kept."""


def add_arguments(check: argparse.ArgumentParser, answer: argparse.ArgumentParser) -> None:
    """Add what the two verbs take."""
    check.add_argument("number", help="归档类编号 · number of the class")
    check.add_argument("--order", action="store_true", help="先检测 · check it now")
    answer.add_argument("number")
    answer.add_argument("said", nargs="+", metavar="CODE=REASON", help="GD-4-2=用单位的杀毒软件查过")


def check(given: argparse.Namespace) -> int:
    """Say what the newest check of a class found; 1 while the class may not be numbered by it."""
    from lantai.desk import queries_arrangement, services
    from lantai.site.work import settle

    actor = actor_named(given.user)
    if given.order:
        seen = queries_arrangement.filing_class(actor, given.number).revision
        services.order_check(actor, given.number, seen=seen)
        settle()
    return tell(given)


def answer(given: argparse.Namespace) -> int:
    """Answer points of the newest check of a class; say what is still in the way."""
    from lantai.desk import services

    told = dict(one.partition("=")[::2] for one in given.said)
    services.answer(actor_named(given.user), given.number, _newest(given).uuid, told)
    return tell(given)


def tell(given: argparse.Namespace) -> int:
    """Say what the newest check of a class found; 1 while the class may not be numbered by it."""
    found = _newest(given)
    if given.json:
        told = asdict(found)
        for row in (told, *told["points"]):
            _plain(row)
        document("class-check", {"number": given.number, **told})
        return int(not found.holds)
    say(f"{given.number}  {found.state}  {found.verdict or '-'}  r{found.revision}")
    if found.problem:
        from lantai.kernel.texts import text

        say(f"  {text(str(found.problem['code']), language(), **found.problem['facts'])}")
    for point in found.points:
        if point.waiting:
            say(f"  {point.code}  {point.outcome}  {point.name}  ({point.count:,})")
            for one in point.findings[:SHOWN]:
                say(f"    {one.item or one.path}  {one.file}  {one.text}")
        elif point.answer:
            say(f"  {point.code}  {point.name}：{point.answer}（{point.answered_by}）")
    return int(not found.holds)


def _newest(given: argparse.Namespace) -> Any:
    from lantai.desk.queries_check_faces import last_check
    from lantai.kernel.errors import NotFound

    found = last_check(actor_named(given.user), given.number)
    if found is None:
        raise NotFound("desk.check.early", number=given.number)
    return found


def _plain(row: dict[str, Any]) -> None:
    """Write moments as documents do."""
    for name in ("ordered_at", "done_at", "answered_at"):
        if row.get(name) is not None:
            row[name] = row[name].isoformat()
