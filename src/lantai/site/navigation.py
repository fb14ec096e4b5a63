"""What every page shows around its own matter: the places the actor may go to, the figures at the foot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import resolve
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lantai.base.actors import PUBLIC, Actor
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import OFFICERS, may, may_somewhere


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the main navigation; ``exact``: its address is the very page shown."""

    url: str
    label: str
    here: bool
    exact: bool


@dataclass(frozen=True, slots=True)
class Footing:
    """The quiet figures at the foot of a page, in entries of the ledger, and how long the lag is in ``seconds``."""

    ledger: int
    pending: int
    lag: int
    seconds: int = 0


def _reads(actor: Actor) -> bool:
    """Officers set up, grant and audit; they read no holdings by office."""
    return not any(actor.holds(role) for role in OFFICERS)


def _files(actor: Actor) -> bool:
    """People with a desk: those who see what their unit filed, and those who file for a department of it."""
    return may_somewhere(actor, "capture.see") or may_somewhere(actor, "capture.contribute")


_PLACES: tuple[tuple[str, Any, Callable[[Actor], bool], tuple[str, ...]], ...] = (
    ("/", gettext_lazy("工作台"), lambda actor: True, ()),
    ("/desk/", gettext_lazy("收文盘"), _files, ()),
    ("/desk/schedules/", gettext_lazy("归档范围"), lambda actor: may(actor, "schedule.decide"), ()),
    ("/desk/year/", gettext_lazy("年度归档"), lambda actor: may(actor, "schedule.decide"), ()),
    ("/desk/hand-over/", gettext_lazy("移交进馆"), lambda actor: may(actor, "handover.consent"), ()),
    ("/transfers/", gettext_lazy("接收"), lambda actor: may_somewhere(actor, "transfer.see"), ()),
    ("/registration/", gettext_lazy("登记备份"), lambda actor: may_somewhere(actor, "registration.see"), ()),
    ("/catalogue/", gettext_lazy("编目"), lambda actor: may_somewhere(actor, "catalogue.see"), ()),
    ("/holdings/", gettext_lazy("馆藏"), _reads, ("/records/", "/agents/")),
    ("/search/", gettext_lazy("检索"), _reads, ()),
    ("/vault/", gettext_lazy("保管"), lambda actor: may(actor, "vault.see"), ()),
    ("/units/", gettext_lazy("单位与账号"), lambda actor: may(actor, "unit.see"), ("/accounts/", "/tokens/")),
    ("/ledger/", gettext_lazy("账本"), lambda actor: may(actor, "ledger.see"), ()),
)
"""Address, label, who may go there, addresses that belong to it as well."""


@cache
def _public(url: str) -> bool:
    guard = getattr(resolve(url).func, "guard", None)
    return guard is not None and bool(guard["public"])


def places(actor: Actor, path: str) -> list[Place]:
    """Return the places ``actor`` may go to; strangers see those whose pages are public."""
    found = []
    for url, label, allowed, more in _PLACES:
        if not (allowed(actor) if actor.kind == "person" else _public(url)):
            continue
        here = path == url or (url != "/" and path.startswith((url, *more)))
        found.append(Place(url, str(label), here, path == url))
    return found


def role_line(actor: Actor) -> str:
    """Return the actor's roles in the reader's language."""
    held = {grant.role for grant in actor.grants}
    return _("、").join(_(label) for role, label in people.role_labels().items() if role in held)


def footing() -> Footing:
    """Return the figures at the foot."""
    now = ledger.standing("search")
    return Footing(now.size, now.pending, now.lag, round(now.seconds))


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame of every page. The figures are asked for only where they are shown."""
    actor: Actor = getattr(request, "actor", PUBLIC)
    return {
        "actor": actor,
        "role": role_line(actor),
        "nav": places(actor, request.path),
        "may_search": _reads(actor),
        "may_submit": may_somewhere(actor, "transfer.submit"),
        "may_decide": may(actor, "transfer.decide"),
        # How much is done in the house day by day is nothing for strangers.
        "footing": SimpleLazyObject(footing) if actor.kind == "person" else None,
        "LANGUAGE": get_language(),
    }
