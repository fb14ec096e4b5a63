"""Photographs at the desk: the workers of this process that open them, and what a form says of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.photographs import PAPERS, WHOLE, Corners, Darkroom, Order, Paper, corners_of

MOST = 60
"""Photographs of one document."""

AS_IT_IS = "whole"


@cache
def darkroom() -> Darkroom:
    """Return the workers of this process: they stay, as pages come one by one, and end with it."""
    return Darkroom()


os.register_at_fork(after_in_child=darkroom.cache_clear)


@dataclass(frozen=True, slots=True)
class Finish:
    """How all pages of a document are made: on which paper, and ``plain`` where light is left as it was."""

    paper: Paper = "auto"
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph of a document that is not filed yet: the id of its upload, and how it becomes a page.

    ``corners`` is "" (as they are found), ``whole`` (not straightened) or eight numbers, parts of width and height
    from the top left clockwise; ``turn`` counts quarter turns clockwise.
    """

    upload: str
    corners: str = ""
    turn: int = 0

    def order(self, finish: Finish) -> Order:
        """Return how it becomes a page; ``Invalid("photographs.corners.wrong")`` for what is no such corners."""
        return Order(corners_from(self.corners), self.turn % 4, not finish.plain, finish.paper)


@dataclass(frozen=True, slots=True)
class Taken:
    """A photograph that came: the name its telephone gave it, where it lies (it is given away), how it becomes a page."""

    name: str
    path: Path
    order: Order


def corners_from(text: str) -> Corners | None:
    """Return the corners that a form says, None for those that are found."""
    if not text:
        return None
    if text == AS_IT_IS:
        return WHOLE
    try:
        parts = [float(part) for part in text.replace(",", " ").split()]
    except ValueError as problem:
        raise Invalid("photographs.corners.wrong") from problem
    if len(parts) != 8 or not all(-1 < part < 2 for part in parts):
        raise Invalid("photographs.corners.wrong")
    return corners_of(list(zip(parts[::2], parts[1::2], strict=True)))


def corners_text(corners: Corners) -> str:
    """Return corners as a form says them."""
    return " ".join(f"{part:.4f}" for point in corners for part in point)


def paper_from(text: str) -> Paper:
    """Return the paper that a form says, ``auto`` for any other word."""
    return next((paper for paper in PAPERS if paper == text), "auto")
