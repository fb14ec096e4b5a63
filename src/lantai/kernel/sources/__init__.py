"""Everything a catalogue can come from, read as a stream of rows. Start at :func:`open_source`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lantai.kernel.sources.headings import find_headings
from lantai.kernel.sources.model import HIERARCHICAL, LEVEL, PARENT, TYPE, Row, Source, SourceLimits

if TYPE_CHECKING:
    from lantai.kernel.sources.opening import open_source

__all__ = [
    "HIERARCHICAL",
    "LEVEL",
    "PARENT",
    "TYPE",
    "Row",
    "Source",
    "SourceLimits",
    "find_headings",
    "open_source",
]


def __getattr__(name: str) -> object:
    """Load all readers when the first source is opened: processes that look at one file need one of them."""
    if name != "open_source":
        raise AttributeError(name)
    from lantai.kernel.sources.opening import open_source

    return open_source
