"""What arranging gives and handing over takes: numbered items of closed classes, with their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantai.desk.filing import KeptFile


@dataclass(frozen=True, slots=True)
class ArrangedVolume:
    """A 案卷 of a closed class: its 档号 and its values by element key (``ref`` and ``title`` among them)."""

    urn: str
    ref: str
    type: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ArrangedItem:
    """A 件 of a closed class: its 档号, its values by element key (``ref`` among them), the files it is made of.

    ``captures`` are the numbers of the captures it was formed from, in their order; ``volume`` is what it lies in
    where its class is arranged by volume.
    """

    urn: str
    ref: str
    type: str
    title: str
    values: Mapping[str, str]
    files: tuple[KeptFile, ...]
    captures: tuple[str, ...]
    volume: ArrangedVolume | None = None
