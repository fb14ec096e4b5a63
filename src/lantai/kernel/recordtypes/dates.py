"""Dates as archives write them: DA/T 18-2022 YYYYMMDD, shorter when unknown, spans, conjectures in [ ]."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

_TIME = re.compile(r"[T\s]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$")
_DAY_FORMS = (
    re.compile(r"(\d{4})(\d{2})?(\d{2})?"),
    re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?"),
    re.compile(r"(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})[日号])?)?"),
)
_SPAN_MARKS = re.compile(r"至|到|~|—+|–|--|/|-")
_EXIF = re.compile(r"(\d{4}):(\d{2}):(\d{2})(?=\s|$)")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?")
_HAN_CLOCK = re.compile(r"(?:(\d+)(?:小时|时))?(?:(\d+)(?:分钟|分))?(?:(\d+(?:\.\d+)?)秒)?")
_ISO_CLOCK = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


@dataclass(frozen=True, slots=True)
class Day:
    """A day, month (``day`` 0) or year (``month`` 0)."""

    year: int
    month: int = 0
    day: int = 0

    @property
    def first(self) -> date:
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        month = f"{self.month:02}" if self.month else ""
        return f"{self.year:04}{month}{f'{self.day:02}' if self.day else ''}"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` to ``end`` (the same for one date); ``conjectured`` when written in [ ]."""

    start: Day
    end: Day
    conjectured: bool = False

    def __str__(self) -> str:
        text = str(self.start) if self.start == self.end else f"{self.start}-{self.end}"
        return f"[{text}]" if self.conjectured else text


@lru_cache(maxsize=1 << 16)
def read_period(text: str) -> Period | None:
    """Return what ``text`` says, or None when it is no date.

    Accepts YYYY, YYYYMM, YYYYMMDD (00 for an unknown month or day), ISO 8601, 2026年11月22日, with a time of
    day that is dropped, spans of these with - / ~ — 至, and any of them whole in [ ] (conjectured).
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    conjectured = plain.startswith("[") and plain.endswith("]")
    if conjectured:
        plain = plain[1:-1].rstrip("?").strip()
    day = _read_day(plain)
    if day is not None:
        return Period(day, day, conjectured)
    for mark in _SPAN_MARKS.finditer(plain):
        start, end = _read_day(plain[: mark.start()]), _read_day(plain[mark.end() :])
        if start is not None and end is not None:
            return Period(start, end, conjectured)
    return None


def _read_day(text: str) -> Day | None:
    plain = "".join(_TIME.sub("", text.strip()).split())
    for form in _DAY_FORMS:
        found = form.fullmatch(plain)
        if found:
            parts = [part for part in found.groups() if part is None or part.isdecimal()]
            return _day(*(int(part or 0) for part in parts))
    return None


def _day(year: int, month: int = 0, day: int = 0) -> Day | None:
    if day and not month:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return Day(year, month, day)


def read_moment(text: str) -> str | None:
    """Return the ISO 8601 form of a time stamp (or the YYYYMMDD form of a bare date), None when it is none.

    Accepts ISO 8601 with or without zone, a blank for the T, and Exif's ``2026:11:22 10:00:00``.
    """
    plain = _EXIF.sub(r"\1-\2-\3", unicodedata.normalize("NFKC", text).strip(), count=1)
    if ":" in plain:
        try:
            return datetime.fromisoformat(plain.replace("/", "-")).isoformat()
        except ValueError:
            return None
    period = read_period(plain)
    return str(period) if period else None


def read_duration(text: str) -> str | None:
    """Return HH:MM:SS (with a fraction where given) for 1:02:03, 02:03, 12分30秒, PT12M30S; else None."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    clock = _CLOCK.fullmatch(plain)
    spelled = _HAN_CLOCK.fullmatch(plain) or _ISO_CLOCK.fullmatch(plain)
    found = clock or spelled
    if found is None or not any(found.groups()):
        return None
    hours, minutes, seconds = (part or "0" for part in found.groups())
    if clock and clock[3] is None:
        hours, minutes, seconds = "0", hours, minutes
    return _clock(int(hours), int(minutes), float(seconds))


def _clock(hours: int, minutes: int, seconds: float) -> str:
    whole = hours * 3600 + minutes * 60 + int(seconds)
    fraction = f"{seconds % 1:.3f}"[1:].rstrip("0").rstrip(".")
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}"
