"""Kinds of official documents (文种), as data."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TAIL = r"(?:\s*[（(〔\[【][^）)〕\]】]{1,20}[）)〕\]】])?"
"""Brackets behind a title: （试行）, （征求意见稿）."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the ends of its titles, the words of its red head, its last sentences; ``official`` = of the 15."""

    name: str
    endings: tuple[str, ...]
    heads: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()
    way: str = ""
    official: bool = True


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Return all kinds, the fifteen first."""
    told = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text("utf-8"))
    official = [
        Kind(
            row["name"],
            tuple(row.get("endings", (row["name"],))),
            tuple(row.get("heads", ())),
            tuple(row.get("closings", ())),
            row.get("way", ""),
        )
        for row in told["kind"]
    ]
    return (*official, *(Kind(ending, (ending,), official=False) for ending in told["other"]["endings"]))


@cache
def ending_pattern() -> re.Pattern[str]:
    """Return what matches the end of a title: group 1 is the ending."""
    endings = sorted({ending for kind in all_kinds() for ending in kind.endings}, key=len, reverse=True)
    return re.compile(f"({'|'.join(endings)}){TAIL}$")


def of_title(title: str) -> Kind | None:
    """Return the kind that ``title`` ends with, or None."""
    match = ending_pattern().search(title)
    if not match:
        return None
    return next(kind for kind in all_kinds() if match[1] in kind.endings)
