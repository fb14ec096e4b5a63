"""Findings as rows keep them: JSON, told again as they were found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.texts import advice


def told(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON data."""
    return {
        "code": finding.code,
        "path": finding.path,
        "expected": finding.expected,
        "found": finding.found,
        "severity": finding.severity.value,
        "facts": dict(finding.facts),
    }


def advised(finding: Finding, language: str) -> str:
    """Return what a finding says with what to do about it, in ``zh`` or ``en``."""
    facts = {"path": finding.path, "expected": finding.expected, "found": finding.found, **finding.facts}
    then = advice(finding.code, language, **facts)
    return (" " if language == "en" else "").join(filter(None, (finding.message(language), then)))


def read(kept: Mapping[str, Any]) -> Finding:
    """Return the finding of :func:`told`."""
    return Finding(**{**kept, "severity": Severity(kept["severity"])})
