"""The tone in which an open status is shown, and coded values in the reader's language."""

from __future__ import annotations

from lantai.base.errors import reader_language
from lantai.holdings.models import OPEN, UNREVIEWED
from lantai.kernel.recordtypes import Element, RecordType

TONES = {OPEN: "ok", UNREVIEWED: ""}


def spoken(kind: RecordType, element: Element, value: str) -> str:
    """Return ``value`` as the vocabulary of ``element`` says it in the reader's language."""
    vocabulary = kind.vocabulary(element)
    term = vocabulary.term(value) if vocabulary else None
    return term.label[reader_language()] if term else value


def open_tone(status: str) -> str:
    """Return the tone of the tag of an open status: ``ok`` open, "" not reviewed, ``wait`` kept closed."""
    return TONES.get(status, "wait")
