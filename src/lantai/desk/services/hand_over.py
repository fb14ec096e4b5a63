"""A hand-over until it is sent: chosen, said of each record, ordered, given up; and begun anew when it came back."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.locks import busy
from lantai.base.numbers import next_number
from lantai.desk import parcel, store
from lantai.desk.arranged import ArrangedItem
from lantai.desk.documents import kept
from lantai.desk.errors import Lacking
from lantai.desk.models import (
    Answer,
    ClassState,
    FilingClass,
    HandOver,
    HandOverItem,
    HandOverState,
    Item,
)
from lantai.desk.queries_arrangement import arranged
from lantai.desk.queries_hand_over import folder_of, free, row_of, stated
from lantai.desk.queries_lending import out_on_paper
from lantai.desk.statements import Statement, reasons
from lantai.desk.terms import Terms, terms
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding
from lantai.kernel.packages import FORMS
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

MOST = 100_000
"""Records of one hand-over."""

_BATCH = 500


def begin(actor: Actor, unit: str, classes: Sequence[str]) -> str:
    """Begin a hand-over of all that is left of closed classes (their numbers) of one fonds; return its number.

    Raises ``Lacking("desk.hand_over.classes")`` with a reason for every class that cannot be handed over.
    """
    owner = find_unit(unit)
    require(actor, "transfer.submit", owner.id)
    wanted = tuple(dict.fromkeys(classes))
    rows = _classes(owner.id, wanted)
    items = list(free().filter(filing_class__in=rows).order_by("ref"))
    if not items:
        raise Invalid("desk.hand_over.empty")
    if len(items) > MOST:
        raise Invalid("desk.hand_over.many", count=len(items), limit=MOST)
    lent = out_on_paper(free().filter(filing_class__in=rows))
    if lent:
        raise Lacking(
            "desk.hand_over.classes", [_lent(item.ref, lent[item.pk]) for item in items if item.pk in lent]
        )
    said = {item.pk: Statement(disclosure=str(item.values.get("disclosure", ""))) for item in items}
    return write(actor, owner.code, rows, items, said, None)


def _lent(ref: str, loan: str) -> Finding:
    """Return why a record cannot be handed over whose paper is lent."""
    return Finding("desk.hand_over.item_lent", ref, found=loan)


def _classes(unit: int, wanted: Sequence[str]) -> list[FilingClass]:
    """Return the classes in order; every reason against one is told."""
    found = {row.number: row for row in FilingClass.objects.filter(unit=unit, number__in=wanted)}
    rule, this_year = terms(), timezone.localdate().year
    wrong = [Finding("desk.hand_over.class_missing", number) for number in wanted if number not in found]
    for row in found.values():
        wrong.extend(_against(row, rule, this_year))
    fonds = {row.fonds for row in found.values()}
    if len(fonds) > 1:
        wrong.append(Finding("desk.hand_over.several_fonds", found="、".join(sorted(fonds))))
    if wrong or not found:
        raise Lacking("desk.hand_over.classes", wrong)
    return [found[number] for number in wanted]


def _against(row: FilingClass, rule: Terms, this_year: int) -> Iterator[Finding]:
    if row.state == ClassState.OPEN:
        yield Finding("desk.hand_over.class_open", row.number)
    if not rule.comes(row.retention):
        yield Finding("desk.hand_over.class_stays", row.number, "、".join(rule.retention), row.retention)
    if rule.due(row.year).year > this_year and not _agreed(row, rule, this_year):
        yield Finding("desk.hand_over.early", row.number, rule.due(row.year).isoformat())


def _agreed(row: FilingClass, rule: Terms, this_year: int) -> bool:
    """Return whether the plan has a yes to an earlier day, for this year at the latest."""
    line = getattr(row, "plan_line", None)
    if line is None or line.answer != Answer.GIVEN or line.planned_on.year > this_year:
        return False
    departure = rule.departures.get(line.departure)
    return departure is not None and departure.moves == "earlier"


@act("desk.hand_over.begin")
def write(
    actor: Actor,
    unit: str,
    classes: Sequence[FilingClass],
    items: Sequence[Item],
    said: Mapping[int, Statement],
    mends: HandOver | None,
) -> str:
    """Write the rows of a hand-over; ``Conflict("desk.hand_over.taken")`` when another one was quicker."""
    owner = Unit.objects.get(code=unit)
    list(FilingClass.objects.select_for_update().filter(pk__in=[row.pk for row in classes]))
    if not {item.pk for item in items} <= set(
        free().filter(filing_class__in=classes).values_list("pk", flat=True)
    ):
        raise Conflict("desk.hand_over.taken")
    now = timezone.now()
    row = HandOver.objects.create(
        uuid=uuid.uuid4(),
        number=next_number(HandOver.objects.all(), f"H{timezone.localdate().year}-"),
        unit=owner,
        fonds=classes[0].fonds,
        classes=[one.number for one in classes],
        state=HandOverState.DRAFT,
        state_since=now,
        made_by=actor.username,
        made_at=now,
        items=len(items),
        mends=mends,
        form=mends.form if mends else "dat93",
        carrier=mends.carrier if mends else "",
        description=mends.description if mends else "",
    )
    HandOverItem.objects.bulk_create(
        (_line(row, order, item, said[item.pk]) for order, item in enumerate(items, 1)), batch_size=_BATCH
    )
    listed = [[item.urn, *astuple(said[item.pk])] for item in items]
    content = kept({"schema": "lantai.hand-over-items/1", "hand_over": row.urn, "items": listed})
    told = {"number": row.number, "unit": unit, "fonds": row.fonds, "classes": row.classes}
    mended = mends.number if mends else ""
    record(row.urn, {**told, "items": len(items), "content": content, "mends": mended})
    return row.number


def _line(row: HandOver, order: int, item: Item, said: Statement) -> HandOverItem:
    return HandOverItem(
        hand_over=row,
        order=order,
        item=item,
        ref=item.ref,
        title=item.title,
        disclosure=said.disclosure,
        opinion=said.opinion,
        ground=said.ground,
        secrecy=said.secrecy,
        document=said.document,
    )


def own(actor: Actor, number: str, *states: HandOverState) -> HandOver:
    """Return the row of a hand-over that the actor may change, locked, in one of ``states``. Only inside an act."""
    seen = row_of(actor, number)
    require(actor, "transfer.submit", seen.unit_id)
    row = HandOver.objects.select_for_update(of=("self",)).select_related("unit").get(pk=seen.pk)
    if row.state not in states:
        raise Conflict("desk.hand_over.state_wrong", number=number, state=str(HandOverState(row.state).label))
    return row


def moved(row: HandOver, state: HandOverState) -> None:
    """Save the row in its new state."""
    row.state, row.state_since = state, timezone.now()
    row.save()


@act("desk.hand_over.state")
def state(actor: Actor, number: str, said: Mapping[int, Statement], *, rest: Statement | None = None) -> int:
    """Say of records, by their order, what is said; ``rest`` fills the gaps of all others. Return how many changed.

    Nothing is judged here: that every record has all that it needs is asked when the package is ordered.
    """
    row = own(actor, number, HandOverState.DRAFT)
    changed: list[HandOverItem] = []
    for line in row.lines.order_by("order").iterator(_BATCH):
        before = Statement(line.disclosure, line.opinion, line.ground, line.secrecy, line.document)
        after = said.get(line.order, before)
        if rest is not None:
            after = after.over(rest)
        if after != before:
            _say(line, after)
            changed.append(line)
    if not changed:
        unchanged()
        return 0
    fields = ["disclosure", "opinion", "ground", "secrecy", "document"]
    HandOverItem.objects.bulk_update(changed, fields, batch_size=200)
    told = [
        [one.order, one.disclosure, one.opinion, one.ground, one.secrecy, one.document] for one in changed
    ]
    content = kept({"schema": "lantai.statements/1", "hand_over": row.urn, "lines": told})
    record(row.urn, {"number": number, "lines": len(changed), "content": content})
    return len(changed)


def _say(line: HandOverItem, said: Statement) -> None:
    line.disclosure, line.opinion, line.secrecy = said.disclosure[:20], said.opinion[:20], said.secrecy[:20]
    line.ground, line.document = said.ground.strip()[:1000], said.document.strip()[:1000]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the package is to be: one of the written forms, what stands in 内容描述, the carrier's number or ""."""

    form: str = "dat93"
    description: str = ""
    carrier: str = ""


