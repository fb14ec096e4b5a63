"""What of registration and backup calls a person on the work bench, each with the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.base.actors import Actor
from lantai.people.policies import may_somewhere
from lantai.registration import queries as registration
from lantai.registration import queries_backups as backups


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to do; ``back``: it came back, or is overdue."""

    said: str
    url: str
    back: bool = False


def calls(actor: Actor) -> list[Call]:
    """Return what waits for ``actor``; nothing for who has nothing to do with registration."""
    if not may_somewhere(actor, "registration.see"):
        return []
    told = registration.waiting(actor)
    found = [
        Call(
            _("%(year)s 年度登记被退回，请看原因后再提交。") % {"year": year},
            reverse("registration-one", args=[number]),
            True,
        )
        for number, year in told.returned
    ]
    found += [
        Call(_("档案主管部门催报 %(year)s 年度登记。") % {"year": year}, reverse("registration"), True)
        for year in told.reminded
    ]
    for year, count in told.to_confirm:
        said = ngettext(
            "%(year)s 年度登记有 %(n)s 个单位等您确认。", "%(year)s 年度登记有 %(n)s 个单位等您确认。", count
        )
        address = reverse("registration-year", args=[year]) + "?state=submitted"
        found.append(Call(said % {"year": year, "n": f"{count:,}"}, address))
    return [*found, *_centre(actor)]


def _centre(actor: Actor) -> list[Call]:
    deposits, uses = backups.open_work(actor)
    found = []
    if deposits:
        said = ngettext("%(n)s 份备份等审核。", "%(n)s 份备份等审核。", deposits)
        found.append(Call(said % {"n": f"{deposits:,}"}, reverse("backups") + "?state=waiting"))
    if uses:
        said = ngettext("%(n)s 份备份利用申请等批准。", "%(n)s 份备份利用申请等批准。", uses)
        found.append(Call(said % {"n": f"{uses:,}"}, reverse("registration-uses")))
    return found
