"""The place of a record among its siblings."""

from __future__ import annotations

from lantai.base.actors import Actor


def place(actor: Actor, urn: str, *, before: str = "", after: str = "", version: int) -> int:
    """Put a record directly before or after a sibling (an urn) and return its new version.

    Siblings lie in the same file, or at the top of the same series; one row is touched, however many there are.
    """
    raise NotImplementedError
