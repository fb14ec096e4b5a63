"""What the archives wrote when they returned something, as single points: each about a record where it names one."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MARK = r"(?:[（(]\d{1,2}[)）]|\d{1,2}\s*[.、．)）](?!\d)|[一二三四五六七八九十]{1,2}、)"
_LED = re.compile(rf"\s*{_MARK}\s*")
_NEXT = re.compile(rf"(?<=[；;。\s])(?={_MARK})")
_PLACE = re.compile(r"第\s*(\d{1,6})\s*件")
_DOTS = str.maketrans("•‧・･∙", "·····")
_SHORTEST = 6
"""Characters of a title that is long enough to tell which record is meant."""


def points(reason: str) -> list[str]:
    """Return the points of a reason in their order: one a line, or one a number where a line counts several.

    A number before a point is left out (lists are counted anew); a line that ends with a colon leads in the next one.
    """
    found: list[str] = []
    lead = ""
    for line in filter(None, (one.strip() for one in reason.splitlines())):
        if line[-1] in "：:":
            lead += line
            continue
        for part in _NEXT.split(line) if _LED.match(line) else [line]:
            found.append(lead + _LED.sub("", part, count=1).strip(" ；;"))
            lead = ""
    told = [one for one in [*found, lead] if one]
    return list(dict.fromkeys(told)) or [reason.strip()]


def about(text: str, titles: Mapping[str, str]) -> str:
    """Return the 档号 that a text is about, "" when it names none: by 档号, by title, or 第n件 where all are of one class.

    ``titles`` has the title of each 档号.
    """
    said = text.translate(_DOTS)
    named = [ref for ref in titles if ref.translate(_DOTS) in said]
    if not named:
        named = [ref for ref, title in titles.items() if len(title) >= _SHORTEST and title in text]
        longest = max((len(titles[ref]) for ref in named), default=0)
        named = [ref for ref in named if len(titles[ref]) == longest]
        return named[0] if len(named) == 1 else _placed(text, titles)
    return max(named, key=len)


def _placed(text: str, titles: Mapping[str, str]) -> str:
    """Return the 档号 of the n-th item; only where one class is handed over, so that a number means one item."""
    place = _PLACE.search(text)
    if place is None or len({ref.rpartition("-")[0] for ref in titles}) != 1:
        return ""
    return next((ref for ref in titles if _number(ref) == int(place[1])), "")


def _number(ref: str) -> int:
    last = ref.rpartition("-")[2]
    return int(last) if last.isascii() and last.isdecimal() else -1
