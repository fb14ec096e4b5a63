"""The acts of this room."""

from __future__ import annotations

ACTS: frozenset[str] = frozenset(
    {
        "catalogue.list.register",
        "catalogue.import.receive",
        "catalogue.import.map",
        "catalogue.import.plan",
        "catalogue.import.run",
        "catalogue.import.enter",
        "catalogue.import.finish",
        "catalogue.import.resume",
        "catalogue.import.cancel",
        "catalogue.import.undo",
        "catalogue.import.withdraw",
        "catalogue.import.undone",
        "catalogue.records.export",
        "catalogue.records.print",
        "catalogue.export.order",
        "catalogue.export.finish",
        "catalogue.export.cancel",
        "catalogue.export.discard",
    }
)
