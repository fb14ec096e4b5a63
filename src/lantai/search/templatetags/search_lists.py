"""Lists of the search page that are too long for a template to be quick."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from django import template
from django.utils.safestring import SafeString, mark_safe

from lantai.base.templatetags.lantai import number
from lantai.holdings import queries as holdings
from lantai.search.queries import Found
from lantai.search.results import Choice

register = template.Library()


@register.filter
def choices(values: Sequence[Choice], here: str) -> SafeString:
    """Return the values of a facet as list items; ``here`` is the address of the search page."""
    return mark_safe("".join(_item(one, escape(f"{here}?{one.query}")) for one in values))


def _item(one: Choice, address: str) -> str:
    """Return one list item as HTML; everything that comes from outside is escaped."""
    chosen = ' aria-current="true"' if one.chosen else ""
    label, count = escape(one.label), escape(number(one.count))
    link = f'<a href="{address}" hx-get="{address}"{chosen}>'
    return f"<li>{link}<span>{label}</span><small>{count}</small></a></li>"


@register.filter
def hits(found: Sequence[Found], query: str) -> SafeString:
    """Return hits as list items; ``query`` goes with the links, so that the record's page marks its words."""
    asked = f"?q={quote(query, safe='')}" if query else ""
    return mark_safe("".join(_hit(one, asked) for one in found))


def _hit(hit: Found, asked: str) -> str:
    """Return one hit as HTML. Title and passages are escaped where their words were marked."""
    one = hit.record
    link = f'<a href="{escape(holdings.record_address(one.ref, one.urn))}{asked}" lang="zh-Hans">'
    where = "".join(
        f'<p class="passage"><span class="where">{escape(place.where)}</span> '
        f'<span lang="zh-Hans">{place.html}</span></p>'
        for place in hit.passages
    )
    at = holdings.span(one.date or str(one.year or ""))
    told = [one.fonds_name, holdings.labelled("type", one.type), *([at] if at else [])]
    status = escape(holdings.labelled("open_status", one.open_status, one.type))
    tag = f'<span class="tag {holdings.open_tone(one.open_status)}">{status}</span>'
    about = "".join(f"<span>{escape(text)}</span>" for text in told)
    return (
        f"<li data-walk>\n<h2>{link}{hit.title_html or escape(one.ref)}</a></h2>\n{where}"
        f'<p class="about"><span class="ref">{escape(one.ref)}</span>{about}{tag}</p></li>'
    )
