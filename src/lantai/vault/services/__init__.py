"""Writes of the vault."""

from lantai.vault.services.deposit import Aip, Held, deposit
from lantai.vault.services.verify import Fixity, verify
from lantai.vault.store import stores

__all__ = ["Aip", "Fixity", "Held", "deposit", "stores", "verify"]
