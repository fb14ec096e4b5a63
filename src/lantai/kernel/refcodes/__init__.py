"""Reference codes (档号) by DA/T 13-2022, DA/T 22-2015 and the legacy rule; the rules are data."""

from __future__ import annotations

from lantai.kernel.refcodes.checks import check_code, retention_name
from lantai.kernel.refcodes.choice import choose
from lantai.kernel.refcodes.codes import Gap, compose, gaps, parse
from lantai.kernel.refcodes.loader import load_rules, read_span
from lantai.kernel.refcodes.model import Override, Place, RefCode, Rule, Rules, Span

__all__ = [
    "Gap",
    "Override",
    "Place",
    "RefCode",
    "Rule",
    "Rules",
    "Span",
    "check_code",
    "choose",
    "compose",
    "gaps",
    "load_rules",
    "parse",
    "read_span",
    "retention_name",
]
