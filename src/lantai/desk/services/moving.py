"""What moves between sites, for the worker: packages that go out, packages that came in."""

from __future__ import annotations

from collections.abc import Callable, Collection

from lantai.base.walking import Advanced
from lantai.desk.queries_sending import sending_states as moving_states
from lantai.desk.services.deliveries import advance_deliveries
from lantai.desk.services.sending_work import advance_sendings
from lantai.desk.services.sending_work import others_send as others_move

__all__ = ["advance_moving", "moving_states", "others_move"]


def advance_moving(skip: Collection[str], go_on: Callable[[], bool]) -> Advanced:
    """Move on what came in, then what goes out."""
    came = advance_deliveries(skip, go_on)
    gone = advance_sendings(skip, go_on)
    return Advanced(came.moved + gone.moved, came.failed + gone.failed)
