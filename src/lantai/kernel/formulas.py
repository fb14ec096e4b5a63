"""Cells that no spreadsheet takes for formulas, and the way back: CSV injection, undone exactly.

A cell is disarmed by a ``'`` before it, as spreadsheets mark text. A text that begins with such marks and then
a formula's sign gets one more, too, so that what was written comes back whatever it was.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_DISARMED = re.compile("''*[=+\\-@\t\r\n＝＋－＠]")


def disarmed(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet takes for a formula.

    Spreadsheets set to Chinese or Japanese take the full-width signs for formulas, too.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def armed(cell: str) -> str:
    """Return the text of which :func:`disarmed` made ``cell``."""
    return cell[1:] if cell.startswith("'") and _DISARMED.match(cell) else cell
