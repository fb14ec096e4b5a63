"""What a column can become besides an element. Without Django, for the processes that read rows."""

from __future__ import annotations

LEVEL, PARENT = "level", "parent"
RESERVED = (LEVEL, PARENT)
"""Headings that say where a row stands: its level, and the 档号 of what it lies in."""

TYPE = "=type"
"""The column that says each row's record type by its code; never a heading itself, as ``type`` may be one."""

KEPT = "other"
"""The key under which is kept what no element takes. Exports write it as the heading, so that it comes back."""

IGNORED, OTHER = "-", "+"
"""Not taken over; kept with its heading under ``other``."""
