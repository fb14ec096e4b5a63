"""Finding a sheet in a photograph: the four straight edges at which paper becomes something else.

Thin ink is closed first, so that lines of text are no edges. Edges vote for lines (a Hough transform in which every
pixel votes with the direction of its slope, so that a line knows on which side the paper is); lines make quadrangles;
each is judged by the step from paper to ground along its sides, coarsely first, then its sides are laid exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from lantai.kernel.photographs.edges import Lines, closed, lines_of, sampled, smoothed
from lantai.kernel.photographs.model import WHOLE, Corners
from lantai.kernel.photographs.sides import laid

Floats = npt.NDArray[np.float64]
FINE = 1536
"""Pixels of the longer side at which sides are laid."""

_COARSE = 4
"""The search is done at this part of it."""

_LEAST_AREA = 0.10
_MARGIN = 0.03
_STEP = 5.0
"""Pixels, in the coarse picture, between a side and where paper and ground are compared."""

_SAMPLES = 40
_LEAST_CONTRAST = 4.0
_SURE_SIDE, _SURE_MEAN, _SURE_CONTRAST, _SURE_AREA = 0.80, 0.88, 7.0, 0.14
_RIVAL = 0.05
"""Another quadrangle whose score is so near makes it unsure which is the sheet."""


@dataclass(frozen=True, slots=True)
class _Quads:
    """Quadrangles, best first: corners (n, 4, 2) in pixels, their scores, the worst and the mean share of their sides."""

    corners: Floats
    scores: Floats
    worst: Floats
    mean: Floats


def find(pixels: npt.NDArray[np.uint8]) -> tuple[Corners, bool]:
    """Return the corners of the sheet in a picture (height, width, 3) and whether they are sure.

    The corners of the picture itself, and False, where nothing like a sheet is seen.
    """
    white, grey = pixels.min(axis=2).astype(float), pixels.mean(axis=2)
    best: tuple[float, Floats, bool] | None = None
    for ground, weight in ((white, 1.0), (grey, 0.97), (255.0 - grey, 0.8)):
        judged = _judged(ground)
        if judged is None:
            continue
        score, corners, sure = judged
        if best is None or (sure, score * weight) > (best[2], best[0]):
            best = (score * weight, corners, sure and weight > 0.9)
    if best is None:
        return WHOLE, False
    height, width = white.shape
    parts = np.clip((best[1] + 0.5) / (width, height), -_MARGIN, 1 + _MARGIN)
    first, second, third, fourth = ((float(x), float(y)) for x, y in parts)
    return (first, second, third, fourth), best[2]


def _judged(fine: Floats) -> tuple[float, Floats, bool] | None:
    """Return the best quadrangle of one view of the picture: score, corners in its pixels, whether it is sure."""
    rows, columns = fine.shape[0] // _COARSE, fine.shape[1] // _COARSE
    cut = fine[: rows * _COARSE, : columns * _COARSE]
    coarse = closed(cut.reshape(rows, _COARSE, columns, _COARSE).mean(axis=(1, 3)))
    quads = _quadrangles(coarse, lines_of(coarse))
    if quads is None:
        return None
    alone = _alone(quads, coarse.shape)
    tried = []
    for place in range(min(3, len(quads.scores))):
        start = (quads.corners[place] + 0.5) * _COARSE - 0.5
        corners, shares, contrast = laid(smoothed(fine, 2), start)
        tried.append((float(quads.scores[place]) + 0.3 * min(shares), corners, shares, contrast, place))
    score, corners, shares, contrast, place = max(tried, key=lambda one: one[0])
    if not _fitting(corners[np.newaxis], fine.shape)[0]:
        return score - 1, (quads.corners[place] + 0.5) * _COARSE - 0.5, False
    sure = (
        alone
        and min(shares) >= _SURE_SIDE
        and sum(shares) / 4 >= _SURE_MEAN
        and contrast >= _SURE_CONTRAST
        and float(quads.worst[place]) >= 0.7
        and _area(corners[np.newaxis])[0] >= _SURE_AREA * fine.size
    )
    return score, corners, sure


def _quadrangles(coarse: Floats, lines: tuple[Lines, Lines, Lines, Lines]) -> _Quads | None:
    """Return what four lines (left, top, right, bottom) enclose like a sheet, best first; None for nothing."""
    if not all(len(one.normals) for one in lines):
        return None
    picks = np.array(list(product(*(range(len(one.normals)) for one in lines))))
    normals = np.stack([one.normals[picks[:, n]] for n, one in enumerate(lines)], axis=1)
    offsets = np.stack([one.offsets[picks[:, n]] for n, one in enumerate(lines)], axis=1)
    corners = np.stack([_crossings(normals, offsets, n, (n + 1) % 4) for n in range(4)], axis=1)
    fitting = _fitting(corners, coarse.shape)
    corners, normals = corners[fitting], normals[fitting]
    if not len(corners):
        return None
    shares, contrast = _shares(coarse, corners, normals)
    area = _area(corners) / coarse.size
    worst, mean = shares.min(axis=1), shares.mean(axis=1)
    scores = 0.55 * worst + 0.45 * mean + 0.2 * np.sqrt(area) + 0.1 * np.minimum(contrast / 40, 1)
    order = np.argsort(-scores, kind="stable")[:400]
    return _Quads(corners[order], scores[order], worst[order], mean[order])


def _crossings(normals: Floats, offsets: Floats, first: int, second: int) -> Floats:
    """Return where two lines of each pick cross, far away where they never do: (n, 2)."""
    a, b = normals[:, first], normals[:, second]
    across = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    across = np.where(np.abs(across) < 0.2, np.nan, across)
    x = (offsets[:, first] * b[:, 1] - offsets[:, second] * a[:, 1]) / across
    y = (a[:, 0] * offsets[:, second] - b[:, 0] * offsets[:, first]) / across
    return np.nan_to_num(np.stack([x, y], axis=1), nan=-1e6)


def _fitting(corners: Floats, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which quadrangles (top left first, clockwise) lie in the picture, are convex and large enough."""
    height, width = shape[:2]
    span = np.array((width, height), dtype=float)
    inside = ((corners >= -_MARGIN * span) & (corners <= (1 + _MARGIN) * span)).all(axis=(1, 2))
    before, after = np.roll(corners, 1, axis=1), np.roll(corners, -1, axis=1)
    one, two = corners - before, after - corners
    turn = one[:, :, 0] * two[:, :, 1] - one[:, :, 1] * two[:, :, 0]
    sides = np.linalg.norm(two, axis=2)
    square = turn / np.maximum(np.linalg.norm(one, axis=2) * sides, 1e-9)
    opposite = np.minimum(
        sides[:, :2] / np.maximum(sides[:, 2:], 1e-9), sides[:, 2:] / np.maximum(sides[:, :2], 1e-9)
    )
    large = _area(corners) >= _LEAST_AREA * width * height
    across, down = (
        corners[:, 1:3].mean(axis=1) - corners[:, (0, 3)].mean(axis=1),
        corners[:, 2:].mean(axis=1) - corners[:, :2].mean(axis=1),
    )
    large &= (across[:, 0] > 0) & (down[:, 1] > 0)  # else it is seen inside out
    square_enough: npt.NDArray[np.bool_] = (square > 0.6).all(axis=1) & (opposite > 0.4).all(axis=1)
    return square_enough & inside & large


