"""Findings as rows keep them: JSON, told again as they were found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantai.kernel.findings import Finding, Severity


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


def read(kept: Mapping[str, Any]) -> Finding:
    """Return the finding of :func:`told`."""
    return Finding(**{**kept, "severity": Severity(kept["severity"])})
