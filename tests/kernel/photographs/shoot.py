"""Photographs of letters that nobody took: a letter of the sample district on a table, seen by a telephone, by seed.

Every shot knows where the corners of its sheet truly are; the camera is a real one (pinhole), so that proportions are, too.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pypdfium2
import pyvips

from lantai.kernel.photographs import Corners
from lantai.kernel.photographs.finding import FINE, find
from lantai.kernel.photographs.paper import proportion
from lantai.sample.letters import compose
from lantai.sample.material import pdf
from lantai.sample.scans import PDFIUM, generator
from lantai.sample.topics import TOPICS

Pixels = npt.NDArray[np.float32]
WIDTH, HEIGHT = 1200, 1600
COUNT = 60
"""Photographs of which the figures in docs/capture.md are made: six of each kind."""

KINDS = ("wood", "dark", "white", "shadow", "hand", "two", "blurred", "sideways", "exif", "steep")
A4 = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph: its JPEG, the corners of its sheet in the upright picture, the proportion of the sheet."""

    kind: str
    data: bytes
    corners: Corners
    proportion: float


@cache
def letter(number: int) -> Pixels:
    """Return the first page of letter ``number`` as (1754, 1240, 3), 0 to 255."""
    rng = random.Random(f"photographed:{number}")
    made = compose(rng, rng.choice(TOPICS), "云岭区民政局", "云民", 2026, number + 1)
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf(made))
        try:
            return document[0].render(scale=150 / 72).to_numpy()[:, :, 2::-1].astype(np.float32)
        finally:
            document.close()


def shoot(number: int, kind: str = "", paper: tuple[float, float] = A4) -> Shot:
    """Take photograph ``number``; the kinds take turns unless one is said. ``paper`` is in millimetres."""
    kind = kind or KINDS[number % len(KINDS)]
    rng = generator("shot", number, kind)
    picture = _table(rng, kind)
    if kind == "two":
        _lay(picture, letter(5), _seen_by(rng, paper, kind, beside=True), rng, paper)
    seen = _seen_by(rng, paper, kind)
    corners = _lay(picture, letter(number % 4), seen, rng, paper)
    picture *= _light(rng, kind)[:, :, np.newaxis]
    return _developed(picture, corners, rng, kind, paper)


def _seen_by(
    rng: np.random.Generator, paper: tuple[float, float], kind: str, *, beside: bool = False
) -> Pixels:
    """Return the projection (3, 3) from millimetres of the sheet to pixels of the picture."""
    tilt, roll = (
        (rng.uniform(0.30, 0.52) if kind == "steep" else rng.uniform(-0.28, 0.28)),
        rng.uniform(-0.22, 0.22),
    )
    turn = rng.uniform(-0.2, 0.2) + (math.pi / 2 if kind == "sideways" else 0)
    focal = rng.uniform(0.75, 0.95) * HEIGHT
    fills = rng.uniform(0.62, 0.86)
    wide, tall = paper[::-1] if kind == "sideways" else paper
    away = max(focal * tall / (fills * HEIGHT), focal * wide / (fills * WIDTH)) * (1 + 0.35 * abs(tilt))
    pose = _about(0, tilt) @ _about(1, roll) @ _about(2, turn)
    shift = rng.uniform(-0.03, 0.03, 2) * away
    if beside:
        shift += (rng.choice((-1, 1)) * 0.9 * wide, rng.uniform(-0.4, 0.4) * tall)
    flat = np.column_stack([pose[:, 0], pose[:, 1], np.array((*shift, away))])
    middle = np.array(((1, 0, -paper[0] / 2), (0, 1, -paper[1] / 2), (0, 0, 1)))
    lens = np.array(((focal, 0, WIDTH / 2), (0, focal, HEIGHT / 2), (0, 0, 1)))
    return (lens @ flat @ middle).astype(np.float32)


def _about(axis: int, angle: float) -> npt.NDArray[np.float64]:
    c, s = math.cos(angle), math.sin(angle)
    a, b = [(1, 2), (0, 2), (0, 1)][axis]
    made = np.eye(3)
    made[a, a], made[a, b], made[b, a], made[b, b] = c, -s, s, c
    return made


