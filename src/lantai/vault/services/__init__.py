"""Writes of the vault."""

from lantai.vault.services.copying import Made, copy_to
from lantai.vault.services.couriers import Couriers
from lantai.vault.services.deposit import Aip, Held, deposit
from lantai.vault.services.shipping import ship
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
    "Held",
    "Made",
    "Wanted",
    "add_target",
    "change_target",
    "copy_to",
    "deposit",
    "end_target",
    "pause_target",
    "resume_target",
    "ship",
    "stores",
    "try_again",
    "try_target",
    "verify",
]
