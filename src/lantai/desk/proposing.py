"""What is proposed for a document: year, 机构(问题) and 保管期限, each with its reason. A person accepts it or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lantai.desk.models import FilingClass
from lantai.desk.queries_schedules import Advice, advice
from lantai.kernel.schedules import Reason


@dataclass(frozen=True, slots=True)
class Proposal:
    """A class that a document may belong to: ``year`` None, ``function`` or ``retention`` "" where nothing tells.

    ``advice`` are the lines of the unit's schedule, the likeliest first; ``reasons`` say why this and not another.
    """

    year: int | None
    function: str
    retention: str
    reasons: tuple[Reason, ...]
    advice: tuple[Advice, ...]

    @property
    def whole(self) -> bool:
        """Whether it can be accepted as it is."""
        return self.year is not None and bool(self.retention)


def propose(
    unit: int, documents: Sequence[Mapping[str, str]], departments: Sequence[str] = ()
) -> list[Proposal]:
    """Return a proposal for each document of a unit, given by its values by element key.

    What the sender said (年度, 机构, 保管期限) goes before what the schedule suggests; the year is else that of the date.
    ``departments`` are the names of those that brought them ("" = none): 机构(问题), unless the unit does not divide by it.
    """
    told = advice(unit, documents)
    brought = departments or [""] * len(documents)
    divides = not any(brought) or divided(unit)
    return [
        _proposal(values, lines, department, divides)
        for values, lines, department in zip(documents, told, brought, strict=True)
    ]


def divided(unit: int) -> bool:
    """Whether a unit puts documents into classes by 机构(问题): it has no class yet, or one that names it."""
    rows = FilingClass.objects.filter(unit=unit)
    return rows.exclude(function="").exists() or not rows.exists()


def _proposal(
    values: Mapping[str, str], lines: tuple[Advice, ...], department: str, divides: bool
) -> Proposal:
    first = lines[0] if lines else None
    reasons: list[Reason] = []
    year = _digits(values.get("year", ""))
    if year is None:
        year = _digits(values.get("date", "")[:4])
        if year is not None:
            reasons.append(Reason("desk.propose.dated", {"year": str(year)}))
    sent = {key: values.get(key, "") for key in ("retention", "function")}
    if sent["retention"]:
        reasons.append(Reason("desk.propose.sent", {"retention": sent["retention"]}))
    elif first is not None and first.retention:
        named = f"{first.line.number} {first.line.whole}".strip()
        reasons += [Reason("desk.propose.line", {"line": named}), *first.reasons]
    if department:
        reasons.append(Reason("desk.propose.department", {"department": department}))
    brought = department if divides else ""
    return Proposal(
        year=year,
        function=sent["function"] or brought or (first.function if first else ""),
        retention=sent["retention"] or (first.retention if first else ""),
        reasons=tuple(reasons),
        advice=lines,
    )


def _digits(told: str) -> int | None:
    return int(told) if len(told) == 4 and told.isascii() and told.isdigit() else None
