"""Writes of the desk."""

from lantai.desk.filing import Brought, Filing, KeptFile, Receipt, Stated
from lantai.desk.services.capture import capture

__all__ = ["Brought", "Filing", "KeptFile", "Receipt", "Stated", "capture"]
