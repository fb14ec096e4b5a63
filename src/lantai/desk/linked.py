"""What the desk puts on the page of a transfer: the hand-over that it is, or the delivery that it was."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.desk.queries_deliveries import of_transfer
from lantai.desk.queries_hand_over import visible
from lantai.ingest.links import Link
from lantai.ingest.queries import TransferView
from lantai.people.policies import may


def links_of(actor: Actor, transfer: TransferView) -> Iterator[Link]:
    """Yield where the actor goes on with a transfer that came from a desk, of this site or of another one."""
    row = visible(actor).filter(transfer__number=transfer.number).first()
    if row is not None:
        back = transfer.state == "returned" and may(actor, "transfer.submit", row.unit_id)
        label = _("看退回清单，逐条改好") if back else _("移交单 %(number)s") % {"number": row.number}
        yield Link(label, reverse("hand-over-one", args=[row.number]), back)
        if row.mends is not None:
            before = _("上次退回时指出的地方（移交单 %(number)s）") % {"number": row.mends.number}
            yield Link(before, reverse("hand-over-one", args=[row.mends.number]))
    came = of_transfer(actor, transfer.number)
    if came is not None:
        yield Link(_("从单位站点送来：登记表与签署"), reverse("delivery", args=[str(came.uuid)]))
