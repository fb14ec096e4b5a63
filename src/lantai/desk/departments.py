"""To which department and year a captured document belongs: what the document itself says, nothing guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from lantai.desk.models import Department

SAYING = ("function", "sender", "author")
"""Elements that may name a department, the surest first: 机构(问题), the sender of a message, the 责任者."""


def year_of(values: Mapping[str, str], received_at: datetime) -> int:
    """Return the year in which a document is to be filed: the one it says, else of its date, else it came in."""
    for told in (values.get("year", ""), values.get("date", "")[:4]):
        if len(told) == 4 and told.isascii() and told.isdigit():
            return int(told)
    return timezone.localtime(received_at).year


def department_of(
    values: Mapping[str, str], unit: str, departments: Iterable[Department]
) -> Department | None:
    """Return the open department that a document names, by its name or code; None where it names none.

    The name of the ``unit`` may stand before it (区民政局移民科). The first element that names one decides.
    """
    named: dict[str, Department] = {}
    for row in departments:
        if row.is_open:
            named |= {_plain(told): row for told in (row.code, row.name, unit + row.name)}
    found = (named.get(_plain(values.get(key, ""))) for key in SAYING)
    return next((row for row in found if row is not None), None)


def _plain(told: str) -> str:
    return "".join(unicodedata.normalize("NFKC", told).casefold().split())
