"""What is told about one letter: hints, each with where and why. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lantai.kernel.errors import Fact
from lantai.kernel.hints import Confidence
from lantai.kernel.texts import text


class Element(StrEnum):
    """The elements of a letter (GB/T 9704-2012, 7), in their order on the page."""

    COPY_NUMBER = "copy_number"
    SECRECY = "secrecy"
    SECRECY_PERIOD = "secrecy_period"
    URGENCY = "urgency"
    ISSUER = "issuer"
    NUMBER = "number"
    SIGNER = "signer"
    TITLE = "title"
    KIND = "kind"
    RECEIVERS = "receivers"
    ANNEX = "annex"
    DATE = "date"
    COPIES = "copies"
    PRINTER = "printer"
    PRINTED = "printed"


FILLS = {
    Element.SECRECY: "security",
    Element.SECRECY_PERIOD: "secrecy_period",
    Element.URGENCY: "precedence",
    Element.ISSUER: "author",
    Element.NUMBER: "doc_number",
    Element.TITLE: "title",
    Element.KIND: "record_form",
    Element.RECEIVERS: "receivers",
    Element.ANNEX: "attachments",
    Element.DATE: "date",
    Element.COPIES: "copy_receivers",
}
"""The element of a record's description (DA/T 46) that an element of the letter proposes a value for."""


@dataclass(frozen=True, slots=True)
class LetterHint:
    """One hint.

    ``value`` is ready for the description: numbers as 云教发〔2024〕15号, dates as YYYYMMDD, lines put together.
    ``page`` and ``line`` (both from 1, 0 = the whole) say where its first line stands in the text given;
    ``written`` is how it stands there. ``code`` is the reason, a row of the texts.
    """

    element: Element
    value: str
    code: str
    confidence: Confidence
    page: int = 0
    line: int = 0
    written: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def fills(self) -> str:
        """Return the key of the description's element, "" when there is none."""
        return FILLS.get(self.element, "")

    def reason(self, language: str = "zh") -> str:
        """Return why, as a person reads it, in ``zh`` or ``en``."""
        told: dict[str, Fact] = {
            "value": self.value,
            "page": self.page,
            "line": self.line,
            "written": self.written,
        }
        return text(self.code, language, **(told | dict(self.facts)))


@dataclass(frozen=True, slots=True)
class Letter:
    """All hints about one letter, in the order of :class:`Element`, the best of an element first."""

    hints: tuple[LetterHint, ...]

    def best(self, element: Element) -> LetterHint | None:
        """Return the best hint about ``element``, or None."""
        return next((hint for hint in self.hints if hint.element is element), None)

    def value(self, element: Element) -> str:
        """Return the value of the best hint about ``element``, or ""."""
        hint = self.best(element)
        return hint.value if hint else ""

    def values(self, element: Element) -> tuple[str, ...]:
        """Return the values of all hints about ``element``: bodies that write together, annexes."""
        return tuple(hint.value for hint in self.hints if hint.element is element)
