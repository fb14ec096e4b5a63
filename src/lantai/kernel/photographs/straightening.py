"""A photograph of a sheet made a page: perspective undone, shadows taken out of the paper, colours kept."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyvips

from lantai.kernel.photographs import opening, paper
from lantai.kernel.photographs.finding import FINE, find
from lantai.kernel.photographs.model import WHOLE, Corners, Found, Order, Page, Way
from lantai.kernel.photographs.paper import Size

Floats = npt.NDArray[np.float64]
QUALITY = 82
"""JPEG quality of a page: some 0.6 MB for a letter."""

WHITE = 244.0
"""How bright paper becomes where light was even enough to say so."""

GAIN_MOST = 2.4
_CELLS = 20
"""Cells of the map of light along the longer side."""


def look(path: Path) -> Found:
    """Return where the sheet is in a photograph; ``Invalid`` as :func:`opening.upright`."""
    small, width, height = opening.upright(path, FINE)
    corners, sure = find(small.numpy())
    return Found(width, height, corners, sure)


def seen(path: Path, width: int) -> bytes:
    """Return the photograph itself as a JPEG at most ``width`` pixels wide and high."""
    image, _, _ = opening.upright(path, width)
    return _jpeg(image, 78)


def preview(path: Path, order: Order, most: int) -> bytes:
    """Return how the page will look as a JPEG whose longer side is at most ``most`` pixels."""
    image, _ = _made(path, order, most)
    return _jpeg(image, 78)


def make_page(path: Path, into: Path, order: Order) -> Page:
    """Make the page of a photograph as a JPEG at ``into``: the same photograph and order make the same bytes."""
    image, (size, way) = _made(path, order, paper.MOST)
    into.write_bytes(_jpeg(image, QUALITY))
    return Page(into, size.width, size.height, size.points, way)


def _made(path: Path, order: Order, most: int) -> tuple[pyvips.Image, tuple[Size, Way]]:
    corners, way = _corners(path, order)
    whole, width, height = opening.upright(path, max(_enough(corners, most), FINE if most > FINE else most))
    ratio = paper.proportion(corners, width, height)
    pixels = min(most, paper.longest_side(corners, width, height))
    size = paper.size_of(ratio, pixels, "own" if way == "whole" else order.paper)  # a picture is never pulled
    if most < paper.MOST:
        size = _within(size, most)
    flat = _whole(whole, size) if way == "whole" else _flat(whole, corners, size)
    page = _even(flat) if order.even else flat
    turned = (page.rot90, page.rot180, page.rot270)[order.turn % 4 - 1]() if order.turn % 4 else page
    if order.turn % 2:
        size = Size(size.height, size.width, size.points[::-1])
    return turned, (size, way)


def _corners(path: Path, order: Order) -> tuple[Corners, Way]:
    if order.corners is None:
        found = look(path)
        return (found.corners, "found") if found.sure else (WHOLE, "whole")
    return order.corners, "whole" if order.corners == WHOLE else "given"


def _enough(corners: Corners, most: int) -> int:
    """Return the longer side a picture needs, so that its sheet has ``most`` pixels and a few for the kernel."""
    sides = [max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise(corners)]
    return round(1.15 * most / max(0.2, *sides))


def _within(size: Size, most: int) -> Size:
    scale = min(1.0, most / max(size.width, size.height))
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)), size.points)


def _whole(image: pyvips.Image, size: Size) -> pyvips.Image:
    """Return the picture as it is, in the pixels of its page."""
    return image.resize(size.width / image.width, vscale=size.height / image.height).copy_memory()


def _flat(image: pyvips.Image, corners: Corners, size: Size) -> pyvips.Image:
    """Return the sheet as if seen from right above, in the pixels of its page."""
    to = [
        (0.0, 0.0),
        (float(size.width), 0.0),
        (float(size.width), float(size.height)),
        (0.0, float(size.height)),
    ]
    sheet = [(x * image.width, y * image.height) for x, y in corners]
    a, b, c, d, e, f, g, h = _projection(to, sheet)
    place = pyvips.Image.xyz(size.width, size.height) + 0.5
    x, y = place[0], place[1]
    below = x * g + y * h + 1
    at = ((x * a + y * b + c) / below - 0.5).bandjoin((x * d + y * e + f) / below - 0.5)
    kernel = pyvips.Interpolate.new("bicubic")
    return (
        image.mapim(at, interpolate=kernel, extend="background", background=[255, 255, 255])
        .cast("uchar")
        .copy_memory()
    )


def _projection(here: list[tuple[float, float]], there: list[tuple[float, float]]) -> list[float]:
    """Return the eight numbers of the projection that takes the four points ``here`` to ``there``."""
    rows, right = [], []
    for (x, y), (u, v) in zip(here, there, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return [float(one) for one in np.linalg.solve(np.array(rows, dtype=float), np.array(right, dtype=float))]


def _even(page: pyvips.Image) -> pyvips.Image:
    """Return the page under even light: each place is multiplied by what its paper lacks to white, all colours alike."""
    scale = _CELLS * 8 / max(page.width, page.height)
    grey = page.resize(scale).numpy().astype(float).mean(axis=2)
    light = _light(grey)
    gain = np.clip(WHITE / light, 1.0, GAIN_MOST).astype(np.float32)
    small = pyvips.Image.new_from_array(gain)
    wide = small.resize(page.width / small.width, vscale=page.height / small.height, kernel="cubic")
    return (page * wide).rint().cast("uchar").copy_memory()


def _light(grey: Floats) -> Floats:
    """Return how bright paper is, cell by cell: what most of a cell's brighter pixels have, pictures passed over."""
    rows, columns = max(1, grey.shape[0] // 8), max(1, grey.shape[1] // 8)
    cut = (
        grey[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).swapaxes(1, 2).reshape(rows, columns, 64)
    )
    light: Floats = np.percentile(cut, 88, axis=2)
    paper_light = float(np.percentile(light, 75))
    for _ in range(max(rows, columns)):
        dark = light < 0.42 * paper_light
        if not dark.any():
            break
        light = np.where(dark, _greatest(light), light)
    for _ in range(2):
        light = _blurred(_greatest(light)) if _ == 0 else _blurred(light)
    return np.maximum(light, 1.0)


def _greatest(cells: Floats) -> Floats:
    """Return the greatest of each cell and its eight neighbours."""
    padded = np.pad(cells, 1, mode="edge")
    rows, columns = cells.shape
    shifts = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    found: Floats = np.max(shifts, axis=0)
    return found


def _blurred(cells: Floats) -> Floats:
    padded = np.pad(cells, 1, mode="edge")
    across = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    found: Floats = (across[:-2] + 2 * across[1:-1] + across[2:]) / 4
    return found


def _jpeg(image: pyvips.Image, quality: int) -> bytes:
    data: bytes = image.copy(interpretation="srgb").jpegsave_buffer(
        Q=quality, optimize_coding=True, keep="none"
    )
    return data
