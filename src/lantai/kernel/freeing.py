"""Memory that nobody uses any more goes back to the system: the C library would keep it, in a place per thread."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_ARENAS_MOST = -8
"""``M_ARENA_MAX`` of glibc's ``mallopt``."""

ARENAS = 2
"""Places of glibc from which threads take memory. By itself it makes eight for each core, and what many threads took
in turn, such as the merges of an index, stays in each of them."""


@cache
def _library() -> Any:
    return ctypes.CDLL(None)


def keep_little() -> None:
    """Let all threads of this process take memory from few places; to be called before there are any.

    Does nothing where the C library is another one than glibc.
    """
    choose = getattr(_library(), "mallopt", None)
    if choose is not None:
        choose(_ARENAS_MOST, ARENAS)


def give_back() -> None:
    """Give back what is free now, after work that took much. Does nothing where the C library cannot."""
    trim = getattr(_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)
