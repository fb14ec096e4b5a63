"""Reference codes (档号) by DA/T 13-2022, DA/T 22-2015 and the legacy rule; the rules are data."""

from __future__ import annotations

from lantai.kernel.refcodes.checks import check_code, retention_name
from lantai.kernel.refcodes.codes import Gap, compose, gaps, parse
from lantai.kernel.refcodes.loader import load_rules
from lantai.kernel.refcodes.model import Place, RefCode, Rule, Rules

__all__ = [
    "Gap",
    "Place",
    "RefCode",
    "Rule",
    "Rules",
    "check_code",
    "compose",
    "gaps",
    "load_rules",
    "parse",
    "retention_name",
]
