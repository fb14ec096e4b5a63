"""Writes of the ledger beyond :mod:`lantai.ledger.acts`: sequencing, publishing, following."""

from lantai.ledger.rows.keeping import begin_rows, renew
from lantai.ledger.rows.loading import Loading, Reached, refuse_newer
from lantai.ledger.rows.tables import left_out, shelf, tables
from lantai.ledger.rows.triggers import triggers_missing
from lantai.ledger.services.database import Backup, backup, database_rebuilt
from lantai.ledger.services.followers import Follower, follow, follower_names, go_on_from, register
from lantai.ledger.services.keys import remember_keys, succeed_key
from lantai.ledger.services.sequencer import sequence
from lantai.ledger.services.site import found
from lantai.ledger.services.stamps import preserve_checkpoints

__all__ = [
    "Backup",
    "Follower",
    "Loading",
    "Reached",
    "backup",
    "begin_rows",
    "database_rebuilt",
    "follow",
    "follower_names",
    "found",
    "go_on_from",
    "left_out",
    "preserve_checkpoints",
    "refuse_newer",
    "register",
    "remember_keys",
    "renew",
    "sequence",
    "shelf",
    "succeed_key",
    "tables",
    "triggers_missing",
]
