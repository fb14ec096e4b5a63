"""Personal data in free text: citizen numbers (GB 11643), telephone and bank card numbers.

Numbers only: names are no secret in a catalogue by themselves. Full-width digits are read like ASCII ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lantai.kernel.hints.model import Confidence, Hint, Places

_FULL_WIDTH = {0xFF10 + n: 0x30 + n for n in range(10)} | {
    0xFF38: 0x58,
    0xFF58: 0x58,
    0x78: 0x58,
    0xFF0D: 0x2D,
}
"""One sign for one sign, so that places in the folded text are places in the text."""

_PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
) | {71, 81, 82, 83}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_BEFORE, _BEHIND = r"(?<![0-9A-Za-z.])", r"(?![0-9A-Za-z])(?!\.[0-9])"

_CITIZEN = re.compile(rf"{_BEFORE}([0-9]{{6}})[ -]?([0-9]{{8}})[ -]?([0-9]{{3}}[0-9X]){_BEHIND}")
_OLD = re.compile(rf"{_BEFORE}([0-9]{{6}})([0-9]{{6}})([0-9]{{3}}){_BEHIND}")
_MOBILE = re.compile(
    rf"{_BEFORE}(?:\+?86[ -]?)?(1(?:3[0-9]|4[0-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])"
    rf"(?:[0-9]{{8}}|[ -][0-9]{{4}}[ -][0-9]{{4}})){_BEHIND}"
)
_LANDLINE = re.compile(
    rf"(?<![0-9A-Za-z.\-])(?:0[1-9][0-9]{{1,2}}[- ]|[(（]0[1-9][0-9]{{1,2}}[)）][ ]?)[2-8][0-9]{{6,7}}{_BEHIND}(?!-[0-9])"
)
_LOCAL = re.compile(r"(?:电话|座机|传真|[Tt]el)[:： .]{0,2}([2-8][0-9]{6,7})(?![0-9A-Za-z])")
_CARD = re.compile(
    rf"{_BEFORE}((?:62|4[0-9]|5[1-5]|35|9[0-9])[0-9]{{2}}(?:[ -]?[0-9]{{4}}){{3}}(?:[ -]?[0-9]{{1,3}})?){_BEHIND}"
)
_TELEPHONE_WORDS = re.compile(r"(?:手机|电话|联系|移动|号码|[Tt]el)[^0-9]{0,8}$")


def citizen_check_digit(first: str) -> str:
    """Return the 18th sign that belongs to the first 17 digits of a citizen number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _CHECK[sum(int(sign) * weight for sign, weight in zip(first, _WEIGHTS, strict=True)) % 11]


def luhn(digits: str) -> bool:
    """Return whether the last digit checks the others (ISO/IEC 7812-1)."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        double = int(sign) * (1 + place % 2)
        total += double // 10 + double % 10
    return total % 10 == 0


def personal_data(key: str, text: str) -> Iterator[Hint]:
    """Yield what looks like personal data in ``text``, the value of the element ``key``; no place twice."""
    folded = text.translate(_FULL_WIDTH)
    taken = Places()
    for find in (_citizens, _cards, _olds, _mobiles, _landlines):
        for start, end, code, confidence in find(folded):
            if taken.take(start, end):
                yield Hint("personal", key, start, end, text[start:end], code, confidence)


Found = Iterator[tuple[int, int, str, Confidence]]


def _citizens(text: str) -> Found:
    for match in _CITIZEN.finditer(text):
        region, day, last = match.groups()
        if int(region[:2]) not in _PROVINCES or not _born(day):
            continue
        if citizen_check_digit(region + day + last[:3]) == last[3]:
            yield *match.span(), "hints.personal.citizen_id", Confidence.STRONG
        else:
            yield *match.span(), "hints.personal.citizen_id_misspelt", Confidence.FAIR


def _olds(text: str) -> Found:
    for match in _OLD.finditer(text):
        region, day, _ = match.groups()
        if int(region[:2]) in _PROVINCES and _born(f"19{day}"):
            yield *match.span(), "hints.personal.citizen_id_old", Confidence.WEAK


def _born(day: str) -> bool:
    try:
        return 1880 <= date(int(day[:4]), int(day[4:6]), int(day[6:])).year <= date.today().year
    except ValueError:
        return False


def _mobiles(text: str) -> Found:
    for match in _MOBILE.finditer(text):
        told = _TELEPHONE_WORDS.search(text[max(0, match.start() - 12) : match.start()])
        yield *match.span(), "hints.personal.mobile", Confidence.STRONG if told else Confidence.FAIR


def _landlines(text: str) -> Found:
    for match in _LANDLINE.finditer(text):
        yield *match.span(), "hints.personal.landline", Confidence.FAIR
    for match in _LOCAL.finditer(text):
        yield *match.span(1), "hints.personal.landline", Confidence.FAIR


def _cards(text: str) -> Found:
    for match in _CARD.finditer(text):
        if luhn(re.sub("[ -]", "", match[1])):
            yield *match.span(1), "hints.personal.bank_card", Confidence.WEAK
