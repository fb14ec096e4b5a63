"""Writes of the desk."""

from lantai.desk.filing import Brought, Filing, KeptFile, Receipt, Stated
from lantai.desk.services.capture import capture
from lantai.desk.store import stores

__all__ = ["Brought", "Filing", "KeptFile", "Receipt", "Stated", "capture", "stores"]
