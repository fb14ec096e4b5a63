"""How often Python looks for cycles of objects: seldom, in processes that make objects by the hundred thousand."""

from __future__ import annotations

import gc
from functools import cache

YOUNG = 20_000
"""Objects made before the collector looks at the newest: a page, or a thousand rows; Python's own 700 are a tenth
of a page, and cost an import a fifth of its time."""


@cache
def look_seldom() -> None:
    """Take what there is now as staying for good, and look through what comes later by :data:`YOUNG`.

    Once in a process: what a second call took as staying might be rubbish.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
