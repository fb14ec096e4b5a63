"""Straight edges in a small grey picture, as lines that know on which side it is brighter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_INK = 3
"""Pixels: dark strokes up to twice as wide are closed."""

_DEGREES = 360
_SPREAD = 5
"""Degrees to either side of its slope for which a pixel votes."""

_BIN = 1.5
_LINES = 7
_EDGES = 0.12
"""About so many of the pixels vote, the steepest."""

_LEAST_SLOPE, _MOST_SLOPE = 0.7, 1.6
"""How steep a pixel must be to vote, whatever the rest of the picture is like."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines ``normal · point = offset``: unit normals (n, 2) to the brighter side, offsets (n,) in pixels."""

    normals: Floats
    offsets: Floats


def closed(grey: Floats) -> Floats:
    """Return the picture without thin dark strokes, a little smoothed; straight edges of paper stay where they are."""
    wide = 2 * _INK + 1
    padded = np.pad(grey, wide, mode="edge")
    for extreme in (np.maximum, np.minimum):
        for axis in (0, 1):
            length = padded.shape[axis]
            whole = np.pad(padded, [(_INK, _INK) if n == axis else (0, 0) for n in (0, 1)], mode="edge")
            cuts = [np.take(whole, range(n, n + length), axis=axis) for n in range(wide)]
            padded = extreme.reduce(cuts)
    return smoothed(padded[wide:-wide, wide:-wide], 2)


def smoothed(grey: Floats, times: int) -> Floats:
    """Return the picture blurred ``times`` with the kernel 1 2 1 along both axes."""
    for _ in range(times):
        padded = np.pad(grey, 1, mode="edge")
        across = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
        grey = (across[:-2] + 2 * across[1:-1] + across[2:]) / 4
    return grey


def sampled(grey: Floats, points: Floats) -> Floats:
    """Return the values at ``points`` (…, 2 as x, y) between pixels; outside those of the nearest."""
    height, width = grey.shape
    x = np.clip(points[..., 0], 0, width - 1.001)
    y = np.clip(points[..., 1], 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, low = x - left, y - top
    flat = grey.ravel()
    at = top * width + left
    upper = flat[at] * (1 - right) + flat[at + 1] * right
    lower = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    found: Floats = upper * (1 - low) + lower * low
    return found


def lines_of(grey: Floats) -> tuple[Lines, Lines, Lines, Lines]:
    """Return the strongest lines that may be the left, top, right and bottom side of something bright."""
    votes = _votes(grey)
    left, top, right, bottom = (_peaks(votes, grey.shape, middle) for middle in (0, 90, 180, 270))
    return left, top, right, bottom


def _votes(grey: Floats) -> Floats:
    """Return the votes of all edge pixels: (degrees of the normal, offset in bins from minus the diagonal)."""
    down, right = np.gradient(grey)
    dy, dx = np.asarray(down, dtype=float), np.asarray(right, dtype=float)
    steep = np.hypot(dx, dy)
    ridge = _ridge(steep, dx, dy)
    least = min(_MOST_SLOPE, max(_LEAST_SLOPE, float(np.quantile(steep, 1 - _EDGES)) * 0.6))
    y, x = np.nonzero(ridge & (steep > least))
    slope = steep[y, x]
    height, width = grey.shape
    reach = int(np.hypot(height, width) / _BIN) + 2
    votes = np.zeros(_DEGREES * 2 * reach)
    weight = np.minimum(slope / (3 * least), 1.0)
    straight = np.degrees(np.arctan2(dy[y, x], dx[y, x]))
    for off in range(-_SPREAD, _SPREAD + 1):
        degree = np.rint(straight + off).astype(np.intp) % _DEGREES
        angle = np.radians(degree)
        offset = np.rint((x * np.cos(angle) + y * np.sin(angle)) / _BIN).astype(np.intp) + reach
        votes += np.bincount(degree * 2 * reach + offset, weight * (1 - abs(off) / (_SPREAD + 2)), votes.size)
    table = votes.reshape(_DEGREES, 2 * reach)
    beside = np.pad(table, ((0, 0), (1, 1)))
    found: Floats = (beside[:, :-2] + 2 * table + beside[:, 2:]) / 4
    return found


def _ridge(steep: Floats, dx: Floats, dy: Floats) -> npt.NDArray[np.bool_]:
    """Return where the slope is steeper than on both sides along its direction: edges one pixel wide."""
    height, width = steep.shape
    length = np.maximum(steep, 1e-9)
    rows, columns = np.mgrid[0:height, 0:width].astype(float)
    way = np.stack([dx / length, dy / length], axis=2)
    here = np.stack([columns, rows], axis=2)
    return (steep >= sampled(steep, here + way)) & (steep > sampled(steep, here - way))


def _peaks(votes: Floats, shape: tuple[int, ...], middle: int) -> Lines:
    """Return the strongest lines whose normal is within 45 degrees of ``middle``, each a place of its own."""
    degrees = np.arange(middle - 45, middle + 46) % _DEGREES
    part = votes[degrees].copy()
    reach = part.shape[1] // 2
    normals: list[tuple[float, float]] = []
    offsets: list[float] = []
    least = 0.045 * min(shape[:2])
    while len(normals) < _LINES:
        place, offset = np.unravel_index(int(part.argmax()), part.shape)
        if part[place, offset] < least:
            break
        angle = np.radians(float(degrees[place]))
        normals.append((float(np.cos(angle)), float(np.sin(angle))))
        offsets.append((float(offset) - reach) * _BIN)
        near = slice(max(0, int(place) - 5), int(place) + 6)
        part[near, max(0, int(offset) - 4) : int(offset) + 5] = 0
    return Lines(np.array(normals).reshape(-1, 2), np.array(offsets))
