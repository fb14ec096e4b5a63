"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "ingest.transfer.submit",
        "ingest.transfer.receive",
        "ingest.transfer.refuse",
        "ingest.transfer.check",
        "ingest.transfer.accept",
        "ingest.transfer.return",
        "ingest.transfer.register",
        "ingest.transfer.preserve",
        "ingest.transfer.describe",
        "ingest.transfer.index",
        "ingest.transfer.close",
    }
)
