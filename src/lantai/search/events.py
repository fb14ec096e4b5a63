"""The acts of this room."""

from __future__ import annotations

ACTS = frozenset(
    {
        "search.index.rebuild",
        "search.saved.add",
        "search.saved.delete",
        "search.saved.rename",
        "search.saved.see",
    }
)
