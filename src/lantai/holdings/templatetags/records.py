"""Filters for pages that show records."""

from __future__ import annotations

from django import template

from lantai.base.errors import reader_language
from lantai.holdings import words
from lantai.holdings.addresses import record_address
from lantai.holdings.forms import Asked
from lantai.holdings.queries import RecordView, labelled

register = template.Library()


@register.filter
def address(record: RecordView) -> str:
    """Return the address of a record's page."""
    return record_address(record.ref, record.urn)


@register.filter
def type_label(code: str) -> str:
    """Return the name of a record type."""
    return labelled("type", code)


@register.filter
def term(record: RecordView, key: str) -> str:
    """Return the value of a coded column (``retention``, ``open_status``) in the reader's language."""
    return labelled(key, getattr(record, key), record.type)


@register.filter
def open_tone(status: str) -> str:
    """Return the tone of an open status' tag."""
    return words.open_tone(status)


@register.filter
def when(date: str) -> str:
    """Return a catalogue date or a span of two (``19610225-19610923``) for people."""
    return words.span(date)


@register.filter
def year_of(year: int | None) -> str:
    """Return a year for people."""
    if not year:
        return ""
    return f"{year}年" if reader_language() == "zh" else str(year)


@register.simple_tag
def place(asked: Asked, **changes: str | int | None) -> str:
    """Return the address of another place of the fonds page, seen from ``asked``."""
    told = asked.query(**changes)
    return f"?{told}" if told else ""
