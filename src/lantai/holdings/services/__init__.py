"""Writes of the catalogue."""

from lantai.holdings.services.describe import Description, Part, describe, refuse_undescribable
from lantai.holdings.services.fonds import add_fonds

__all__ = ["Description", "Part", "add_fonds", "describe", "refuse_undescribable"]
