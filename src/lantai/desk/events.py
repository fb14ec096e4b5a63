"""The acts of this room."""

from __future__ import annotations

CAPTURING = frozenset({"desk.capture.file", "desk.capture.describe", "desk.capture.adopt"})
ARRANGING = frozenset(
    {
        "desk.schedule.bring",
        "desk.schedule.submit",
        "desk.schedule.approve",
        "desk.schedule.return",
        "desk.scheme.set",
        "desk.item.form",
        "desk.item.dissolve",
        "desk.item.edit",
        "desk.item.place",
        "desk.item.take_out",
        "desk.class.make",
        "desk.class.move",
        "desk.class.sort",
        "desk.class.close",
        "desk.class.reopen",
        "desk.class.arrange",
        "desk.volume.make",
        "desk.volume.put",
        "desk.volume.sort",
        "desk.volume.take_out",
        "desk.volume.move",
        "desk.volume.edit",
        "desk.volume.dissolve",
    }
)
GATHERING = frozenset(
    {
        "desk.department.add",
        "desk.department.change",
        "desk.department.assign",
        "desk.department.remind",
        "desk.filing_day.set",
    }
)
HANDING = frozenset(
    {
        "desk.hand_over.begin",
        "desk.hand_over.state",
        "desk.hand_over.order",
        "desk.hand_over.cancel",
        "desk.hand_over.build",
        "desk.hand_over.fail",
        "desk.hand_over.send",
        "desk.hand_over.carry",
        "desk.hand_over.join",
        "desk.hand_over.give_back",
        "desk.defect.mend",
        "desk.register.sign",
        "desk.plan.set",
        "desk.plan.drop",
        "desk.plan.answer",
    }
)
CHECKING = frozenset(
    {
        "desk.check.order",
        "desk.check.run",
        "desk.check.stop",
        "desk.check.answer",
        "desk.item.replace",
        "desk.file.restore",
    }
)
SENDING = frozenset(
    {
        "desk.target.add",
        "desk.target.change",
        "desk.target.end",
        "desk.site.meet",
        "desk.site.trust",
        "desk.sending.begin",
        "desk.sending.set",
        "desk.sending.stop",
        "desk.sending.deliver",
        "desk.sending.hear",
        "desk.sending.end",
        "desk.sending.late",
        "desk.register.take",
        "desk.register.countersign",
        "desk.delivery.take",
        "desk.delivery.give_up",
        "desk.delivery.submit",
        "desk.delivery.refuse",
        "desk.delivery.register",
        "desk.delivery.countersign",
        "desk.delivery.sign",
    }
)
OWN = frozenset(
    {
        "desk.loan.lend",
        "desk.loan.extend",
        "desk.loan.return",
        "desk.index.rebuild",
    }
)
ACTS = OWN | CAPTURING | ARRANGING | GATHERING | HANDING | SENDING | CHECKING
