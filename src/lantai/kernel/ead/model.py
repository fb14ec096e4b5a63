"""One described unit on its way out of or into EAD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RELATED = "lantai"
"""What archdesc/@relatedencoding says when every element names its own key in @encodinganalog."""


@dataclass(frozen=True, slots=True)
class EadNode:
    """A unit: ``ref`` unique in its file, ``parent`` the ref it lies under ("" or the fonds: at the top).

    ``level`` is fonds|series|file|item, ``values`` hold text by element key (without "ref"), ``line`` is the
    line of its start tag when it was read.
    """

    ref: str
    parent: str
    level: str
    values: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
