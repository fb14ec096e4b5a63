"""Dates of messages (RFC 5322 and what mailers write instead) as ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ZONES = {
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
}
_ZONES |= {"pst": -8, "pdt": -7, "bst": 1, "cet": 1, "cest": 2, "jst": 9, "hkt": 8}
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_ZONE = r"\s*(?P<zone>[A-Za-z]{1,5}(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{1,2}:?\d{2})?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?:[^\W\d]{{2,9}}\.?\s*,?\s*)?(?P<day>\d{{1,2}})[\s-]+(?P<month>[A-Za-z]{{3}})[a-z]*[\s,-]+"
        rf"(?P<year>\d{{2,4}})(?:\s+at)?\s*,?\s+{_CLOCK}{_ZONE}\b.*",
        rf"(?:[^\W\d]{{2,9}}\.?\s*,?\s*)?(?P<month>[A-Za-z]{{3}})[a-z]*\s+(?P<day>\d{{1,2}}),?\s+"
        rf"(?:(?P<late>)(?P<year>\d{{4}})(?:\s+at)?,?\s+)?{_CLOCK}(?:\s+(?P<end>\d{{4}}))?{_ZONE}\b.*",
        rf"(?P<year>\d{{4}})[-/年](?P<month>\d{{1,2}})[-/月](?P<day>\d{{1,2}})日?[\sT]\s*"
        rf"(?:[（(]?星期.[)）]?\s*)?{_CLOCK}{_ZONE}.*",
    )
)


def normalised(stated: str) -> tuple[str, bool]:
    """Return the date as ISO 8601 ("" when it is none) and whether it tells its offset from UTC.

    Two-digit years: below 50 are of this century, as RFC 5322 has it. CST is read as North American, which the
    RFC fixes; a mailer that means China writes +0800.
    """
    plain = " ".join(stated.split())[:200]
    for form in _FORMS:
        match = form.fullmatch(plain)
        told = _read(match) if match else None
        if match and told:
            offset = _offset(match["zone"] or "")
            return (_zoned(told, offset), True) if offset is not None else (told.isoformat(), False)
    return "", False


def _zoned(told: datetime, offset: timedelta) -> str:
    return told.replace(tzinfo=timezone(offset)).isoformat()


def _read(match: re.Match[str]) -> datetime | None:
    parts = match.groupdict()
    year = parts["year"] or parts.get("end") or ""
    month = parts["month"]
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    if not year or not number:
        return None
    full = int(year) if len(year) == 4 else int(year) + (2000 if len(year) == 2 and int(year) < 50 else 1900)
    try:
        return datetime(
            full,
            number,
            int(parts["day"]),
            int(parts["hour"]),
            int(parts["minute"]),
            int(parts["second"] or 0),
        )
    except ValueError:
        return None


def _offset(zone: str) -> timedelta | None:
    match = re.fullmatch(r"([A-Za-z]*)(?:([+-])(\d{1,2}):?(\d{2})?)?", zone)
    if not zone or not match or (match[1] and match[1].lower() not in _ZONES):
        return None
    hours = _ZONES.get(match[1].lower(), 0) if match[1] else 0
    shift = timedelta(hours=hours)
    if match[2]:
        more = timedelta(hours=int(match[3]), minutes=int(match[4] or 0))
        shift += -more if match[2] == "-" else more
    return shift if abs(shift) <= timedelta(hours=15) else None
