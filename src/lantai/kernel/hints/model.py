"""What a hint is. A hint never changes anything: it says what might be so, and why it thinks so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lantai.kernel.errors import Fact
from lantai.kernel.texts import text


class Places:
    """Places of a text that are taken: none is told twice, however many there are."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, start: int, end: int) -> bool:
        """Take the place from ``start`` to ``end``; return False when it overlaps one that is taken."""
        at = bisect_right(self._starts, start)
        if (at and self._ends[at - 1] > start) or (at < len(self._starts) and self._starts[at] < end):
            return False
        self._starts.insert(at, start)
        self._ends.insert(at, end)
        return True


class Confidence(StrEnum):
    """How sure a hint is: proven by form or check digit, likely, possible, or: looked at, and it is none."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint about the value of one element.

    ``kind``        personal | secrecy | keyword | form | number | date | year | person | author | title
    ``key``         the element whose text it was found in; ``start``, ``end`` the place there in code points
                    (0, 0 = the whole value)
    ``value``       the words found, or, where ``fills`` names an element, the value proposed for that element
    ``code``        the reason: a row of the texts, filled from ``facts``
    ``confidence``  see :class:`Confidence`; ``NONE`` says that something only looks like a finding
    """

    kind: str
    key: str
    start: int
    end: int
    value: str
    code: str
    confidence: Confidence
    fills: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def reason(self, language: str = "zh") -> str:
        """Return why, as a person reads it, in ``zh`` or ``en``."""
        return text(self.code, language, value=self.value, **self.facts)
