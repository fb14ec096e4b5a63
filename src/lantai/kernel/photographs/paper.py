"""The proportions of a sheet, from its corners in a photograph; the pixels and points that its page gets."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lantai.kernel.photographs.model import Corners, Paper

ROOT = math.sqrt(2)
NEAR = 0.065
"""How far (as a logarithm) proportions may be from 1 : √2 and still mean a sheet of the A series; 16K is among them."""

MOST = 3508
"""Pixels of the longer side: A4 at 300 dots per inch."""

A4, A3 = (595.276, 841.89), (841.89, 1190.551)
"""Points."""

_LEAST = 1240


class Size(NamedTuple):
    """A page: pixels, and points."""

    width: int
    height: int
    points: tuple[float, float]


def proportion(corners: Corners, width: int, height: int) -> float:
    """Return height by width of the flat sheet whose corners are these in a picture of that many pixels.

    From the perspective itself, the lens taken to look at the middle of the picture; where the sheet lies nearly
    flat before it, the sides as they are seen say the same and say it better.
    """
    points = [np.array(((x - 0.5) * width, (y - 0.5) * height, 1.0)) for x, y in corners]
    first, second, third, fourth = points
    seen = _seen(points)
    k2 = np.dot(np.cross(first, third), fourth) / np.dot(np.cross(second, third), fourth)
    k3 = np.dot(np.cross(first, third), second) / np.dot(np.cross(fourth, third), second)
    across, down = k2 * second - first, k3 * fourth - first
    if abs(k2 - 1) < 0.02 or abs(k3 - 1) < 0.02:
        return seen
    focal = -(across[0] * down[0] + across[1] * down[1]) / (across[2] * down[2])
    long = max(width, height)
    if not (0.4 * long) ** 2 < focal < (4 * long) ** 2:
        return seen  # no telephone has such a lens: the corners are not exact enough for it
    scale = np.array((1 / focal, 1 / focal, 1.0))
    return float(math.sqrt(np.dot(down * down, scale) / np.dot(across * across, scale)))


def _seen(points: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> float:
    across = _length(points[0], points[1]) + _length(points[3], points[2])
    down = _length(points[0], points[3]) + _length(points[1], points[2])
    return down / across


def _length(
    a: np.ndarray[tuple[int, ...], np.dtype[np.float64]], b: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> float:
    return float(np.hypot(*(a - b)[:2]))


def longest_side(corners: Corners, width: int, height: int) -> float:
    """Return the pixels of the longest side of a sheet in a picture."""
    points = [np.array((x * width, y * height)) for x, y in corners]
    return max(_length(points[n - 1], points[n]) for n in range(4))


def size_of(ratio: float, pixels: float, paper: Paper) -> Size:
    """Return the page for a sheet of proportion ``ratio`` (height by width) that has ``pixels`` along its longest side.

    No more pixels than there are (but never too few to be printed), and no more than 300 dots per inch of A4.
    """
    tall = ratio >= 1
    by = max(ratio, 1 / ratio)
    if paper in {"a4", "a3"} or (paper == "auto" and abs(math.log(by / ROOT)) < NEAR):
        by = ROOT
    ends = A3 if paper == "a3" else A4
    long = round(min(MOST, max(_LEAST, pixels)))
    short = max(1, round(long / by))
    if by != ROOT:
        ends = (round(A4[1] / by, 3), A4[1])
    return Size(short, long, ends) if tall else Size(long, short, ends[::-1])
