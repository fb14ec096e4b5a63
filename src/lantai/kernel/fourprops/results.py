"""How check functions are registered and how they put their outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.fourprops.evidence import Evidence
from lantai.kernel.fourprops.model import Item, Outcome, Result

Check = Callable[[Evidence, Item], Result]
CHECKS: dict[str, Check] = {}

FINDINGS_LIMIT = 1000
"""Findings one item keeps; the evidence tells how many there were."""


def check(name: str) -> Callable[[Check], Check]:
    """Register the decorated function as ``name``, which schemes refer to."""

    def register(function: Check) -> Check:
        if name in CHECKS:
            raise RuntimeError(f"two checks are called {name}")
        CHECKS[name] = function
        return function

    return register


def judged(findings: Iterable[Finding], **evidence: Fact) -> Result:
    """Fail by an error, warn by a warning, else pass."""
    found = tuple(findings)
    severities = {finding.severity for finding in found}
    if Severity.ERROR in severities:
        outcome = Outcome.FAIL
    else:
        outcome = Outcome.WARN if Severity.WARNING in severities else Outcome.PASS
    kept = sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)[:FINDINGS_LIMIT]
    return Result(outcome, tuple(kept), {**evidence, "findings": len(found)} if found else evidence)


def open_question(outcome: Outcome, code: str, found: str = "", **facts: Fact) -> Result:
    """Return a manual, not applicable or "could not check" result with its reason as information."""
    return Result(outcome, (Finding(code, found=found, severity=Severity.INFO, facts=facts),))


def not_applicable(code: str) -> Result:
    """Return that the item does not apply, with the reason."""
    return open_question(Outcome.NOT_APPLICABLE, code)


def manual(code: str, found: str = "", **facts: Fact) -> Result:
    """Return that a person decides, with the reason."""
    return open_question(Outcome.MANUAL, code, found, **facts)


def unchecked(code: str, found: str = "", **facts: Fact) -> Result:
    """Return that the item could not be checked, with the reason."""
    return open_question(Outcome.ERROR, code, found, **facts)


def at_most(result: Result, outcome: Outcome, *reasons: Finding) -> Result:
    """Return ``result`` with the weaker ``outcome`` and its reasons, unless it failed already."""
    findings = (*result.findings, *reasons)[: FINDINGS_LIMIT + len(reasons)]
    worse = result.outcome if result.outcome is Outcome.FAIL else outcome
    return Result(worse, findings, result.evidence)
