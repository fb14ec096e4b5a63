"""Opening what was brought: its format, whether it can be read, its text, whether it carries malware."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lantai.base.scanner import scanner
from lantai.desk.reading import CHARACTERS
from lantai.kernel.antivirus import Outcome, Scan, scan_many
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats import Examined, Examiner


@cache
def _examiner() -> Examiner:
    """Return the workers of this process: they stay, as documents come one by one, and end with it."""
    return Examiner(characters=CHARACTERS)


os.register_at_fork(after_in_child=_examiner.cache_clear)


def open_all(paths: Sequence[Path]) -> tuple[list[Examined], list[Finding], list[Finding]]:
    """Return what each file is, what refuses it, and what is only told (could not be checked, warnings)."""
    examined = _examiner().examine(paths)
    reasons: list[Finding] = []
    notes: list[Finding] = []
    for place, one in enumerate(examined):
        at = f"components[{place}]"
        seen = one.inspection
        if seen.readable is False:
            reasons.append(Finding("desk.file.unreadable", at, found=one.format.name or one.format.mime))
        for finding in seen.findings:
            refuses = seen.readable is False and finding.severity is Severity.ERROR
            (reasons if refuses else notes).append(replace(finding, path=at))
    for place, scan in enumerate(_scanned(paths)):
        at = f"components[{place}]"
        if scan.outcome is Outcome.INFECTED:
            reasons.append(Finding("desk.file.infected", at, found=scan.name[:80]))
        elif scan.outcome is Outcome.NOT_SCANNED:
            told = Finding("desk.file.not_scanned", at, found=scan.reason[:80], severity=Severity.WARNING)
            notes.append(told)
    return examined, reasons, notes


def _scanned(paths: Sequence[Path]) -> list[Scan]:
    found = scanner()
    return list(scan_many(found, paths)) if found else []
