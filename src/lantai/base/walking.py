"""Walking over everything that goes on by itself: transfers, imports, exports. One that cannot go on stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from lantai.kernel.errors import LantaiError


@dataclass(frozen=True, slots=True)
class Advanced:
    """How many changed their state, and the numbers of those that could not go on now."""

    moved: int
    failed: tuple[str, ...]


def advance_each(
    waiting: Iterable[tuple[str, str]],
    advance: Callable[[str], str],
    *,
    skip: Collection[str],
    what: str,
    logger: logging.Logger,
) -> Advanced:
    """Advance all of ``waiting`` (number, state) but those in ``skip``; errors are logged as those of a ``what``.

    ``advance`` takes a number and returns the state that its row has then.
    """
    moved, failed = 0, []
    for number, before in waiting:
        if number in skip:
            continue
        try:
            moved += advance(number) != before
        except LantaiError as problem:
            logger.warning("%s %s stands still: %s", what, number, problem)
            failed.append(number)
        except Exception:
            logger.exception("%s %s failed", what, number)
            failed.append(number)
    return Advanced(moved, tuple(failed))


def reason_of(refusal: Exception) -> str:
    """Return why disk or database refused, without the paths of this machine."""
    return (refusal.strerror if isinstance(refusal, OSError) else "") or type(refusal).__name__
