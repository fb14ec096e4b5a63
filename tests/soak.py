"""How long tests of endurance run: short and seeded with every change, long by ``make soak``."""

from __future__ import annotations

import os

SOAK = os.environ.get("LANTAI_SOAK") == "1"


def rounds(short: int, soak: int) -> int:
    """Return how many rounds are run: ``short`` of them in ``make test``, ``soak`` in ``make soak``."""
    return soak if SOAK else short
