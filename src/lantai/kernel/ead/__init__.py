"""Encoded Archival Description: finding aids read and written. See :mod:`.reading` and :mod:`.writing`."""

from __future__ import annotations

from lantai.kernel.ead.describing import COMPONENTS, HEADERS
from lantai.kernel.ead.dublin_core import dublin_core
from lantai.kernel.ead.model import EadNode
from lantai.kernel.ead.reading import EadReader, Survey
from lantai.kernel.ead.writing import write_ead3, write_ead2002

__all__ = [
    "COMPONENTS",
    "HEADERS",
    "EadNode",
    "EadReader",
    "Survey",
    "dublin_core",
    "write_ead3",
    "write_ead2002",
]
