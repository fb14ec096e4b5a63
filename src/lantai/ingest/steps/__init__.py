"""What workers do with a transfer: one idempotent step per automatic state."""

from lantai.ingest.steps.advance import advance, advance_all

__all__ = ["advance", "advance_all"]
