"""The tone in which an open status is shown, and coded values in the reader's language."""

from __future__ import annotations

import re

from lantai.base.errors import reader_language
from lantai.base.templatetags.lantai import day
from lantai.holdings.models import OPEN, UNREVIEWED
from lantai.kernel.recordtypes import Element, RecordType

_SPAN = re.compile(r"(\d{4}|\d{6}|\d{8})\s*[-/—–~～至]\s*(\d{4}|\d{6}|\d{8})")

TONES = {OPEN: "ok", UNREVIEWED: ""}


def spoken(kind: RecordType, element: Element, value: str) -> str:
    """Return ``value`` as the vocabulary of ``element`` says it in the reader's language."""
    vocabulary = kind.vocabulary(element)
    term = vocabulary.term(value) if vocabulary else None
    return term.label[reader_language()] if term else value


def open_tone(status: str) -> str:
    """Return the tone of the tag of an open status: ``ok`` open, "" not reviewed, ``wait`` kept closed."""
    return TONES.get(status, "wait")


def span(date: str) -> str:
    """Return a catalogue date or a span of two (``19610225-19610923``) for people; other texts as they are."""
    two = _SPAN.fullmatch(date.strip())
    return f"{day(two[1])} – {day(two[2])}" if two else day(date)
