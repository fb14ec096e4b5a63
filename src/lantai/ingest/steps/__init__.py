"""What workers do with a transfer: one idempotent step per automatic state."""

from lantai.ingest.steps.advance import advance, advance_all, others_work
from lantai.ingest.steps.inbox import collect_inbox

__all__ = ["advance", "advance_all", "collect_inbox", "others_work"]
