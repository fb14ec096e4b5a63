"""What a column can become besides an element. Without Django, for the processes that read rows."""

from __future__ import annotations

LEVEL, PARENT = "level", "parent"
RESERVED = (LEVEL, PARENT)
"""Headings that say where a row stands: its level, and the 档号 of what it lies in."""

IGNORED, OTHER = "-", "+"
"""Not taken over; kept with its heading under ``other``."""
