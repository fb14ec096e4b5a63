"""Lists of the search page that are too long for a template to be quick."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lantai.base.templatetags.lantai import number
from lantai.search.results import Choice

register = template.Library()


@register.filter
def choices(values: Sequence[Choice], here: str) -> SafeString:
    """Return the values of a facet as list items; ``here`` is the address of the search page."""
    return format_html_join(
        "",
        '<li><a href="{0}" hx-get="{0}"{1}><span>{2}</span><small>{3}</small></a></li>',
        (
            (
                f"{here}?{one.query}",
                format_html(' aria-current="true"') if one.chosen else "",
                one.label,
                number(one.count),
            )
            for one in values
        ),
    )
