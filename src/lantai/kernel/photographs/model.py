"""What is said of a photograph of a sheet: where its corners are, how it becomes a page, what page it became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lantai.kernel.errors import Invalid

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left, in parts (0 to 1) of width and height of the upright picture."""

WHOLE: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
"""The corners of the picture itself: nothing is straightened."""

Way = Literal["found", "given", "whole"]
"""By which corners a page was made: those that were found, those that somebody gave, those of the picture."""

Paper = Literal["auto", "a4", "a3", "own"]
PAPERS: tuple[Paper, ...] = ("auto", "a4", "a3", "own")

_BEYOND = 0.25
"""How far outside of the picture a corner may be said to lie: a sheet that was not quite taken."""

_LEAST_AREA = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """A photograph as it was looked at: pixels of the upright picture, the corners of its sheet.

    ``corners`` are the most likely ones, or those of the picture where there are none; ``sure`` says that they may
    be relied on without a look.
    """

    width: int
    height: int
    corners: Corners
    sure: bool


@dataclass(frozen=True, slots=True)
class Order:
    """How a photograph becomes a page.

    ``corners`` None: those that are found surely, else the whole picture. ``turn`` counts quarter turns clockwise of the
    page. ``even`` takes shadows out of the paper. ``paper`` ``auto`` is A4 where the proportions are near it, else
    (``own``) the sheet's own proportions.
    """

    corners: Corners | None = None
    turn: int = 0
    even: bool = True
    paper: Paper = "auto"

    def as_json(self) -> dict[str, Any]:
        """Return all fields by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was made: a JPEG at ``path``, its pixels, its size in points, and by which corners (``way``)."""

    path: Path
    width: int
    height: int
    points: tuple[float, float]
    way: Way


def corners_of(told: Sequence[Sequence[float]]) -> Corners:
    """Return four corners that were given; ``Invalid("photographs.corners.wrong")`` unless they enclose a sheet.

    They must go around once, clockwise as they are seen, with no corner bent inwards.
    """
    points = [(float(x), float(y)) for x, y in told]
    inside = all(-_BEYOND <= part <= 1 + _BEYOND for point in points for part in point)
    if len(points) != 4 or not inside or min(_turns(points)) <= 0 or _area(points) < _LEAST_AREA:
        raise Invalid("photographs.corners.wrong")
    first, second, third, fourth = points
    return first, second, third, fourth


def _turns(points: Sequence[Point]) -> list[float]:
    """Return for each corner the cross product of the sides that meet there: positive, it turns clockwise as seen."""
    found = []
    for n in range(len(points)):
        (ax, ay), (bx, by), (cx, cy) = points[n - 1], points[n], points[(n + 1) % len(points)]
        found.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    return found


def _area(points: Sequence[Point]) -> float:
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2
