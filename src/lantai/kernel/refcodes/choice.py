"""Which rule composes the 档号 of a record: by its type, its year, and what its 全宗 does otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from lantai.kernel.errors import NotFound
from lantai.kernel.refcodes.loader import load_rules
from lantai.kernel.refcodes.model import Rules, Span


def choose(
    spans: Iterable[Span],
    year: int,
    *,
    level: str = "item",
    fonds: str = "",
    category: str = "",
    rules: Rules | None = None,
) -> Span:
    """Return the span that holds in ``year``: an override of the 全宗, else the first of the type's ``spans``.

    ``category`` is the code of the type (``WS``); an override without category is for all of them.
    NotFound("refcodes.rule.unchosen") when no rule is said for that year and level.
    """
    known = rules or load_rules()
    for override in known.overrides:
        mine = override.fonds == fonds and override.category in {"", category}
        if mine and override.span.holds(year, level):
            return override.span
    for span in spans:
        if span.holds(year, level):
            return span
    raise NotFound("refcodes.rule.unchosen", type=category, year=year, level=level)
