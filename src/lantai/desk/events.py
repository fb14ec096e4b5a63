"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset({"desk.capture.file"})
