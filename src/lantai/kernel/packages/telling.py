"""Errors of lower layers told as findings about one file of a package."""

from __future__ import annotations

from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding

_OWN = frozenset({"path", "expected", "found"})


def finding_of(error: LantaiError, path: str) -> Finding:
    """Return ``error`` as a finding about ``path``, with the same code and facts."""
    facts = {name: fact for name, fact in error.facts.items() if name not in _OWN}
    told = error.facts.get("found")
    return Finding(error.code, path, found="" if told is None else str(told), facts=facts)
