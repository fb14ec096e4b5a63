"""The rule of copies as data: how many, on how many kinds of media, in how many places, checked how often (policy.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lantai.base.home import home
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import Label

BUILTIN = Path(__file__).with_name("policy.toml")
OWN = "copies.toml"
"""The site's own rule, in its folder."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind should have. ``copies`` counts the one in the vault."""

    kind: str
    label: Label
    copies: int
    media: int
    places: int
    check_days: int
    within_hours: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where copies lie, and on what."""

    place: str
    medium: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules by kind; ``here`` is the vault itself."""

    here: Spot
    default: Rule
    rules: Mapping[str, Rule]

    def rule(self, kind: str) -> Rule:
        """Return the rule of a kind, the default one where the kind has none."""
        return self.rules.get(kind, self.default)


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing by a rule: so many copies, kinds of media and places."""

    copies: int = 0
    media: int = 0
    places: int = 0

    def __bool__(self) -> bool:
        return bool(self.copies or self.media or self.places)


def lack(rule: Rule, spots: list[Spot]) -> Lack:
    """Return what is missing when good copies lie at ``spots``, the vault among them."""
    return Lack(
        max(0, rule.copies - len(spots)),
        max(0, rule.media - len({spot.medium for spot in spots})),
        max(0, rule.places - len({spot.place for spot in spots})),
    )


def policy() -> Policy:
    """Return the site's rule: its own ``copies.toml``, else the builtin one.

    ``Invalid("vault.policy.unreadable")`` when its file is not of this form.
    """
    own = home().root / OWN
    path = own if own.is_file() else BUILTIN
    try:
        return _read(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Invalid("vault.policy.unreadable", reason=str(wrong)[:200]) from wrong


def _read(told: Mapping[str, Any]) -> Policy:
    base = told["default"]
    rules = {kind: _rule(kind, {**base, **row}) for kind, row in told.get("kind", {}).items()}
    here = told["here"]
    return Policy(Spot(str(here["place"]), str(here["medium"])), _rule("", base), rules)


def _rule(kind: str, row: Mapping[str, Any]) -> Rule:
    told = [row[name] for name in ("copies", "media", "places", "check_days", "within_hours")]
    if any(not isinstance(one, int) or isinstance(one, bool) or one < 1 for one in told):
        raise ValueError(f"{kind or 'default'}: {told}")
    return Rule(kind, Label(row["zh"], row["en"]), *told)
