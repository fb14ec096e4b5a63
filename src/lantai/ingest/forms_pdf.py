"""The official forms of a transfer as PDF: check report, register, receipt."""

from __future__ import annotations

from lantai.checks.queries import RunView
from lantai.ingest.models import Transfer


def check_report(row: Transfer, report: RunView) -> bytes:
    """Return the 四性检测报告."""
    raise NotImplementedError
