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
ACTS = CAPTURING | ARRANGING
