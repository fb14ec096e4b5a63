"""What a printed form is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lantai.kernel.printing import forms

TITLES = {
    form: forms.TITLES[form]
    for form in ("item_list", "file_list", "inner_list", "card", "fonds_file", "note", "spine", "label")
}
"""The forms that holdings are printed in, and what they are called."""

WIDTHS, PAPERS = forms.WIDTHS, forms.PAPERS


@dataclass(frozen=True, slots=True)
class Options:
    """How notes, spines and labels are made: ``width`` in mm, ``paper``, ``per_box`` items (0 = no limit)."""

    width: int = 30
    paper: str = "a4"
    per_box: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One document: its template and data, and how many records, files or boxes it tells of."""

    template: str
    data: dict[str, Any]
    count: int


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: how many records, files or boxes, in how many documents."""

    count: int
    parts: int