def order(actor: Actor, number: str, wanted: Wanted = Wanted()) -> None:
    """Order the package; raises ``Lacking("desk.hand_over.lacking")`` with every reason of every record at once."""
    seen = row_of(actor, number)
    require(actor, "transfer.submit", seen.unit_id)
    if wanted.form not in FORMS:
        raise Invalid("desk.hand_over.form_unknown", form=wanted.form[:20], known="、".join(FORMS))
    if not wanted.description.strip():
        raise Invalid("desk.hand_over.description_missing")
    entries, wrong = _entries(actor, seen)
    if wanted.form == "eep" and any(one["volume"] for one in entries):
        wrong.append(Finding("desk.hand_over.eep_volumes", number))
    if wrong:
        raise Lacking("desk.hand_over.lacking", wrong, number=number)
    _order(actor, number, wanted, entries)


def _entries(actor: Actor, row: HandOver) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Return what the document says of every record, and every reason against it."""
    known = _arranged(actor, row)
    lent = out_on_paper(Item.objects.filter(handed__hand_over=row))
    entries, wrong = [], []
    for line in row.lines.select_related("item").order_by("order"):
        item = known.get(line.item.urn)
        if item is None:
            wrong.append(Finding("desk.hand_over.item_gone", line.ref))
            continue
        said = stated(line).said
        wrong.extend(reasons(item.ref, item.values, said))
        wrong.extend(_lost(item))
        if line.item_id in lent:
            wrong.append(_lent(line.ref, lent[line.item_id]))
        entries.append(parcel.entry(item, said))
    return entries, wrong


def _arranged(actor: Actor, row: HandOver) -> dict[str, ArrangedItem]:
    years = FilingClass.objects.filter(number__in=row.classes).values_list("year", flat=True)
    return {one.urn: one for one in arranged(actor, row.unit.code, years=tuple(sorted(set(years))))}


def _lost(item: ArrangedItem) -> Iterator[Finding]:
    if not item.files:
        yield Finding("desk.hand_over.no_files", item.ref)
    for file in item.files:
        try:
            size = store.place(file.sha512).stat().st_size
        except FileNotFoundError:
            yield Finding("desk.hand_over.file_lost", item.ref, file.sha512, file.name)
            continue
        if size != file.bytes:
            yield Finding("desk.hand_over.file_changed", item.ref, str(file.bytes), str(size))


@act("desk.hand_over.order")
def _order(actor: Actor, number: str, wanted: Wanted, entries: Sequence[dict[str, Any]]) -> None:
    row = own(actor, number, HandOverState.DRAFT)
    _still_said(row, entries)
    now = timezone.now().replace(microsecond=0)
    row.form, row.carrier = wanted.form, wanted.carrier.strip()[:100]
    row.description = wanted.description.strip()[:2000]
    told = parcel.document(
        entries,
        unit=row.unit.name,
        fonds=row.fonds,
        form=row.form,
        at=now,
        description=_description(row),
    )
    row.content = kept(told)
    _renamed(row, told["records"])
    files = [file for one in told["records"] for file in one["files"]]
    row.files, row.bytes = len(files), sum(file["bytes"] for file in files)
    row.ordered_by, row.ordered_at, row.problem = actor.username, now, None
    moved(row, HandOverState.ORDERED)
    facts = {"number": number, "form": row.form, "items": row.items, "files": row.files, "bytes": row.bytes}
    record(row.urn, {**facts, "content": row.content})


def _still_said(row: HandOver, entries: Sequence[dict[str, Any]]) -> None:
    """Refuse entries that were read before somebody else said something: they were not judged as they are now."""
    now = {line.item.urn: parcel.statement(stated(line).said) for line in row.lines.select_related("item")}
    other = sum(now.get(one["item"]) != one["statement"] for one in entries)
    if other:
        raise Conflict("desk.hand_over.said_meanwhile", number=row.number, count=other)


def _renamed(row: HandOver, records: Sequence[dict[str, Any]]) -> None:
    """Give the lines the 档号 and titles that their items have now."""
    now = {one["item"]: (one["ref"], one["values"]["title"]) for one in records}
    lines = list(row.lines.select_related("item"))
    for line in lines:
        line.ref, line.title = now[line.item.urn]
    HandOverItem.objects.bulk_update(lines, ["ref", "title"], batch_size=200)


def _description(row: HandOver) -> dict[str, str]:
    """Return what 说明文件 says beside its counts."""
    told = {
        "内容描述": row.description,
        "软硬件环境": "通用：PDF、OFD、版式和办公文档，任一通用操作系统可读",
        "载体编号": row.carrier,
        "移交单号": row.number,
        "更正的移交单": row.mends.number if row.mends else "",
        "信息公开申请": _requests(row),
    }
    return {name: value for name, value in told.items() if value}


def _requests(row: HandOver) -> str:
    """Return until when requests for information go to the unit: early deposits only (档案法, 15)."""
    rule = terms()
    rows = FilingClass.objects.filter(number__in=row.classes).select_related("plan_line")
    ends = [
        rule.due(one.year)
        for one in rows
        if (line := getattr(one, "plan_line", None)) is not None
        and line.answer == Answer.GIVEN
        and (departure := rule.departures.get(line.departure)) is not None
        and departure.requests_stay
    ]
    ends = [end for end in ends if end >= timezone.localdate()]
    return f"法定移交期限（{max(ends).isoformat()}）届满前，由{row.unit.name}办理" if ends else ""


@act("desk.hand_over.cancel")
def cancel(actor: Actor, number: str) -> None:
    """Give up a hand-over that was not sent; its records can be handed over with another one."""
    row = own(actor, number, HandOverState.DRAFT, HandOverState.ORDERED, HandOverState.BUILT)
    moved(row, HandOverState.CANCELLED)
    record(row.urn, {"number": number})
    transaction.on_commit(lambda: forget(row))


def forget(row: HandOver) -> None:
    """Remove the folder of a package; a worker that is still at it removes it when it notices."""
    if not busy(f"hand-over-{row.uuid}"):
        shutil.rmtree(folder_of(row.uuid), ignore_errors=True)


def document_of(row: HandOver) -> dict[str, Any]:
    """Return the document that a package is built from."""
    if not row.content:
        raise NotFound("desk.hand_over.missing", number=row.number)
    told = canonical.loads(store.read(row.content))
    assert isinstance(told, dict)
    return told
