"""Beginning anew what came back: the hand-over that corrects another; both stay."""

from __future__ import annotations

from django.db import transaction

from lantai.base.actors import Actor
from lantai.desk.models import ClassState, FilingClass, HandOver, HandOverItem, HandOverState, Item, ItemState
from lantai.desk.queries_hand_over import RETURNED, free, outcome, row_of, stated
from lantai.desk.services.hand_over import write
from lantai.kernel.errors import Conflict
from lantai.ledger.acts import act, record
from lantai.people.policies import require


def mend(actor: Actor, number: str) -> str:
    """Begin the hand-over that corrects one that failed or came back, and return its number; both stay.

    Its records are those of the first, with what was said of them. They can be described anew from now on.
    """
    row = row_of(actor, number)
    require(actor, "transfer.submit", row.unit_id)
    if not came_back(row):
        raise Conflict("desk.hand_over.not_returned", number=number)
    if after := row.mended_by.exclude(state=HandOverState.CANCELLED).first():
        raise Conflict("desk.hand_over.mended_already", number=number, after=after.number)
    lines = list(row.lines.select_related("item").order_by("order"))
    said = {line.item.pk: stated(line).said for line in lines}
    classes = {one.number: one for one in FilingClass.objects.filter(number__in=row.classes)}
    with transaction.atomic():
        if row.state == HandOverState.SENT:
            give_back(actor, row)
        items = list(free().filter(handed__hand_over=row).order_by("ref"))
        if len(items) < len(lines):
            raise Conflict("desk.hand_over.items_gone", number=number, count=len(lines) - len(items))
        return write(actor, row.unit.code, [classes[one] for one in row.classes], items, said, row)


def came_back(row: HandOver) -> bool:
    """Return whether there is something to mend."""
    return row.state == HandOverState.FAILED or (row.state == HandOverState.SENT and outcome(row) == RETURNED)


@act("desk.hand_over.give_back")
def give_back(actor: Actor, row: HandOver) -> None:
    """Let the records of a hand-over that came back be arranged and described again."""
    lines = HandOverItem.objects.filter(hand_over=row).values("item")
    count = Item.objects.filter(pk__in=lines, state=ItemState.HANDED).update(state=ItemState.NUMBERED)
    FilingClass.objects.filter(number__in=row.classes, state=ClassState.HANDED).update(
        state=ClassState.CLOSED
    )
    record(row.urn, {"number": row.number, "items": count})
