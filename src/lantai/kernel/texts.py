"""The words of every coded error and finding, read from the ``texts.toml`` files of all rooms.

A row is ``["code"]`` with ``zh`` and ``en`` (one sentence, ``{name}`` filled from the facts), optionally
``do_zh`` and ``do_en`` (what was kept and what to do now) and ``clause`` (the standard's clause).
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from lantai.kernel.errors import Fact, LantaiError

LANGUAGES = ("zh", "en")


class _Gaps(dict[str, object]):
    """Facts for formatting: a missing one stays visible instead of raising inside an error message."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every row of every ``texts.toml`` below the package, by code; a code defined twice raises."""
    rows: dict[str, Mapping[str, str]] = {}
    for source in sorted(Path(__file__).parent.parent.rglob("texts.toml")):
        for code, row in tomllib.loads(source.read_text("utf-8")).items():
            if code in rows:
                raise RuntimeError(f"{source}: the code {code} is defined twice")
            rows[code] = MappingProxyType(row)
    return MappingProxyType(rows)


def _fill(template: str, facts: Mapping[str, Fact]) -> str:
    return string.Formatter().vformat(template, (), _Gaps(facts))


def text(code: str, language: str = "zh", /, **facts: Fact) -> str:
    """Return the sentence of ``code``; an unknown code is a programming error and raises ``KeyError``."""
    return _fill(catalogue()[code][language], facts)


def advice(code: str, language: str = "zh", /, **facts: Fact) -> str:
    """Return what was kept and what to do now, or ""."""
    return _fill(catalogue()[code].get(f"do_{language}", ""), facts)


def clause(code: str) -> str:
    """Return the clause of the standard that ``code`` comes from, or ""."""
    return catalogue()[code].get("clause", "")


def sentence(error: LantaiError, language: str = "zh") -> str:
    """Return what a person reads about ``error``: what happened, then what to do."""
    said = text(error.code, language, **error.facts)
    then = advice(error.code, language, **error.facts)
    return f"{said}{'' if language == 'zh' else ' '}{then}" if then else said