def _table(rng: np.random.Generator, kind: str) -> Pixels:
    tones = {"dark": (52, 50, 55), "white": (214, 215, 212)}
    tone = np.array(tones.get(kind, rng.uniform((120, 80, 45), (190, 140, 95))), dtype=np.float32)
    if kind in tones:
        grain = rng.normal(0, 3, (HEIGHT // 8, WIDTH // 8)).astype(np.float32)
        grain = np.asarray(pyvips.Image.new_from_array(grain).resize(8.5).numpy())[:HEIGHT, :WIDTH]
        return np.repeat(grain[:, :, np.newaxis], 3, axis=2) + tone
    rows = np.cumsum(rng.normal(0, 1.6, HEIGHT)) * 0.35
    wave = np.sin(np.arange(WIDTH) / rng.uniform(90, 200) + rng.uniform(0, 6)) * 14
    at = (np.arange(HEIGHT)[:, np.newaxis] + wave[np.newaxis]).astype(int) % HEIGHT
    fine = rng.normal(0, 5, HEIGHT)
    wood = (rows - rows.mean() + fine)[at].clip(-38, 38)
    boards = (np.arange(HEIGHT)[:, np.newaxis] % 640 < 5) * -45.0 * np.ones((1, WIDTH))
    return (wood + boards)[:, :, np.newaxis].astype(np.float32) * (tone / tone.mean()) + tone


def _lay(
    picture: Pixels, sheet: Pixels, seen: Pixels, rng: np.random.Generator, paper: tuple[float, float]
) -> Corners:
    """Draw a sheet with its shadow on the table; return its corners as parts of the picture."""
    back = np.linalg.inv(seen.astype(float))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64) + 0.5
    w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w
    v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w
    wide, tall = paper
    bow = rng.uniform(
        -1.5, 1.5, 2
    )  # paper never lies quite flat: its sides are bent a little, its corners lie
    u, v = u + bow[0] * np.sin(np.pi * v / tall), v + bow[1] * np.sin(np.pi * u / wide)
    edge = np.minimum(np.minimum(u, wide - u), np.minimum(v, tall - v)) * (WIDTH * 0.75 / wide)
    inside = np.clip(edge + 0.5, 0, 1).astype(np.float32)
    under = pyvips.Image.new_from_array(inside).gaussblur(9).numpy()
    offset = [int(one) for one in rng.integers(3, 12, 2)]
    picture *= 1 - 0.4 * np.roll(under, offset, axis=(0, 1))[:, :, np.newaxis] * (
        1 - inside[:, :, np.newaxis]
    )
    at = np.stack([u / wide * sheet.shape[1] - 0.5, v / tall * sheet.shape[0] - 0.5], axis=2).astype(
        np.float32
    )
    drawn = pyvips.Image.new_from_array(sheet).mapim(pyvips.Image.new_from_array(at), extend="copy").numpy()
    tone = rng.uniform((226, 224, 214), (250, 249, 246)).astype(np.float32) / 255
    picture += (drawn * tone - picture) * inside[:, :, np.newaxis]
    ends = (
        np.array(((0, 0, 1), (wide, 0, 1), (wide, tall, 1), (0, tall, 1)), dtype=float) @ seen.astype(float).T
    )
    points = ends[:, :2] / ends[:, 2:]
    first = int(np.argmin(points.sum(axis=1)))
    turned = np.roll(points, -first, axis=0) / (WIDTH, HEIGHT)
    a, b, c, d = ((float(px), float(py)) for px, py in turned)
    return a, b, c, d


def _light(rng: np.random.Generator, kind: str) -> Pixels:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    along = (x / WIDTH - 0.5) * math.cos(angle) + (y / HEIGHT - 0.5) * math.sin(angle)
    light = 1 - along * (rng.uniform(0.5, 0.8) if kind == "shadow" else rng.uniform(0.05, 0.25))
    if kind == "hand":
        cx, cy = rng.uniform(0.2, 0.8) * WIDTH, rng.uniform(0.75, 1.0) * HEIGHT
        far = np.hypot((x - cx) / (WIDTH * 0.28), (y - cy) / (HEIGHT * 0.35))
        light *= 1 - 0.5 / (1 + np.exp((far - 1) * 14))
    return light * rng.uniform(0.85, 1.0)


def _developed(
    picture: Pixels, corners: Corners, rng: np.random.Generator, kind: str, paper: tuple[float, float]
) -> Shot:
    image = pyvips.Image.new_from_array(picture).gaussblur(
        rng.uniform(2.0, 3.2) if kind == "blurred" else 0.8
    )
    noisy = image.numpy() + rng.normal(0, 9 if kind == "blurred" else 3, (HEIGHT, WIDTH, 1)).astype(
        np.float32
    )
    made = pyvips.Image.new_from_array(np.clip(noisy, 0, 255).astype(np.uint8), interpretation="srgb")
    if kind == "exif":
        made = made.rot270().copy()
        made.set_type(pyvips.GValue.gint_type, "orientation", 6)
    wide, tall = paper[::-1] if kind == "sideways" else paper
    return Shot(kind, made.jpegsave_buffer(Q=86), corners, tall / wide)


def missed(found: Corners, shot: Shot, width: int = WIDTH, height: int = HEIGHT) -> float:
    """Return the mean distance of four corners from the true ones, in parts of the diagonal."""
    away = (np.array(found) - np.array(shot.corners)) * (width, height)
    return float(np.hypot(away[:, 0], away[:, 1]).mean() / np.hypot(width, height))


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in a shot: the mean error of its corners, whether they are said to be sure, how wrong its proportion is."""

    kind: str
    error: float
    sure: bool
    stretched: float


def judged(number: int) -> Judged:
    """Look for the sheet in photograph ``number`` and hold what is found against what is true."""
    shot = shoot(number)
    upright = pyvips.Image.new_from_buffer(shot.data, "").autorot()
    corners, sure = find(upright.resize(FINE / max(upright.width, upright.height)).numpy())
    ratio = proportion(corners, WIDTH, HEIGHT)
    return Judged(shot.kind, missed(corners, shot), sure, abs(math.log(ratio / shot.proportion)))
