"""How often one token may ask: a bucket per token in each server process (``LANTAI_API_RATE`` a minute)."""

from __future__ import annotations

import math
import os
import threading
import time

from lantai.kernel.errors import Unavailable

DEFAULT = 1_200
_lock = threading.Lock()
_buckets: dict[str, tuple[float, float]] = {}


def allowed_per_minute() -> int:
    """Return how many calls a minute one token has in each process; 0 = as many as it likes."""
    told = os.environ.get("LANTAI_API_RATE", "")
    return int(told) if told.isdigit() else DEFAULT


def spend(token: str) -> None:
    """Count one call of ``token`` ("" = none, not counted); ``Unavailable("exchange.rate.exceeded")`` when spent."""
    rate = allowed_per_minute()
    if not token or not rate:
        return
    now = time.monotonic()
    with _lock:
        left, since = _buckets.get(token, (float(rate), now))
        left = min(float(rate), left + (now - since) * rate / 60)
        if left < 1:
            raise Unavailable("exchange.rate.exceeded", limit=rate, seconds=math.ceil((1 - left) * 60 / rate))
        _buckets[token] = (left - 1, now)
