"""All hints about the values of one record."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from lantai.kernel.hints.model import Confidence, Hint
from lantai.kernel.hints.personal import personal_data
from lantai.kernel.hints.secrecy import secrecy_marks
from lantai.kernel.hints.titles import lacking, of_title
from lantai.kernel.hints.words import keywords, persons
from lantai.kernel.recordtypes.dates import read_period

_PROSE = ("title", "subtitle", "parallel_title", "other_title", "abstract", "note", "attachments", "rights")
"""Elements whose text is read for secrecy marks: a mark stands in prose, not in codes."""

_SHORT_YEAR = re.compile(r"([0-9]{2})[.\-/年]([0-9]{1,2})(?:[.\-/月]([0-9]{1,2})日?)?")


def hints_of(
    values: Mapping[str, str],
    *,
    authors: Collection[str] = (),
    terms: Collection[str] = (),
    marked: Collection[str] = (),
    offers: Collection[str] | None = None,
) -> list[Hint]:
    """Return the hints about ``values`` (by element key).

    ``authors`` and ``terms`` are the unit's own 责任者 and 主题词; ``marked`` are keys of elements that are for
    personal data anyway and need no hint. Values are proposed for empty elements only, and only for ``offers``
    (None = any); hints about what stands there come always.
    """
    found: list[Hint] = []
    for key, value in values.items():
        if value.strip() and key not in marked:
            found.extend(personal_data(key, value))
        if value.strip() and key in _PROSE:
            found.extend(secrecy_marks(key, value))
    title = values.get("title", "")
    found.extend(lacking(title, official=values.get("record_form", "") != "" or "关于" in title))
    found.extend(hint for hint in _proposed(values, authors, terms) if _wanted(hint, values, offers))
    return found


def _wanted(hint: Hint, values: Mapping[str, str], offers: Collection[str] | None) -> bool:
    if offers is not None and hint.fills not in offers:
        return False
    had = values.get(hint.fills, "").strip()
    if hint.kind == "date" and had:
        return hint.value != had and (hint.code != "hints.date.title" or hint.value.startswith(had))
    return not had


def _proposed(values: Mapping[str, str], authors: Collection[str], terms: Collection[str]) -> Iterator[Hint]:
    title = values.get("title", "").strip()
    if title:
        told = list(of_title(title, authors=authors))
        yield from told
        yield from persons("title", title)
        # The body that wrote it is no subject of it.
        author = next((hint.end for hint in told if hint.kind == "author"), 0)
        subject = " " * author + title[author:]
        yield from keywords(subject, values.get("abstract", ""), known=terms)
    yield from _date(values)
    yield from _year(values)


def _date(values: Mapping[str, str]) -> Iterator[Hint]:
    """A date without its century, in a record whose year tells it."""
    written, year = values.get("date", "").strip(), values.get("year", "").strip()
    match = _SHORT_YEAR.fullmatch(written)
    if not match or not re.fullmatch(r"[0-9]{4}", year) or match[1] != year[2:]:
        return
    day = year + match[2].rjust(2, "0") + (match[3].rjust(2, "0") if match[3] else "")
    if read_period(day):
        facts = {"year": year, "written": written}
        yield Hint("date", "date", 0, 0, day, "hints.date.century", Confidence.FAIR, "date", facts)


def _year(values: Mapping[str, str]) -> Iterator[Hint]:
    """The year of the date, else that of the document number."""
    period = read_period(values.get("date", ""))
    if period and period.start.year == period.end.year:
        year = str(period.start.year)
        yield Hint("year", "date", 0, 0, year, "hints.year.date", Confidence.FAIR, "year")
        return
    match = re.search(r"[〔\[(（【]((?:19|20)[0-9]{2})[〕\])）】]", values.get("doc_number", ""))
    if match:
        yield Hint(
            "year", "doc_number", *match.span(1), match[1], "hints.year.number", Confidence.WEAK, "year"
        )
