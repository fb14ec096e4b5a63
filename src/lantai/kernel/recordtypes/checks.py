"""Checks of the values of one record against its type; each is one item of DA/T 70-2018.

Every check takes values by element key and returns findings whose ``path`` is the record's 档号. A value that
one check cannot read is that check's finding only: the others pass over it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache

from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes.characters import MILD, named, printable, strange
from lantai.kernel.recordtypes.dates import Period, read_duration, read_moment, read_period
from lantai.kernel.recordtypes.model import Element, RecordType
from lantai.kernel.recordtypes.subkinds import foreign, subkind, unasked
from lantai.kernel.recordtypes.values import BASE64, NUMBERS, URI, canonical, normalise, pieces, read_size

Values = Mapping[str, str]

SHOWN = 60
"""Code points of a found value that a finding repeats."""


def validate(
    type: RecordType,
    values: Values,
    stage: str,
    *,
    level: str = "item",
    scope: str = "record",
    today: date | None = None,
) -> list[Finding]:
    """Return all findings on ``values`` at ``stage`` (GD, YJ, CQ), mandatory elements first."""
    return [
        *check_required(type, values, stage, level=level, scope=scope),
        *check_length(type, values),
        *check_kind(type, values),
        *check_vocabulary(type, values),
        *check_sense(type, values, today=today),
        *check_characters(type, values),
    ]


def check_required(
    type: RecordType, values: Values, stage: str, *, level: str = "item", scope: str = "record"
) -> list[Finding]:
    """Items 2-3 and 2-4: mandatory elements that are absent, empty, or made mandatory by another's value.

    Codes: ``recordtypes.element.missing`` (no such key, 2-3), ``recordtypes.value.empty`` (2-4),
    ``recordtypes.value.conditional`` (2-4). Elements that are only advised at the stage give warnings; an
    element with a default gives none, nor one that its template fills, nor one of a sub-kind that the record is
    not known to be of.
    """
    found: list[Finding] = []
    others = unasked(type, values)
    meant: dict[str, str] | None = None
    for element in type.of_scope(scope):
        wanted = stage in element.required or stage in element.advised
        if (
            not wanted
            or element.default
            or element.key in others
            or level not in element.levels
            or values.get(element.key, "").strip()
        ):
            continue
        if element.templates:
            meant = meant if meant is not None else normalise(type, values)
            if meant.get(element.key):
                continue
        code = "recordtypes.value.empty" if element.key in values else "recordtypes.element.missing"
        severity = Severity.ERROR if stage in element.required else Severity.WARNING
        found.append(_finding(code, element, values, severity=severity, stage=stage))
    return found + list(_conditional(type, values))


def _conditional(type: RecordType, values: Values) -> Iterator[Finding]:
    meant: dict[str, str] | None = None
    for condition in type.conditions:
        if condition.when not in values:
            continue
        meant = meant if meant is not None else normalise(type, values)
        given = meant.get(condition.when, "")
        if given not in condition.values:
            continue
        for key in condition.needs:
            if not meant.get(key, "").strip():
                element, cause = type.element(key), type.element(condition.when)
                yield _finding(
                    "recordtypes.value.conditional",
                    element,
                    values,
                    when=cause.label.zh,
                    when_en=cause.label.en,
                    value=given,
                )


def check_length(type: RecordType, values: Values) -> list[Finding]:
    """Item 1-2: values with more code points than ``max_length``."""
    return [
        _finding(
            "recordtypes.value.long",
            element,
            values,
            str(element.max_length),
            str(len(piece)),
            text=_shown(piece),
        )
        for element, piece in _each(type, values)
        if element.max_length and len(piece) > element.max_length
    ]


def check_kind(type: RecordType, values: Values) -> list[Finding]:
    """Item 1-3: values that are not written as their kind, or do not match the pattern of their element."""
    found: list[Finding] = []
    for element, piece in _each(type, values):
        code = _kind_code(type, element, piece)
        if code:
            hint = element.pattern_hint
            found.append(_finding(code, element, values, hint.zh, _shown(piece), expected_en=hint.en))
    return found


def _kind_code(type: RecordType, element: Element, piece: str) -> str:
    """Return the code of what is wrong with the form of ``piece``, or ""."""
    if element.vocabulary:
        return ""
    text = canonical(type, element, piece)
    readable, code = _FORMS.get(element.kind, (None, ""))
    if readable is not None and not readable(text):
        return code
    if element.pattern and not _pattern(element.pattern).fullmatch(text):
        return "recordtypes.value.pattern"
    return ""


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _read_by(reader: Callable[[str], object]) -> Callable[[str], bool]:
    return lambda text: reader(text) is not None


_FORMS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "integer": (_matches(NUMBERS["integer"]), "recordtypes.integer.unreadable"),
    "number": (_matches(NUMBERS["number"]), "recordtypes.number.unreadable"),
    "year": (_matches(NUMBERS["year"]), "recordtypes.year.unreadable"),
    "digits": (_matches(NUMBERS["digits"]), "recordtypes.digits.unreadable"),
    "date": (_read_by(read_period), "recordtypes.date.unreadable"),
    "moment": (_read_by(read_moment), "recordtypes.moment.unreadable"),
    "duration": (_read_by(read_duration), "recordtypes.duration.unreadable"),
    "size": (_read_by(read_size), "recordtypes.size.unreadable"),
    "base64": (
        lambda text: BASE64.fullmatch("".join(text.split())) is not None,
        "recordtypes.base64.unreadable",
    ),
    "uri": (_matches(URI), "recordtypes.uri.unreadable"),
}


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def check_vocabulary(type: RecordType, values: Values) -> list[Finding]:
    """Item 1-4: values outside a closed vocabulary. Codes and older spellings (Y, D30) are inside."""
    found: list[Finding] = []
    for element, piece in _each(type, values):
        vocabulary = type.vocabulary(element)
        if vocabulary is None or not vocabulary.closed:
            continue
        if vocabulary.term(canonical(type, element, piece)) is None:
            expected = " ".join(term.value for term in vocabulary.terms)
            found.append(_finding("recordtypes.value.outside", element, values, expected, _shown(piece)))
    return found


def check_sense(type: RecordType, values: Values, *, today: date | None = None) -> list[Finding]:
    """Item 1-5: values that are well written and cannot be true.

    A year before the element's minimum or after ``today`` (default: the day of the call), a date after it, a
    span that ends before it starts, a number out of bounds (pages ≤ 0); as warnings a date outside the 年度,
    a term that was abolished before it (长期 after 2006) and an element that the record's sub-kind does not have.
    """
    now = today or date.today()
    found: list[Finding] = []
    for element, piece in _each(type, values):
        text = canonical(type, element, piece)
        if element.vocabulary:
            found.extend(_term_sense(type, element, text, values))
        elif element.kind in {"date", "moment"}:
            period = read_period(text)
            if period is not None:
                found.extend(_date_sense(type, element, period, values, now))
        elif element.kind in {"integer", "number", "year"}:
            found.extend(_number_sense(element, text, values, now))
    return found + check_subkind(type, values)


def check_subkind(type: RecordType, values: Values) -> list[Finding]:
    """Return as warnings the elements with a value that the sub-kind of the record does not have, in form order."""
    kind = subkind(type, values)
    return [
        _finding(
            "recordtypes.value.foreign",
            element,
            values,
            found=_shown(values[element.key]),
            severity=Severity.WARNING,
            subkind=kind.label.zh,
            subkind_en=kind.label.en,
        )
        for element in (foreign(type, values) if kind else ())
        if kind is not None
    ]


def _number_sense(element: Element, text: str, values: Values, today: date) -> Iterator[Finding]:
    readable, _ = _FORMS[element.kind]
    if not readable(text):
        return
    number = float(text)
    if element.minimum is not None and number < element.minimum:
        yield _finding("recordtypes.number.low", element, values, f"{element.minimum:g}", text)
    if element.maximum is not None and number > element.maximum:
        yield _finding("recordtypes.number.high", element, values, f"{element.maximum:g}", text)
    if element.kind == "year" and number > today.year and not element.future:
        yield _finding("recordtypes.year.future", element, values, str(today.year), text)


def _date_sense(
    type: RecordType, element: Element, period: Period, values: Values, today: date
) -> Iterator[Finding]:
    text = str(period)
    if period.end.last < period.start.first:
        yield _finding("recordtypes.date.reversed", element, values, found=text)
        return
    if element.minimum is not None and period.start.year < element.minimum:
        yield _finding("recordtypes.date.early", element, values, f"{element.minimum:g}", text)
    if period.end.first > today and not element.future:
        yield _finding("recordtypes.date.future", element, values, f"{today:%Y%m%d}", text)
    yearly = type.by_key.get(element.within)
    year = canonical(type, yearly, values.get(element.within, "")) if yearly else ""
    if re.fullmatch(r"[0-9]{4}", year) and not period.start.year <= int(year) <= period.end.year:
        yield _finding(
            "recordtypes.date.outside_year", element, values, year, text, severity=Severity.WARNING
        )


def _term_sense(type: RecordType, element: Element, text: str, values: Values) -> Iterator[Finding]:
    vocabulary = type.vocabulary(element)
    term = vocabulary.term(text) if vocabulary else None
    year = values.get("year", "").strip()
    if term and term.until and re.fullmatch(r"[0-9]{4}", year) and int(year) > term.until:
        yield _finding(
            "recordtypes.term.abolished",
            element,
            values,
            str(term.until),
            term.value,
            severity=Severity.WARNING,
        )


def check_characters(type: RecordType, values: Values) -> list[Finding]:
    """Item 1-6: characters that no value should have, see :func:`strange`: one finding per value and code."""
    found: list[Finding] = []
    for key, value in values.items():
        element = type.by_key.get(key)
        if element is None or not value:
            continue
        codes: dict[str, list[str]] = {}
        lines = element.kind == "longtext" or element.repeat
        for character, code in strange(value, type.allowed_characters, type.forbidden_characters, lines):
            codes.setdefault(code, []).append(named(character))
        for code, names in codes.items():
            severity = Severity.WARNING if code in MILD else Severity.ERROR
            shown = " ".join(dict.fromkeys(names[:5]))
            found.append(_finding(code, element, values, found=shown, severity=severity, text=_shown(value)))
    return found


def _each(type: RecordType, values: Values) -> Iterator[tuple[Element, str]]:
    """Yield every single non-empty value of a known element."""
    for key, value in values.items():
        element = type.by_key.get(key)
        if element is not None and value:
            for piece in pieces(element, value):
                yield element, piece


def _shown(value: str) -> str:
    return printable(value if len(value) <= SHOWN else value[: SHOWN - 1] + "…")


def _finding(
    code: str,
    element: Element,
    values: Values,
    expected: str = "",
    found: str = "",
    severity: Severity = Severity.ERROR,
    **facts: Fact,
) -> Finding:
    told: dict[str, Fact] = {
        "key": element.key,
        "label": element.label.zh,
        "label_en": element.label.en,
        "number": element.number,
        **facts,
    }
    return Finding(code, values.get("ref", ""), expected, found, severity, told)
