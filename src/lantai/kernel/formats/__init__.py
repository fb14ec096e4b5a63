"""File formats: what a file is, whether it opens, what it says; strangers are opened in other processes."""

from __future__ import annotations

from lantai.kernel.formats.accepted import Accepted
from lantai.kernel.formats.accepted import load as load_accepted
from lantai.kernel.formats.batch import Examiner, inspect_many
from lantai.kernel.formats.identification import identify, identify_many
from lantai.kernel.formats.inspection import inspect
from lantai.kernel.formats.model import UNKNOWN_MIME, Examined, Format, Inspection
from lantai.kernel.formats.text import extract_text, has_text

__all__ = [
    "UNKNOWN_MIME",
    "Accepted",
    "Examined",
    "Examiner",
    "Format",
    "Inspection",
    "extract_text",
    "has_text",
    "identify",
    "identify_many",
    "inspect",
    "inspect_many",
    "load_accepted",
]
