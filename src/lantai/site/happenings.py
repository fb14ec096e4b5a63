"""Entries of the ledger in words: one sentence per act and language, from ``acts.toml``."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from lantai.ledger.queries import Told
from lantai.people import queries as people


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return the sentences of every act by its name."""
    return tomllib.loads((Path(__file__).parent / "acts.toml").read_text("utf-8"))


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "…"


def happening(entry: Told, language: str) -> str:
    """Return what ``entry`` tells, in ``zh`` or ``en``; an act without words (of another release) by its name."""
    words = sentences().get(entry.act)
    if words is None:
        return entry.act
    facts = _Facts({name: _shown(name, value) for name, value in entry.data.items()})
    return string.Formatter().vformat(words[language], (), facts)


def _shown(name: str, value: Any) -> str:
    if name == "role":
        return gettext(people.role_labels().get(str(value), str(value)))
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
