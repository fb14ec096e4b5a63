"""Taking back: an act of changing is set back as a new act, while nothing has built on it."""

from __future__ import annotations

from lantai.base.actors import Actor


def undo(actor: Actor, entry: str) -> str:
    """Set back what the ledger entry with the uuid ``entry`` changed; return the new entry's uuid.

    Revisions, moves, places, splits, merges, renumberings and undoings. ``Conflict("holdings.change.built_on")``
    names the record that was changed since.
    """
    raise NotImplementedError