def _area(corners: Floats) -> Floats:
    x, y = corners[:, :, 0], corners[:, :, 1]
    found: Floats = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2
    return found


def _shares(coarse: Floats, corners: Floats, normals: Floats) -> tuple[Floats, Floats]:
    """Return along which share of each side (n, 4) paper steps down to ground, and the median step of all (n,).

    Sides go from the left one: bottom left to top left, then clockwise; normals point to the paper.
    """
    start, end = np.roll(corners, 1, axis=1), corners
    parts = np.linspace(0.04, 0.96, _SAMPLES)[:, np.newaxis]
    points = start[:, :, np.newaxis] * (1 - parts) + end[:, :, np.newaxis] * parts
    away = normals[:, :, np.newaxis] * _STEP
    near = normals[:, :, np.newaxis] * 2.0
    height, width = coarse.shape
    outside = points - away
    known = ((outside >= 0) & (outside <= (width - 1, height - 1))).all(axis=3)
    step = sampled(coarse, points + away) - sampled(coarse, outside)
    sharp = sampled(coarse, points + near) - sampled(coarse, points - near)
    least = np.maximum(_LEAST_CONTRAST, 0.2 * np.median(step, axis=2, keepdims=True))
    hit = known & (step > least) & (sharp > 0.45 * step)
    return hit.mean(axis=2), np.median(step, axis=(1, 2))


def _alone(quads: _Quads, shape: tuple[int, ...]) -> bool:
    """Return whether no other quadrangle, one that is not the same moved a little, is nearly as good."""
    far = np.linalg.norm(quads.corners - quads.corners[0], axis=2).max(axis=1) > 0.05 * float(
        np.hypot(shape[0], shape[1])
    )
    return not bool((far & (quads.scores > quads.scores[0] - _RIVAL) & (quads.worst > 0.6)).any())
