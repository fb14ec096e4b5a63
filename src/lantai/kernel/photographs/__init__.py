"""Photographs of sheets: the sheet is found, straightened, evenly lit and bound to a PDF; strangers' bytes in other processes."""

from __future__ import annotations

from lantai.kernel.photographs.binding import bind
from lantai.kernel.photographs.darkroom import Darkroom
from lantai.kernel.photographs.model import PAPERS, WHOLE, Corners, Found, Order, Page, Paper, corners_of

__all__ = ["PAPERS", "WHOLE", "Corners", "Darkroom", "Found", "Order", "Page", "Paper", "bind", "corners_of"]
