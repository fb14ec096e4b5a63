"""What a harvester asks: a verb with its arguments, read strictly as the protocol says (section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lantai.exchange.oai.errors import Refused
from lantai.exchange.oai.sets import place_of
from lantai.holdings.queries import Place, Span

ARGUMENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (
        frozenset({"metadataPrefix"}),
        frozenset({"from", "until", "set", "resumptionToken"}),
    ),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
}
"""Verb → required and optional arguments; ``resumptionToken`` is exclusive."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that fits the protocol."""

    verb: str
    arguments: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return an argument, "" when it was not given."""
        return self.arguments.get(name, "")


def read(pairs: Iterable[tuple[str, list[str]]]) -> Asked:
    """Return what is asked; ``badVerb`` and ``badArgument`` for what the protocol does not know."""
    told = dict(pairs)
    verbs = told.pop("verb", [])
    if len(verbs) != 1 or verbs[0] not in ARGUMENTS:
        raise Refused("badVerb", "The verb is missing, repeated or unknown.")
    required, optional = ARGUMENTS[verbs[0]]
    for name, values in told.items():
        if name not in required | optional:
            raise Refused("badArgument", f"{verbs[0]} takes no argument {name[:60]!r}.")
        if len(values) != 1 or not values[0] or "\0" in values[0]:
            raise Refused("badArgument", f"The argument {name} is empty or repeated.")
    if "resumptionToken" in told:
        if len(told) > 1:
            raise Refused("badArgument", "resumptionToken is an exclusive argument.")
    elif missing := required - set(told):
        raise Refused("badArgument", f"{verbs[0]} needs the argument {min(missing)}.")
    return Asked(verbs[0], {name: values[0] for name, values in told.items()})


def place_and_span(asked: Asked) -> tuple[Place, Span]:
    """Return which records are asked for: of a set, changed between ``from`` and ``until`` (both inclusive)."""
    since, until = asked.get("from"), asked.get("until")
    if since and until and len(since) != len(until):
        raise Refused("badArgument", "from and until differ in granularity.")
    first, last = _moment("from", since), _moment("until", until)
    if first and last and first > last:
        raise Refused("badArgument", "from is later than until.")
    if last:
        last += timedelta(days=1) if len(until) == 10 else timedelta(seconds=1)
    return place_of(asked.get("set")), Span(first, last)


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    if not (_DAY.fullmatch(text) or _SECOND.fullmatch(text)) or not text.isascii():
        raise Refused("badArgument", f"{name} is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ.")
    try:
        moment = datetime.fromisoformat(text.rstrip("Z")).replace(tzinfo=UTC)
    except ValueError as broken:
        raise Refused("badArgument", f"{name} is a moment that no calendar has.") from broken
    if not 1 < moment.year < 9999:
        raise Refused("badArgument", f"{name} lies outside of the calendar.")
    return moment
