"""Filters that put entries of the ledger into words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.ledger.queries import Told
from lantai.site.happenings import happening as told_by

register = template.Library()
_NUMBER = re.compile(r"\d{4}-\d{4,}")


@register.filter
def happening(entry: Told) -> str:
    """Return the sentence of an entry in the reader's language."""
    return told_by(entry, reader_language())


@register.filter
def who(username: str, names: Mapping[str, str]) -> str:
    """Return the shown name of who acted; ``names`` maps user names of accounts to theirs."""
    return {"system": _("系统"), "public": _("公众")}.get(username) or names.get(username) or username


@register.filter
def transfer_number(entry: Told) -> str:
    """Return the number of the transfer that an entry is about, or ""."""
    told = str(entry.data.get("number", "")) if entry.act.startswith("ingest.transfer.") else ""
    return told if _NUMBER.fullmatch(told) else ""
