"""What arranging gives and handing over takes: numbered items of closed classes, with their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantai.desk.filing import KeptFile


@dataclass(frozen=True, slots=True)
class ArrangedItem:
    """A 件 of a closed class: its 档号, its values by element key (``ref`` among them), the files it is made of.

    ``captures`` are the numbers of the captures it was formed from, in their order.
    """

    urn: str
    ref: str
    type: str
    title: str
    values: Mapping[str, str]
    files: tuple[KeptFile, ...]
    captures: tuple[str, ...]
