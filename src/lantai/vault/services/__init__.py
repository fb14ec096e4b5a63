"""Writes of the vault."""

from lantai.vault.sealed import make_identity, read_identities
from lantai.vault.services.audits import Order, order_audit, stop_audit, take_up
from lantai.vault.services.copying import Made, copy_to
from lantai.vault.services.couriers import Couriers
from lantai.vault.services.deposit import Aip, Held, deposit
from lantai.vault.services.reading import Hand, open_audits, run_audit
from lantai.vault.services.repairing import Mended, repair
from lantai.vault.services.shipping import ship
from lantai.vault.services.strays import adopt, remove_stray
from lantai.vault.services.targets import (
    Changes,
    Wanted,
    add_target,
    change_target,
    end_target,
    pause_target,
    resume_target,
    try_again,
    try_target,
)
from lantai.vault.services.verify import Fixity, verify
from lantai.vault.store import stores

__all__ = [
    "Aip",
    "Changes",
    "Couriers",
    "Fixity",
    "Hand",
    "Held",
    "Made",
    "Mended",
    "Order",
    "Wanted",
    "add_target",
    "adopt",
    "change_target",
    "copy_to",
    "deposit",
    "end_target",
    "make_identity",
    "open_audits",
    "order_audit",
    "pause_target",
    "read_identities",
    "remove_stray",
    "repair",
    "resume_target",
    "run_audit",
    "ship",
    "stop_audit",
    "stores",
    "take_up",
    "try_again",
    "try_target",
    "verify",
]
