"""四性检测: is a package authentic, whole, usable and safe (DA/T 70-2018)? Schemes are data."""

from __future__ import annotations

from lantai.kernel.fourprops.engine import Progress, run
from lantai.kernel.fourprops.loader import scheme
from lantai.kernel.fourprops.model import (
    Context,
    Item,
    ItemResult,
    Outcome,
    Report,
    Result,
    Scheme,
    Stage,
)

__all__ = [
    "Context",
    "Item",
    "ItemResult",
    "Outcome",
    "Progress",
    "Report",
    "Result",
    "Scheme",
    "Stage",
    "run",
    "scheme",
]
