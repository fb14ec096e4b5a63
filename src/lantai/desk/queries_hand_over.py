"""Reads of hand-over: what is due, the year's plan, hand-overs. Clerks see their units', intake and bureau all;
the bureau sees classes and plans, never records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.paging import Page, cursor, key
from lantai.desk.handing import Due, HandOverLine, HandOverView, Planned, StatedLine
from lantai.desk.models import (
    Answer,
    ClassState,
    FilingClass,
    HandOver,
    HandOverItem,
    HandOverState,
    Item,
    ItemState,
    Outcome,
    PlanLine,
    Sending,
)
from lantai.desk.queries_sending import sending, sending_of
from lantai.desk.statements import Statement
from lantai.desk.terms import Terms, terms
from lantai.ingest import queries as ingest
from lantai.kernel.errors import NotFound
from lantai.people.policies import units_of

RETURNED = "returned"
_IN_CHECK = frozenset({"submitted", "received", "checking"})
_ON_ITS_WAY = frozenset({"accepted", "registered", "preserved", "described", "indexed"})


def standing() -> QuerySet[HandOverItem]:
    """Return the lines of hand-overs that stand: not cancelled, failed or returned."""
    lines = HandOverItem.objects.exclude(hand_over__state__in=(HandOverState.CANCELLED, HandOverState.FAILED))
    back = Sending.objects.filter(hand_over=OuterRef("hand_over"), outcome=RETURNED)
    return lines.exclude(hand_over__transfer__state=RETURNED).filter(~Exists(back))


def free() -> QuerySet[Item]:
    """Return the numbered items that are in no hand-over that stands."""
    return Item.objects.filter(~Exists(standing().filter(item=OuterRef("pk"))), state=ItemState.NUMBERED)


def draft_of(item: str) -> str:
    """Return the number of the draft that an item lies in, "" when it is in none; the caller has seen the item."""
    found = standing().filter(item__uuid=item, hand_over__state=HandOverState.DRAFT)
    return found.values_list("hand_over__number", flat=True).first() or ""


def dues(actor: Actor, *, unit: str = "", today: date) -> list[Due]:
    """Return the classes that come to the archives, by year: when each is due and what became of it.

    Of all units (without ``unit``) only those due by the end of this year, and those in a plan.
    """
    units = units_of(actor, "handover.see")
    rule = terms()
    rows = FilingClass.objects.filter(retention__in=rule.retention, size__gt=0)
    if units is not None:
        rows = rows.filter(unit__in=units)
    if unit:
        rows = rows.filter(unit__code=unit)
    elif units is None:
        rows = rows.filter(Q(year__lte=today.year - rule.years) | Q(plan_line__isnull=False))
    ordered = rows.order_by("unit__code", "year", "type", "function", "retention", "number")
    found = list(ordered.select_related("unit", "plan_line"))
    left, last = _left(rows), _last({row.unit_id for row in found})
    return [_due(row, rule, today, left.get(row.pk, 0), last.get(row.number, ("", False))) for row in found]


def planned(actor: Actor, plan: int, *, unit: str = "", today: date) -> list[Due]:
    """Return the classes of the transfer plan of the year ``plan``."""
    return [one for one in dues(actor, unit=unit, today=today) if one.line and one.line.plan == plan]


def _left(rows: QuerySet[FilingClass]) -> dict[int, int]:
    """Return by class how many of its items are in no hand-over."""
    counted = free().filter(filing_class__in=rows.values("pk")).order_by().values("filing_class")
    return dict(counted.annotate(n=Count("id")).values_list("filing_class", "n"))


def _last(units: set[int]) -> dict[str, tuple[str, bool]]:
    """Return by class the number of the newest hand-over it is or was in, and whether the archives returned that."""
    last: dict[str, tuple[str, bool]] = {}
    begun = HandOver.objects.filter(unit__in=units).exclude(state=HandOverState.CANCELLED).order_by("id")
    back = Exists(Sending.objects.filter(hand_over=OuterRef("pk"), outcome=RETURNED))
    told = begun.annotate(back=back).values_list("number", "classes", "transfer__state", "back")
    for number, classes, state, elsewhere in told:
        last.update(dict.fromkeys(classes, (number, elsewhere or state == RETURNED)))
    return last


def _due(row: FilingClass, rule: Terms, today: date, left: int, last: tuple[str, bool]) -> Due:
    line = _planned(row, rule)
    due_on = rule.due(row.year)
    by = line.planned_on if line and line.agreed else due_on
    closed = row.state != ClassState.OPEN
    if closed and not left:
        status = "returned" if last[1] else "handed" if row.state == ClassState.HANDED else "moving"
    elif by < today:
        status = "overdue"
    elif not closed:
        status = "open"
    else:
        status = "due" if by.year <= today.year else "later"
    return Due(
        number=row.number,
        unit=row.unit.code,
        unit_name=row.unit.name,
        fonds=row.fonds,
        type=row.type,
        year=row.year,
        function=row.function,
        retention=row.retention,
        size=row.size,
        closed=closed,
        due_on=due_on,
        by=by,
        status=status,
        left=left,
        last=last[0],
        line=line,
    )


def _planned(row: FilingClass, rule: Terms) -> Planned | None:
    line: PlanLine | None = getattr(row, "plan_line", None)
    if line is None:
        return None
    return Planned(
        line.uuid,
        line.plan,
        line.planned_on,
        rule.departures.get(line.departure),
        line.reason,
        line.answer,
        line.document,
        line.answered_by,
    )


def waiting_answers(actor: Actor, needs: str) -> int:
    """Return how many lines wait for a consent or an agreement (``needs``)."""
    return sum(count for _year, count in waiting_years(actor, needs))


def waiting_years(actor: Actor, needs: str) -> list[tuple[int, int]]:
    """Return the years whose plans have lines that wait for a consent or an agreement (``needs``), with their number."""
    keys = [one.key for one in terms().departures.values() if one.needs == needs]
    units = units_of(actor, "handover.see")
    rows = PlanLine.objects.filter(answer=Answer.ASKED, departure__in=keys)
    seen = rows if units is None else rows.filter(unit__in=units)
    return list(seen.values("plan").annotate(n=Count("id")).order_by("plan").values_list("plan", "n"))


def plans(actor: Actor, *, unit: str = "") -> list[tuple[int, int]]:
    """Return the years for which there are plans, newest first, each with its number of lines."""
    units = units_of(actor, "handover.see")
    rows = PlanLine.objects.all() if units is None else PlanLine.objects.filter(unit__in=units)
    if unit:
        rows = rows.filter(unit__code=unit)
    return list(rows.values("plan").annotate(n=Count("id")).order_by("-plan").values_list("plan", "n"))


# --- hand-overs


def visible(actor: Actor) -> QuerySet[HandOver]:
    """Return the hand-overs that ``actor`` may see."""
    units = units_of(actor, "capture.see")
    rows = HandOver.objects.select_related("unit", "transfer", "mends")
    return rows if units is None else rows.filter(unit__in=units)


def row_of(actor: Actor, number: str) -> HandOver:
    """Return the row of a hand-over; ``NotFound`` when there is none or the actor may not see it."""
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.hand_over.missing", number=number[:40])
    return row


def outcome(row: HandOver) -> str:
    """Return where the hand-over is on its whole way, the archives' part of it included."""
    if row.state != HandOverState.SENT:
        return str(row.state)
    if row.transfer is not None:
        return outcome_of(row.transfer.state)
    going = sending_of(row)
    return going.outcome if going is not None and going.outcome else str(row.state)


