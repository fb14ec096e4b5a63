"""What a column can become besides an element. Without Django, for the processes that read rows."""

from __future__ import annotations

from lantai.kernel.sources import LEVEL, PARENT, TYPE

__all__ = ["IGNORED", "KEPT", "LEVEL", "OTHER", "PARENT", "RESERVED", "SAID", "TYPE"]

RESERVED = (LEVEL, PARENT)
"""Headings that say where a row stands: its level, and the 档号 of what it lies in."""

SAID = (*RESERVED, TYPE)
"""What a column may become besides an element: also the one that says each row's record type by its code."""

KEPT = "other"
"""The key under which is kept what no element takes. Exports write it as the heading, so that it comes back."""

IGNORED, OTHER = "-", "+"
"""Not taken over; kept with its heading under ``other``."""
