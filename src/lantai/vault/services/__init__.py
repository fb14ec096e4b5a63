"""Writes of the vault."""

from lantai.vault.services.deposit import Aip, Held, deposit
from lantai.vault.services.verify import Fixity, verify

__all__ = ["Aip", "Fixity", "Held", "deposit", "verify"]
