"""Find and replace in chosen elements, as an operation of a bulk edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lantai.kernel.errors import Invalid

Spans = tuple[tuple[int, int], ...]

REACH = 100
"""Signs that ``*`` stands for at most."""

STARS = 5
LONGEST = 500

_WIDE = {**{0xFF01 + n: 0x21 + n for n in range(94)}, 0x3000: 0x20}
_TOKENS = re.compile(r"\\[?*\\]|[?*]|[^?*\\]+|\\")
_SEPARATOR = re.compile("；")


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace ``find`` by ``put`` in the elements ``keys``.

    ``how``: "inside" anywhere, "word" not inside a longer word or number of Latin signs, "whole" the whole
    value (each of several). ``wildcards``: ``?`` one sign, ``*`` up to 100, the nearest end counts, ``\\`` before
    either means itself. ``folded``: case and full/half width do not matter. No regular expressions: the time
    grows with the text alone, whatever a person types.
    """

    find: str
    put: str
    keys: tuple[str, ...]
    how: Literal["inside", "word", "whole"] = "inside"
    wildcards: bool = False
    folded: bool = True

    def check(self) -> None:
        """Raise ``Invalid("catalogue.replace.…")`` when there is nothing to look for, or too much."""
        if len(self.find) > LONGEST or len(self.put) > LONGEST:
            raise Invalid("catalogue.replace.long", limit=LONGEST)
        segments = _segments(self.find, self.wildcards)
        if not self.keys or not any(pattern for pattern in segments):
            raise Invalid("catalogue.replace.empty")
        if len(segments) > STARS + 1:
            raise Invalid("catalogue.replace.stars", limit=STARS)

    def apply(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the elements that change, with their new values."""
        changed: dict[str, str] = {}
        for key in self.keys:
            text = values.get(key, "")
            hits = self.hits(text) if text else []
            if hits:
                changed[key] = self._put(text, hits)
        return changed

    def marks(self, values: Mapping[str, str]) -> dict[str, Spans]:
        """Return the hits in each element that changes."""
        found = {key: tuple(self.hits(values.get(key, ""))) for key in self.keys}
        return {key: spans for key, spans in found.items() if spans}

    def told(self) -> dict[str, str]:
        """Return it as data, for the plan's head."""
        return {
            "verb": "replace",
            "keys": "；".join(self.keys),
            "find": self.find,
            "put": self.put,
            "how": self.how,
            "wildcards": "1" if self.wildcards else "",
            "folded": "1" if self.folded else "",
        }

    def hits(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of ``text`` that would be replaced, in order, none overlapping another."""
        seen = _fold(text) if self.folded else text
        segments = _compiled(_fold(self.find) if self.folded else self.find, self.wildcards)
        if self.how == "whole":
            return [span for span in _pieces(text) if _is_whole(segments, seen, *span)]
        return list(_search(segments, seen, words=self.how == "word"))

    def _put(self, text: str, hits: list[tuple[int, int]]) -> str:
        made, at = [], 0
        for start, end in hits:
            made += [text[at:start], self.put]
            at = end
        return "".join([*made, text[at:]])


def _fold(text: str) -> str:
    """Return ``text`` in half width and lower case, sign for sign, so that places stay the same."""
    narrow = text.translate(_WIDE)
    lower = narrow.lower()
    if len(lower) == len(narrow):
        return lower
    return "".join(one if len(one := sign.lower()) == 1 else sign for sign in narrow)


def _segments(find: str, wildcards: bool) -> list[str]:
    """Return the patterns between the stars of ``find``; none of them repeats anything."""
    if not wildcards:
        return [re.escape(find)]
    segments = [""]
    for token in _TOKENS.findall(find):
        if token == "*":
            segments.append("")
        elif token == "?":
            segments[-1] += "."
        else:
            plain = token[1:] if len(token) > 1 and token[0] == "\\" else token
            segments[-1] += re.escape(plain)
    return segments


@lru_cache(maxsize=64)
def _compiled(find: str, wildcards: bool) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.DOTALL) for pattern in _segments(find, wildcards))


def _search(segments: tuple[re.Pattern[str], ...], text: str, *, words: bool) -> Iterator[tuple[int, int]]:
    parts = [segment for segment in segments if segment.pattern]
    at = 0
    while (first := parts[0].search(text, at)) is not None:
        end: int | None = first.end()
        for part in parts[1:]:
            found = part.search(text, end, end + REACH + len(part.pattern)) if end is not None else None
            end = found.end() if found and end is not None and found.start() <= end + REACH else None
        if end is None or (words and not _is_word(text, first.start(), end)):
            at = first.start() + 1
            continue
        yield first.start(), end
        at = end


def _is_word(text: str, start: int, end: int) -> bool:
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, at: int) -> bool:
    """Return whether Latin letters or digits stand on both sides of the place ``at``."""
    return 0 < at < len(text) and _latin(text[at - 1]) and _latin(text[at])


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _pieces(text: str) -> list[tuple[int, int]]:
    """Return the spans of the single values in ``text``."""
    spans, at = [], 0
    for mark in _SEPARATOR.finditer(text):
        spans.append((at, mark.start()))
        at = mark.end()
    return [(start, end) for start, end in (*spans, (at, len(text))) if start < end]


def _is_whole(segments: tuple[re.Pattern[str], ...], text: str, start: int, end: int) -> bool:
    if len(segments) == 1:
        return segments[0].fullmatch(text, start, end) is not None
    first, *middle, last = segments
    begun = first.match(text, start, end)
    if begun is None:
        return False
    at = begun.end()
    for part in middle:
        found = part.search(text, at, end)
        if found is None:
            return False
        at = found.end()
    return any(last.fullmatch(text, place, end) for place in _last_places(last, at, end))


def _last_places(last: re.Pattern[str], at: int, end: int) -> range:
    """Return where the last segment can begin: its length is fixed, at most that of its pattern."""
    return range(max(at, end - len(last.pattern)), end + 1)
