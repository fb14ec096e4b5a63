"""A reference code (档号) taken apart, and the rules it can be written by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FORMS = ("item", "file")
"""按件: 全宗号-类别号-件号; 按卷: 全宗号-类别号-案卷号-件号(页号)."""


@dataclass(frozen=True, slots=True)
class RefCode:
    """The parts of one 档号 as they are written, leading zeros and all; "" where the rule has no such part.

    ``category`` 门类代码, ``subcategories`` its further levels, ``catalogue`` 目录号 (legacy rule).
    ``series`` is the whole 类别号 as written; ``parent_text`` the code of the 案卷 (or 组) it lies in.
    """

    text: str
    rule: str
    fonds: str
    category: str = ""
    subcategories: tuple[str, ...] = ()
    year: str = ""
    retention: str = ""
    function: str = ""
    project: str = ""
    catalogue: str = ""
    file: str = ""
    item: str = ""
    page: str = ""
    series: str = ""
    parent_text: str = ""

    def parent(self) -> str:
        """Return the code of the file level (案卷, 组, 册) it lies in, or ""."""
        return self.parent_text
