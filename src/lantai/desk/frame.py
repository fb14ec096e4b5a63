"""What the pages of arranging share: whose desk is shown, what the actor may do there, how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest
from lantai.desk.errors import Lacking
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.texts import sentence
from lantai.people import queries as people
from lantai.people.policies import may, may_somewhere, units_of
from lantai.people.queries import UnitView


@dataclass(frozen=True, slots=True)
class Frame:
    """Whose desk it is: ``unit`` None where the actor sees several and named none; ``units`` those to choose from."""

    unit: UnitView | None
    units: tuple[UnitView, ...]
    may_arrange: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in the reader's words, with all its reasons: what each is about and what it says."""

    said: str
    status: int
    reasons: tuple[tuple[str, str], ...] = ()


def require_sight(request: ActorRequest, permission: str) -> None:
    """Raise ``Forbidden`` for people without a desk."""
    if not may_somewhere(request.actor, permission):
        raise Forbidden("people.permission.missing", permission=permission)


def framed(request: ActorRequest, permission: str = "capture.see") -> Frame:
    """Return whose desk is shown; ``NotFound`` for a unit that is not the actor's."""
    require_sight(request, permission)
    mine = units_of(request.actor, permission)
    units = tuple(unit for unit in people.units() if mine is None or unit.id in mine)
    asked = (request.POST.get("unit") or request.GET.get("unit") or "")[:40]
    if asked:
        unit = next((one for one in units if one.code == asked), None)
        if unit is None:
            raise NotFound("people.unit.missing", unit=asked)
    else:
        unit = units[0] if len(units) == 1 else None
    arranges = unit is not None and may(request.actor, "item.arrange", unit.id)
    return Frame(unit, units, arranges)


def chosen(frame: Frame) -> UnitView:
    """Return the unit of a page that writes; ``Invalid("desk.unit.unsaid")`` when none was named."""
    if frame.unit is None:
        raise Invalid("desk.unit.unsaid")
    return frame.unit


def tried(do: Callable[[], HttpResponse], again: Callable[[LantaiError], HttpResponse]) -> HttpResponse:
    """Return what ``do`` answers; where it is refused, the page again with the refusal."""
    try:
        return do()
    except (Conflict, Invalid, NotFound) as problem:
        return again(problem)


def refusal(problem: LantaiError | None, status: int) -> Refusal | None:
    """Return a refusal as a page shows it, None without one."""
    if problem is None:
        return None
    language = reader_language()
    reasons: tuple[Finding, ...] = problem.reasons if isinstance(problem, Lacking) else ()
    told = tuple((one.path, one.message(language)) for one in reasons)
    return Refusal(sentence(problem, language), status, told)


def frame_of(request: ActorRequest, code: str) -> Frame:
    """Return the frame of the unit whose class or item is shown; the caller has seen it already."""
    frame = framed(request)
    unit = next(one for one in frame.units if one.code == code)
    return Frame(unit, frame.units, may(request.actor, "item.arrange", unit.id))


def number(told: str) -> int:
    """Return a number that a form carries, 0 when it is none."""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0
