"""Which followers a site has."""

from __future__ import annotations

from lantai.desk.services import own_follower
from lantai.ledger.services import register
from lantai.search.services import follower


def register_followers() -> None:
    """Make every follower known to this process."""
    register(follower())
    register(own_follower())
