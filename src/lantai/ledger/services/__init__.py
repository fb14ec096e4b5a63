"""Writes of the ledger beyond :mod:`lantai.ledger.acts`: sequencing, publishing, following."""

from lantai.ledger.services.followers import Follower, follow, follower_names, go_on_from, register
from lantai.ledger.services.keys import succeed_key
from lantai.ledger.services.sequencer import sequence
from lantai.ledger.services.site import found

__all__ = [
    "Follower",
    "follow",
    "follower_names",
    "found",
    "go_on_from",
    "register",
    "sequence",
    "succeed_key",
]
