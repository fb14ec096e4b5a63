"""Laying the sides of a sheet exactly: where along each side paper becomes ground, and the line through most of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lantai.kernel.photographs.edges import sampled

Floats = npt.NDArray[np.float64]

_SAMPLES = 160
_REACHES = (18, 8)
"""Pixels to either side of what is known so far, pass by pass."""

_WIDE = 4
"""Pixels on each side of an edge whose brightness is compared."""

_NEAR = 2.5
"""Pixels by which a place may miss its line."""

_TRIES = 80


def laid(grey: Floats, corners: Floats) -> tuple[Floats, list[float], float]:
    """Return the corners (4, 2) with every side laid anew, the share of each side that lies on its line, and the
    median step of brightness from ground to paper.

    Sides are left, top, right, bottom. A side that is not found stays as it was, with the share 0.
    """
    shares, contrast = [0.0] * 4, 0.0
    for reach in _REACHES:
        lines, shares, steps = [], [], []
        for n in range(4):
            line, share, step = _side(grey, corners[n - 1], corners[n], reach)
            lines.append(line)
            shares.append(share)
            steps.append(step)
        moved = np.array([_cross(lines[n], lines[(n + 1) % 4]) for n in range(4)])
        if not np.isfinite(moved).all() or np.abs(moved - corners).max() > 3 * reach:
            return corners, [0.0] * 4, 0.0
        corners, contrast = moved, float(np.median(steps))
    return corners, shares, contrast


def _side(grey: Floats, start: Floats, end: Floats, reach: int) -> tuple[tuple[Floats, Floats], float, float]:
    """Return two points of the line along which paper ends, the share of places on it, and their median step."""
    along = (end - start) / max(1e-9, float(np.hypot(*(end - start))))
    inward = np.array(
        (-along[1], along[0])
    )  # clockwise around the sheet, y downwards: paper lies to the right
    parts = np.linspace(0.03, 0.97, _SAMPLES)
    base = start + parts[:, np.newaxis] * (end - start)
    offsets = np.arange(-reach - _WIDE, reach + _WIDE + 1)
    points = base[:, np.newaxis] + offsets[np.newaxis, :, np.newaxis] * inward
    values = _together(sampled(grey, points))
    sums = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    count = 2 * reach + 1
    after = sums[:, _WIDE + 1 + _WIDE :][:, :count] - sums[:, _WIDE + 1 :][:, :count]
    before = sums[:, _WIDE:][:, :count] - sums[:, :count]
    steps = (after - before) / _WIDE
    height, width = grey.shape
    found = steps.argmax(axis=1)
    step = steps[np.arange(_SAMPLES), found]
    away = found - float(reach) + _between(steps, found)
    edge = base + away[:, np.newaxis] * inward
    inside = ((edge >= 1) & (edge <= (width - 2, height - 2))).all(axis=1)
    usable = inside & (step > max(2.5, 0.2 * float(np.median(step))))
    if usable.sum() < _SAMPLES // 4:
        return (start, end), 0.0, 0.0
    slope, middle, near = _line(parts[usable], away[usable])
    ends = [point + (middle + slope * part) * inward for point, part in ((start, 0.0), (end, 1.0))]
    return (ends[0], ends[1]), near / _SAMPLES, float(np.median(step[usable]))


def _together(values: Floats) -> Floats:
    """Return each profile averaged with its neighbours along the side."""
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    found: Floats = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return found


def _between(steps: Floats, found: npt.NDArray[np.intp]) -> Floats:
    """Return by how much of a pixel the top of a parabola through the greatest step and its neighbours is off."""
    last = steps.shape[1] - 1
    inner = np.clip(found, 1, last - 1)
    rows = np.arange(len(found))
    left, top, right = steps[rows, inner - 1], steps[rows, inner], steps[rows, inner + 1]
    bend = left - 2 * top + right
    off = np.where(bend < -1e-9, 0.5 * (left - right) / np.where(bend < -1e-9, bend, -1.0), 0.0)
    return np.where(found == inner, np.clip(off, -0.5, 0.5), 0.0)


def _line(parts: Floats, away: Floats) -> tuple[float, float, int]:
    """Return slope and offset of the line that most places are near, and how many: tried through pairs, then fitted."""
    count = len(parts)
    first = (np.arange(_TRIES) * 7919) % count
    second = (first + count // 3 + (np.arange(_TRIES) * 104729) % max(1, count // 3)) % count
    span = parts[second] - parts[first]
    good = np.abs(span) > 0.15
    slopes = (away[second] - away[first])[good] / span[good]
    middles = away[first][good] - slopes * parts[first][good]
    missing = np.abs(away - slopes[:, np.newaxis] * parts - middles[:, np.newaxis])
    best = int((missing < _NEAR).sum(axis=1).argmax())
    near = missing[best] < _NEAR
    slope, middle = float(slopes[best]), float(middles[best])
    for _ in range(3):
        if near.sum() < 8:
            break
        slope, middle = (float(one) for one in np.polyfit(parts[near], away[near], 1))
        near = np.abs(away - slope * parts - middle) < _NEAR
    return slope, middle, int(near.sum())


def _cross(one: tuple[Floats, Floats], two: tuple[Floats, Floats]) -> Floats:
    """Return where two lines cross, not a number where they do not."""
    (a, b), (c, d) = one, two
    r, s = b - a, d - c
    across = r[0] * s[1] - r[1] * s[0]
    if abs(across) < 1e-9:
        return np.array((np.nan, np.nan))
    part = ((c - a)[0] * s[1] - (c - a)[1] * s[0]) / across
    found: Floats = a + part * r
    return found
