"""Photographs drawn by arithmetic: terraces, the reservoir, the town at dusk, a school, a new road."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyvips

from lantai.sample.scans import generator

WIDTH, HEIGHT = 1200, 800
Canvas = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
SCENES = ("terraces", "reservoir", "dusk", "school", "road")


@dataclass(frozen=True, slots=True)
class Photograph:
    """What is to be seen (``scene``, one of :data:`SCENES`) and the label that makes it one of a kind."""

    scene: str
    label: str


def draw(photograph: Photograph, seed: int) -> npt.NDArray[np.uint8]:
    """Return the picture, uint8 of shape (HEIGHT, WIDTH, 3)."""
    rng = generator(seed, photograph.scene, photograph.label)
    canvas = _PAINTERS[photograph.scene](rng)
    ys = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    xs = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    canvas *= (1 - 0.16 * (ys * ys + xs * xs))[:, :, None]
    noise = np.frombuffer(rng.bytes(HEIGHT * WIDTH), dtype=np.int8).reshape(HEIGHT, WIDTH, 1)
    canvas += noise.astype(np.float32) / 28
    picture: npt.NDArray[np.uint8] = np.clip(canvas, 0, 255).astype(np.uint8)
    return picture


def photo_jpeg(photograph: Photograph, seed: int, taken: datetime, author: str, title: str) -> bytes:
    """Return the JPEG with Exif: camera, moment, photographer, description."""
    image = pyvips.Image.new_from_array(draw(photograph, seed), interpretation="srgb")
    image = image.copy(xres=300 / 25.4, yres=300 / 25.4)
    moment = f"{taken:%Y:%m:%d %H:%M:%S}"
    told = {
        "exif-ifd0-Make": "LANTAI",
        "exif-ifd0-Model": "Sample 1",
        "exif-ifd0-DateTime": moment,
        "exif-ifd2-DateTimeOriginal": moment,
        "exif-ifd0-Artist": author,
        "exif-ifd0-ImageDescription": title,
    }
    for name, value in told.items():
        image.set_type(pyvips.GValue.gstr_type, name, value)
    data: bytes = image.jpegsave_buffer(Q=78, keep="exif")
    return data


def _sky(top: Colour, bottom: Colour) -> Canvas:
    share = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None] ** 0.8
    column = np.array(top, np.float32) * (1 - share) + np.array(bottom, np.float32) * share
    return np.repeat(column, WIDTH, axis=1)


def _clouds(canvas: Canvas, rng: np.random.Generator, strength: float) -> None:
    """Lay soft clouds over the upper half."""
    field = np.zeros((HEIGHT // 2, WIDTH), np.float32)
    for size, weight in ((200, 1.0), (90, 0.5), (40, 0.25)):
        coarse = rng.random((HEIGHT // 2 // (size // 2) + 3, WIDTH // size + 3)).astype(np.float32)
        soft = pyvips.Image.new_from_array(coarse).resize(size, vscale=size / 2, kernel="cubic").numpy()
        field += weight * soft[: HEIGHT // 2, :WIDTH]
    fade = np.linspace(1, 0, HEIGHT // 2, dtype=np.float32)[:, None]
    cover = np.clip((field - 0.95) * 1.8, 0, 1) * fade * strength
    upper = canvas[: HEIGHT // 2]
    upper += (np.array((250, 249, 246), np.float32) - upper) * cover[:, :, None]


def _ridge(rng: np.random.Generator, base: float, swing: float, rough: int) -> Canvas:
    """Return the height of a line of hills in pixels from above, one value per column."""
    xs = np.linspace(0, 2 * np.pi, WIDTH, dtype=np.float32)
    line = np.full(WIDTH, base, np.float32)
    for octave in range(1, rough + 1):
        line += np.sin(xs * (octave * 1.3 + rng.random()) + rng.random() * 6.28) * swing / octave**1.25
    return line


def _below(line: Canvas) -> npt.NDArray[np.bool_]:
    mask: npt.NDArray[np.bool_] = np.arange(HEIGHT, dtype=np.float32)[:, None] > line[None, :]
    return mask


def _mountains(canvas: Canvas, rng: np.random.Generator, near: Colour, haze: Colour, lowest: float) -> None:
    """Put four lines of hills behind each other, the farther the paler."""
    for step in range(4):
        share = step / 3.0
        colour = np.array(haze, np.float32) * (0.75 - 0.6 * share) + np.array(near, np.float32) * (
            0.25 + 0.6 * share
        )
        line = _ridge(rng, lowest - 170 + 55 * step, 62 - 8 * step, 5 + 3 * step)
        canvas[_below(line)] = colour


_FIELDS = ((150, 166, 74), (118, 150, 66), (178, 178, 92), (132, 158, 120), (168, 190, 188))
"""Colours of paddies: young rice, grown rice, ripe rice, seedlings, open water."""


def _terraces(rng: np.random.Generator) -> Canvas:
    """Paddy fields on a slope: bands along the contour lines, each with its bright water edge."""
    canvas = _sky((118, 160, 205), (222, 230, 226))
    _clouds(canvas, rng, 0.9)
    _mountains(canvas, rng, (84, 112, 84), (186, 202, 208), 330)
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    top = _ridge(rng, 330, 40, 6)
    depth = (ys - top[None, :]) / (HEIGHT - top[None, :])
    bend = np.sin(xs / 170 + rng.random() * 6) * 0.09 + np.sin(xs / 61 + ys / 140 + rng.random() * 6) * 0.03
    level = np.sqrt(np.clip(depth, 0, None)) * (20 + rng.random() * 6) + bend * 14
    step, part = np.floor(level), level - np.floor(level)
    fields = np.array(_FIELDS, np.float32)
    pick = fields[((step * 7 + np.floor(xs / 260 + bend * 4)) % len(fields)).astype(int)]
    shade = np.where(part < 0.2, 0.52, np.where(part < 0.27, 1.28, 0.88 + 0.14 * part))
    slope = pick * shade[:, :, None] * (0.72 + 0.36 * np.clip(depth, 0, 1))[:, :, None]
    seen = _below(top)
    canvas[seen] = slope[seen]
    return canvas


def _reservoir(rng: np.random.Generator) -> Canvas:
    """A lake between hills that mirror in it, the dam in front."""
    canvas = _sky((96, 148, 200), (226, 232, 230))
    _clouds(canvas, rng, 1.0)
    shore = 430
    _mountains(canvas, rng, (62, 96, 74), (178, 198, 210), shore)
    mirror = canvas[shore - 1 :: -1][: HEIGHT - shore].copy()
    mirror = np.pad(mirror, ((0, HEIGHT - shore - len(mirror)), (0, 0), (0, 0)), mode="edge")
    ys = np.arange(HEIGHT - shore, dtype=np.float32)
    for row in range(HEIGHT - shore):
        mirror[row] = np.roll(mirror[row], int(np.sin(ys[row] / 2.3) * (1 + row / 24)), axis=0)
    ripple = 0.80 + 0.07 * np.sin(ys / 1.7) + 0.04 * np.sin(ys / 5.1)
    water = mirror * ripple[:, None, None] * np.array((0.82, 0.94, 0.98), np.float32)
    canvas[shore:] = water
    xs = np.arange(WIDTH, dtype=np.float32)
    crest = 640 + 34 * np.sin(xs / 420 + rng.random() * 3) + xs * 0.03
    depth = np.arange(HEIGHT, dtype=np.float32)[:, None] - crest[None, :]
    stone = 168 - 0.22 * np.clip(depth, 0, 160) + 9 * ((depth // 17) % 2) + 6 * ((xs[None, :] // 46) % 2)
    wall = depth > 0
    canvas[wall] = (stone[:, :, None] * np.array((1.0, 0.98, 0.93), np.float32))[wall]
    rail = (depth > -16) & (depth < -12) | ((depth > -16) & (depth <= 0) & (xs[None, :] % 40 < 4))
    canvas[rail] = (206, 204, 196)
    return canvas


def _dusk(rng: np.random.Generator) -> Canvas:
    """The town in the evening: dark blocks with lit windows before a glowing sky."""
    canvas = _sky((52, 58, 104), (244, 158, 96))
    _clouds(canvas, rng, 0.35)
    _mountains(canvas, rng, (58, 52, 76), (150, 108, 118), 440)
    for row, tone in ((500, 62.0), (560, 46.0), (620, 32.0)):
        left = -20
        while left < WIDTH:
            width, high = int(rng.integers(46, 120)), int(rng.integers(60, 240))
            _block(canvas, rng, left, row - high + 60, width, HEIGHT, tone + float(rng.integers(-6, 7)))
            left += width + int(rng.integers(0, 14))
    canvas[720:] *= 0.55
    for left in range(0, WIDTH, 150):
        ys, xs = np.ogrid[-60:60, -60:60]
        glow = np.clip(1 - np.sqrt(ys * ys + xs * xs) / 60, 0, 1)[:, :, None] ** 2
        spot = canvas[660:780, left : left + 120]
        spot += glow[: spot.shape[0], : spot.shape[1]] * np.array((150, 112, 56), np.float32)
    return canvas


def _block(
    canvas: Canvas, rng: np.random.Generator, left: int, top: int, width: int, bottom: int, tone: float
) -> None:
    """Draw one house: a dark front with a grid of windows, some lit."""
    x0, x1 = max(left, 0), min(left + width, WIDTH)
    if x1 <= x0:
        return
    canvas[top:bottom, x0:x1] = (tone, tone * 0.95, tone * 1.18)
    canvas[top : top + 3, x0:x1] = (tone * 1.7, tone * 1.4, tone * 1.5)
    for y in range(top + 12, min(bottom, 720) - 12, 20):
        for x in range(left + 8, left + width - 12, 17):
            if x < 0 or x + 9 > WIDTH:
                continue
            lit = rng.random()
            canvas[y : y + 11, x : x + 9] = (
                (255, 206, 120) if lit < 0.34 else (226, 190, 150) if lit < 0.4 else (tone * 0.7,) * 3
            )


def _school(rng: np.random.Generator) -> Canvas:
    """A school of three floors with a red roof line, a flag and a playground."""
    canvas = _sky((104, 160, 214), (232, 236, 232))
    _clouds(canvas, rng, 1.0)
    _mountains(canvas, rng, (96, 124, 92), (196, 208, 212), 400)
    canvas[600:] = (178, 122, 92)
    for lane in range(5):
        canvas[640 + lane * 30 : 643 + lane * 30] = (226, 214, 204)
    left, right, top = 150 + int(rng.integers(-40, 40)), 1050 + int(rng.integers(-40, 40)), 270
    canvas[top:600, left:right] = (232, 226, 208)
    canvas[top - 26 : top, left - 14 : right + 14] = (158, 62, 48)
    for floor in range(3):
        y = top + 26 + floor * 106
        canvas[y + 70 : y + 78, left:right] = (196, 188, 168)
        for x in range(left + 24, right - 60, 68):
            canvas[y : y + 54, x : x + 46] = (88, 116, 136)
            canvas[y : y + 54, x + 22 : x + 24] = (240, 240, 236)
            canvas[y : y + 20, x : x + 22] = (130, 160, 176)
    middle = (left + right) // 2
    canvas[500:600, middle - 46 : middle + 46] = (92, 70, 58)
    canvas[492:500, middle - 60 : middle + 60] = (210, 200, 180)
    pole = left - 70
    canvas[180:600, pole : pole + 5] = (214, 214, 210)
    wave = (np.sin(np.arange(84) / 11) * 6).astype(int)
    for n in range(84):
        canvas[186 + wave[n] : 240 + wave[n], pole + 5 + n] = (198, 40, 34)
    for x in range(40, WIDTH, 96):
        _tree(canvas, rng, x + int(rng.integers(-16, 16)), 606)
    return canvas


def _tree(canvas: Canvas, rng: np.random.Generator, x: int, foot: int) -> None:
    """Draw a round tree standing at ``foot``."""
    radius = int(rng.integers(20, 34))
    high = foot - radius - int(rng.integers(26, 44))
    canvas[high:foot, max(0, x - 3) : x + 3] = (84, 66, 50)
    y0, y1, x0, x1 = high - radius, high + radius, max(0, x - radius), min(WIDTH, x + radius)
    ys, xs = np.ogrid[y0 - high : y1 - high, x0 - x : x1 - x]
    crown = ys * ys + xs * xs < radius * radius
    leaf = 0.75 + 0.35 * (-(ys + xs) / (2 * radius)) + rng.random((y1 - y0, x1 - x0)) * 0.22
    canvas[y0:y1, x0:x1][crown] = (leaf[:, :, None] * np.array((74, 118, 58), np.float32))[crown]


def _road(rng: np.random.Generator) -> Canvas:
    """A new road between fields, running to the hills."""
    canvas = _sky((112, 164, 212), (228, 234, 230))
    _clouds(canvas, rng, 0.9)
    horizon = 380
    _mountains(canvas, rng, (78, 112, 80), (190, 204, 210), horizon)
    ys, xs = np.mgrid[horizon:HEIGHT, 0:WIDTH].astype(np.float32)
    near = (ys - horizon) / (HEIGHT - horizon)
    furrow = np.sin((xs - WIDTH / 2) / (near * 38 + 1.5) + rng.random() * 6) * 9
    field = np.where(xs < WIDTH / 2, 150.0, 132.0) + furrow + near * 22
    canvas[horizon:] = field[:, :, None] * np.array((0.92, 1.0, 0.52), np.float32)
    middle = WIDTH / 2 + np.sin(near * 2.6 + rng.random() * 6) * 130 * (1 - near)
    half = 8 + near * 330
    surface = np.abs(xs - middle) < half
    grey = 158 + 10 * np.sin(ys / 3.1) * near
    canvas[horizon:][surface] = np.repeat(grey[:, :, None], 3, axis=2)[surface]
    edge = np.abs(np.abs(xs - middle) - half * 0.93) < 1 + near * 7
    dash = (np.abs(xs - middle) < 1 + near * 6) & (np.log1p(near * 30) * 5 % 1 < 0.55)
    canvas[horizon:][edge | dash] = (236, 232, 214)
    for n in range(7):
        share = (n + 1) / 7.5
        foot = int(horizon + share**2 * (HEIGHT - horizon))
        shift = 26 + share**2 * 380
        for x in (int(WIDTH / 2 - shift), int(WIDTH / 2 + shift)):
            if 40 < x < WIDTH - 40 and foot < HEIGHT:
                _tree(canvas, rng, x, foot)
    return canvas


_PAINTERS = {
    "terraces": _terraces,
    "reservoir": _reservoir,
    "dusk": _dusk,
    "school": _school,
    "road": _road,
}
