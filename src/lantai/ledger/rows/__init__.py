"""What every act did to every row, beside the log: noted by triggers, written into the vault before it is published.

Why: docs/decisions/0018; the files: docs/formats/rows.md.
"""

from lantai.ledger.rows.keeping import Kept, keep, renew, trim
from lantai.ledger.rows.tables import left_out, rows_store, shelf, tables
from lantai.ledger.rows.triggers import make_triggers, remove_triggers, triggers_missing

__all__ = [
    "Kept",
    "keep",
    "left_out",
    "make_triggers",
    "remove_triggers",
    "renew",
    "rows_store",
    "shelf",
    "tables",
    "triggers_missing",
    "trim",
]