def outcome_of(state: str) -> str:
    """Return the outcome of a hand-over whose transfer is in ``state``."""
    if state in _IN_CHECK:
        return "checking"
    return "accepted" if state in _ON_ITS_WAY else state


def line(row: HandOver) -> HandOverLine:
    """Return the frozen line of ``row``."""
    where = outcome(row)
    return HandOverLine(
        number=row.number,
        unit=row.unit_id,
        unit_name=row.unit.name,
        fonds=row.fonds,
        state=row.state,
        outcome=where,
        outcome_label=str(Outcome(where).label),
        since=row.transfer.state_since if row.transfer else row.state_since,
        items=row.items,
        files=row.files,
        bytes=row.bytes,
        mends=row.mends.number if row.mends else "",
        transfer=row.transfer.number if row.transfer else "",
    )


def hand_overs(actor: Actor, *, unit: str = "", after: str = "", size: int = 20) -> Page[HandOverLine]:
    """Return a page of hand-overs, newest first."""
    rows = visible(actor).order_by("-id")
    if unit:
        rows = rows.filter(unit__code=unit)
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([line(row) for row in found[:size]], more)


def to_mend(actor: Actor, *, unit: str = "") -> list[HandOverLine]:
    """Return the hand-overs that failed or came back and that no other one corrects yet, the newest 20."""
    after = HandOver.objects.filter(mends=OuterRef("pk")).exclude(state=HandOverState.CANCELLED)
    away = Exists(Sending.objects.filter(hand_over=OuterRef("pk"), outcome=RETURNED))
    rows = visible(actor).filter(Q(state=HandOverState.FAILED) | Q(transfer__state=RETURNED) | away)
    rows = rows.filter(~Exists(after)).order_by("-id")
    return [line(row) for row in (rows.filter(unit__code=unit) if unit else rows)[:20]]


