"""Everything a catalogue can come from, read as a stream of rows. Start at :func:`open_source`."""

from __future__ import annotations

from lantai.kernel.sources.headings import find_headings
from lantai.kernel.sources.model import HIERARCHICAL, LEVEL, PARENT, Row, Source, SourceLimits
from lantai.kernel.sources.opening import open_source

__all__ = [
    "HIERARCHICAL",
    "LEVEL",
    "PARENT",
    "Row",
    "Source",
    "SourceLimits",
    "find_headings",
    "open_source",
]
