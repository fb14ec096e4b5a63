"""Filters for pages: sizes, counts, times, texts of codes; and what is the same on every page. Built in everywhere."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.kernel.texts import advice, catalogue, text

register = template.Library()


class Fixed(template.Node):
    """A piece of a page that only the language changes: made once in each, by every process."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._made: dict[str | None, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        language = get_language()
        if language not in self._made:
            # Nothing of this reader or this request is at hand, so nothing of them can stay.
            self._made[language] = self.nodelist.render(template.Context())
        return self._made[language]


@register.tag
def fixed(parser: Parser, token: Token) -> Fixed:
    """Keep what stands up to ``endfixed``: words to be translated and addresses, of which pages have dozens."""
    nodelist = parser.parse(("endfixed",))
    parser.delete_first_token()
    return Fixed(nodelist)


@register.filter
def size(value: int | None) -> str:
    """Return a number of bytes for people: 12 KB, 3.4 MB, 1.8 GB."""
    amount = float(value or 0)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 1024 or unit == "TB":
            return f"{amount:.0f} {unit}" if amount >= 100 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError


@register.filter
def number(value: int | None) -> str:
    """Return a whole number with thousands separators."""
    return "" if value is None else f"{value:,}"


@register.filter
def moment(value: datetime | None) -> str:
    """Return date and minute in the reader's language, in local time."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    if reader_language() == "zh":
        return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


@register.filter
def short_day(value: date | None) -> str:
    """Return a day of about now without its year."""
    if value is None:
        return ""
    return f"{value.month}月{value.day}日" if reader_language() == "zh" else f"{value.day} {value:%b}"


_DIGEST = re.compile(r"\b([0-9a-f]{6})[0-9a-f]{20,}([0-9a-f]{6})\b")


@register.filter
def brief(value: str) -> str:
    """Return a text with its digests cut to their ends: people compare those; the printed form has the whole."""
    return _DIGEST.sub(r"\1…\2", value)


@register.filter
def percent(value: float | None) -> str:
    """Return a share (0 to 1) in per cent."""
    return "" if value is None else f"{value:.0%}"


@register.filter
def day(value: str) -> str:
    """Return a catalogue date (YYYYMMDD, YYYYMM, YYYY, or anything else as it is) for people."""
    if value.isdigit() and len(value) in {4, 6, 8} and reader_language() == "zh":
        year, month, in_month = value[:4], value[4:6], value[6:8]
        return f"{year}年" + (f"{int(month)}月" if month else "") + (f"{int(in_month)}日" if in_month else "")
    if value.isdigit() and len(value) == 8:
        return f"{value[:4]}-{value[4:6]}-{value[6:]}"
    return value


@register.filter
def ago(value: datetime | None) -> str:
    """Return how long ago something was, in the largest unit that is at least one."""
    if value is None:
        return ""
    seconds = int((timezone.now() - value).total_seconds())
    if seconds < 60:
        return _("刚刚")
    if seconds < 3600:
        return _("%(n)d 分钟前") % {"n": seconds // 60}
    if seconds < 86400:
        return _("%(n)d 小时前") % {"n": seconds // 3600}
    return _("%(n)d 天前") % {"n": seconds // 86400}


@register.filter
def coded(told: dict[str, Any]) -> str:
    """Return the sentence of a kept problem ``{"code", "facts"}``; a code of another release stays a code."""
    if told["code"] not in catalogue():
        return str(told["code"])
    return text(told["code"], reader_language(), **told["facts"])


@register.filter
def coded_advice(told: dict[str, Any]) -> str:
    """Return what was kept and what to do about a kept problem, or ""."""
    if told["code"] not in catalogue():
        return ""
    return advice(told["code"], reader_language(), **told["facts"])


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """Return ``mapping[key]``, or "" when there is none."""
    return mapping.get(key, "")
