"""Find and replace in chosen elements, as an operation of a bulk edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace ``find`` by ``put`` in the elements ``keys``.

    ``how``: "inside" anywhere, "word" not inside a longer word or number of Latin signs, "whole" the whole
    value (each of several). ``wildcards``: ``?`` one sign, ``*`` up to 100. ``folded``: case and full/half
    width do not matter. No regular expressions: what a person types can never run away.
    """

    find: str
    put: str
    keys: tuple[str, ...]
    how: Literal["inside", "word", "whole"] = "inside"
    wildcards: bool = False
    folded: bool = True

    def apply(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the elements that change, with their new values."""
        raise NotImplementedError

    def hits(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of ``text`` that would be replaced."""
        raise NotImplementedError
