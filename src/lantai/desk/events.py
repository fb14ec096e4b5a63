"""The acts of this room."""

from __future__ import annotations

CAPTURING = frozenset({"desk.capture.file", "desk.capture.describe"})
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
ACTS = CAPTURING | ARRANGING | HANDING
