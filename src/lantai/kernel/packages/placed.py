"""Bytes at a place of an open file, for several threads at once."""

from __future__ import annotations

import os
import threading

_LOCK = threading.Lock()


def read_at(descriptor: int, size: int, place: int) -> bytes:
    """Return at most ``size`` bytes from ``place`` on; systems without pread take turns."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, size, place)
    with _LOCK:
        os.lseek(descriptor, place, os.SEEK_SET)
        return os.read(descriptor, size)
