"""Dates of letters: 2024年5月6日 and 二〇二四年五月六日, as YYYYMMDD."""

from __future__ import annotations

import re
from datetime import date

_ZH = {sign: number for number, sign in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "O": 0,
    "0": 0,
    "Ｏ": 0,
}
_SMALL = "[一二三四五六七八九十廿卅]"
DAY = (
    r"(?:[12]\d{3}年\d{1,2}月\d{1,2}日"
    rf"|[一二][〇零OＯ0一二三四五六七八九]{{3}}年{_SMALL}{{1,2}}月{_SMALL}{{1,3}}日)"
)
"""A day; a group may be put around it."""
_ARABIC = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_CHINESE = re.compile(r"(.{4})年(.{1,2})月(.{1,3})日")


def read(written: str) -> str:
    """Return a text that matches :data:`DAY` as YYYYMMDD, "" when no calendar has the day."""
    arabic = _ARABIC.fullmatch(written)
    if arabic:
        year, month, day = (int(part) for part in arabic.groups())
    else:
        chinese = _CHINESE.fullmatch(written)
        if chinese is None:
            return ""
        year = int("".join(str(_ZH[sign]) for sign in chinese[1]))
        month, day = _small(chinese[2]), _small(chinese[3])
    try:
        return f"{date(year, month, day):%Y%m%d}"
    except ValueError:
        return ""


def _small(written: str) -> int:
    """Return a Chinese number below 100, 0 when it is none."""
    told = written.replace("廿", "二十").replace("卅", "三十")
    tens, mark, ones = told.partition("十")
    if not mark:
        return _ZH.get(told, 0)
    if (tens and tens not in _ZH) or (ones and ones not in _ZH):
        return 0
    return (_ZH[tens] if tens else 1) * 10 + (_ZH[ones] if ones else 0)
