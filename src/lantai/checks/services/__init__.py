"""Writes of check runs."""

from lantai.checks.services.runs import record_run, sign_item

__all__ = ["record_run", "sign_item"]
