"""Hints for whoever describes: personal data, secrecy marks, keywords, what a title tells. Never more than hints."""

from __future__ import annotations

from lantai.kernel.hints.model import Confidence, Hint
from lantai.kernel.hints.personal import citizen_check_digit, luhn, personal_data
from lantai.kernel.hints.record import hints_of
from lantai.kernel.hints.secrecy import secrecy_marks
from lantai.kernel.hints.titles import Frame, frames, of_title
from lantai.kernel.hints.words import keywords, persons

__all__ = [
    "Confidence",
    "Frame",
    "Hint",
    "citizen_check_digit",
    "frames",
    "hints_of",
    "keywords",
    "luhn",
    "of_title",
    "personal_data",
    "persons",
    "secrecy_marks",
]