def unfinished(actor: Actor) -> list[HandOverLine]:
    """Return the hand-overs that were begun or built and that nobody has sent yet, the newest 20."""
    states = (HandOverState.DRAFT, HandOverState.ORDERED, HandOverState.BUILT)
    return [line(row) for row in visible(actor).filter(state__in=states).order_by("-id")[:20]]


def handed(actor: Actor, transfers: Iterable[str]) -> set[str]:
    """Return those of the transfers that were hand-overs of a desk: what is to be done with them is told there."""
    rows = visible(actor).filter(transfer__number__in=list(transfers))
    return set(rows.values_list("transfer__number", flat=True))


def hand_over(actor: Actor, number: str) -> HandOverView:
    """Return a hand-over; ``NotFound`` when there is none or the actor may not see it."""
    row = row_of(actor, number)
    after = row.mended_by.exclude(state=HandOverState.CANCELLED).order_by("-id").first()
    unsaid = row.lines.filter(Q(disclosure="") | Q(opinion="") | Q(secrecy=""))
    return HandOverView(
        line=line(row),
        uuid=row.uuid,
        urn=row.urn,
        unit_code=row.unit.code,
        classes=tuple(row.classes),
        made_by=row.made_by,
        made_at=row.made_at,
        form=row.form,
        carrier=row.carrier,
        description=row.description,
        package=row.package,
        size=row.size,
        sm3=row.sm3,
        sha512=row.sha512,
        run=row.run,
        problem=row.problem,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        mended_by=after.number if after else "",
        unsaid=unsaid.count() if row.state == HandOverState.DRAFT else 0,
        progress=told_progress(row.uuid) if row.state == HandOverState.ORDERED else None,
        sending=sending(row) if row.state == HandOverState.SENT else None,
    )


def statements(actor: Actor, number: str, *, after: int = 0, size: int = 50) -> Page[StatedLine]:
    """Return a page of the records of a hand-over, with what is said of each; ``after`` is the last order shown."""
    row = row_of(actor, number)
    found = list(row.lines.select_related("item").filter(order__gt=after).order_by("order")[: size + 1])
    more = str(found[size - 1].order) if len(found) > size else ""
    return Page([stated(one) for one in found[:size]], more)


def stated(one: HandOverItem) -> StatedLine:
    """Return the frozen line of a record."""
    said = Statement(one.disclosure, one.opinion, one.ground, one.secrecy, one.document)
    return StatedLine(one.order, str(one.item.uuid), one.ref, one.title, said)


def states() -> tuple[tuple[str, str], ...]:
    """Return number and state of every hand-over: for the machinery, to see whether anything moved."""
    return tuple(HandOver.objects.order_by("id").values_list("number", "state"))


def span(row: HandOver) -> tuple[str, str]:
    """Return the first and the last 档号 of a hand-over."""
    most = row.lines.aggregate(Max("order"))["order__max"] or 0
    refs = dict(row.lines.filter(order__in=(1, most)).values_list("order", "ref"))
    return refs.get(1, ""), refs.get(most, "")


def folder_of(uuid: UUID) -> Path:
    """Return the folder in which the package of a hand-over is built and kept."""
    return home().root / "packages" / str(uuid)


def told_progress(uuid: UUID) -> tuple[int, int] | None:
    """Return how far the worker is (done, total) by its last sign of life; None when there is none."""
    try:
        done, total = (folder_of(uuid) / "progress").read_text("ascii").split()
    except (FileNotFoundError, ValueError):
        return None
    return int(done), int(total)


def transfer_of(actor: Actor, view: HandOverView) -> ingest.TransferView | None:
    """Return the transfer that the hand-over became, None before."""
    return ingest.transfer(actor, view.line.transfer) if view.line.transfer else None
