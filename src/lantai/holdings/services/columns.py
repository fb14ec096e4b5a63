"""What lists, trees and filters need of a description, as columns; one place for describing and revising."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lantai.base.home import home
from lantai.holdings.models import UNREVIEWED
from lantai.kernel import refcodes
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import site_rules

_DIGITS = re.compile("[0-9]+")
_REMEMBERED = 100_000
_PAD = 8

COLUMNS = ("title", "author", "doc_number", "date", "year", "retention", "open_status", "pages")
"""Columns of a record that repeat elements of the same key."""


def columns(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns named in :data:`COLUMNS` for normalised ``values``; unreadable numbers are None."""
    year, pages = values.get("year", ""), values.get("pages", "")
    return {
        "title": values.get("title", ""),
        "author": values.get("author", ""),
        "doc_number": values.get("doc_number", "")[:200],
        "date": values.get("date", "")[:40],
        "year": number(year) if len(year) == 4 else None,
        "retention": values.get("retention", "")[:10],
        "open_status": (values.get("open_status") or UNREVIEWED)[:10],
        "pages": number(pages) if len(pages) < 9 else None,
    }


def number(text: str) -> int | None:
    """Return the number that ``text`` is, None when it has anything but the digits 0 to 9."""
    return int(text) if text.isascii() and text.isdecimal() else None


def sort_key(ref: str) -> str:
    """Return a text that sorts numbers inside the code by value: runs of digits are padded to eight."""
    head, joint, last = ref.rpartition("-")
    if last.isascii() and last.isdecimal():  # as nearly all: what stands before is that of the one before
        return f"{_padded(head)}{joint}{last.rjust(_PAD, '0')}"[:250]
    return _padded(ref)[:250]


@lru_cache(maxsize=10_000)
def _padded(text: str) -> str:
    return _DIGITS.sub(lambda digits: digits[0].rjust(_PAD, "0"), text)


def own_rules() -> refcodes.Rules:
    """Return the reference-code rules of this site."""
    own = home().types
    return site_rules(own if own.is_dir() else None)


class SeriesCodes:
    """The 类别号 of 档号, remembered: codes that differ only in their last number lie in one series."""

    def __init__(self) -> None:
        self._rules = own_rules()
        self._known: dict[tuple[str, int, str], str] = {}

    def of(self, ref: str, type: str, level: str) -> str:
        """Return the series of ``ref``; ``type`` for an old or foreign code, which is kept as it is."""
        head, _, last = ref.rpartition("-")
        if not (last.isascii() and last.isdecimal()):
            return self._series(ref, type, level)
        asked = (head, len(last), level)
        if asked not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[asked] = self._series(ref, "", level)
        return self._known[asked] or type

    def _series(self, ref: str, type: str, level: str) -> str:
        try:
            found = refcodes.parse(ref, self._rules, level="file" if level == "file" else "item")
        except Invalid:
            return type
        return found.series[:120] or type
