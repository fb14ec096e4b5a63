"""What a check found. Checks return findings; exceptions mean that a check could not be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lantai.kernel.errors import Fact
from lantai.kernel.texts import text


class Severity(StrEnum):
    """How much a finding weighs: an ``error`` fails the thing checked, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation about one path or reference code.

    ``code`` names a row of a ``texts.toml``; ``path`` is the file, member or 档号 it is about ("" = the
    whole); ``expected`` and ``found`` are short texts for people, "" when they say nothing.
    """

    code: str
    path: str = ""
    expected: str = ""
    found: str = ""
    severity: Severity = Severity.ERROR
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def message(self, language: str = "zh") -> str:
        """Return the sentence a person reads, in ``zh`` or ``en``."""
        return text(
            self.code, language, path=self.path, expected=self.expected, found=self.found, **self.facts
        )

    def as_json(self, language: str = "zh") -> dict[str, str]:
        """Return the document form: code, severity, path, message, expected, found."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "path": self.path,
            "message": self.message(language),
            "expected": self.expected,
            "found": self.found,
        }


def failed(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    """Return whether any of ``findings`` is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
