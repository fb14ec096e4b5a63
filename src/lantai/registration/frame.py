"""What every page of this room shows around its own matter, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.base.errors import STATUS, reader_language
from lantai.base.guards import ActorRequest
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError
from lantai.kernel.texts import sentence
from lantai.people.policies import may, may_somewhere


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the room."""

    url: str
    label: str
    here: bool


def tabs(actor: Actor, here: str) -> list[Tab]:
    """Return the tabs that ``actor`` may open; ``here`` is the address's name of the one shown."""
    told = (
        ("registration", _("年度登记"), may_somewhere(actor, "registration.see")),
        ("backups", _("备份"), may_somewhere(actor, "backup.see")),
        ("registration-uses", _("利用申请"), may_somewhere(actor, "backup.see")),
        ("registration-samples", _("抽检"), may(actor, "backup.sample")),
        ("registration-coverage", _("覆盖"), may(actor, "registration.see")),
    )
    return [Tab(reverse(name), label, name == here) for name, label, allowed in told if allowed]


def require_somewhere(actor: Actor, permission: str) -> None:
    """Raise ``Forbidden`` unless ``actor`` may do ``permission`` in the district or at any unit."""
    if not may_somewhere(actor, permission):
        raise Forbidden("people.permission.missing", permission=permission)


def carried(
    request: ActorRequest,
    service: Callable[[], object],
    done: Callable[[], HttpResponse],
    again: Callable[[str, int], HttpResponse],
    said: str = "",
) -> HttpResponse:
    """Carry out what a form asks: go on with ``done``, or show the page again with what its person can mend."""
    try:
        service()
    except (Invalid, Conflict) as wrong:
        return again(words(wrong), STATUS[wrong.kind])
    if said:
        messages.success(request, said, extra_tags="ok")
    return done()


def words(problem: LantaiError) -> str:
    """Return the sentence of a refusal in the reader's language."""
    return sentence(problem, reader_language())
