"""Pictures of paper: letters as a flat-bed scanner sees them, and as a one-bit or grey multi-page TIFF."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyvips

from lantai.kernel.printing import render_png
from lantai.sample.letters import Letter

Pixels = npt.NDArray[np.uint16]
DPI = 150
PAPERS = 4
LETTER = Path(__file__).parent / "letter.typ"


def generator(*seed: object) -> np.random.Generator:
    """Return the random numbers that belong to ``seed``, the same on every run."""
    digest = hashlib.sha256("|".join(map(str, seed)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def scanned_pages(
    letter: Letter, seed: int, more: Mapping[str, object] | None = None, *, grey: bool = False
) -> list[pyvips.Image]:
    """Return the pages of ``letter`` as pictures of aged paper (150 dpi, sRGB or ``grey``).

    ``more`` is further data of the template (its annexes).
    """
    pages = render_png(LETTER, letter.as_data() | dict(more or {}), dpi=DPI)
    return [
        _aged(
            pyvips.Image.new_from_buffer(page, ""), generator(seed, letter.number, number), letter.old, grey
        )
        for number, page in enumerate(pages)
    ]


def _aged(page: pyvips.Image, rng: np.random.Generator, old: bool, grey: bool) -> pyvips.Image:
    """Return ``page`` slightly turned, on paper with tone, clouds, punch holes and the noise of a scanner."""
    tone: tuple[int, ...] = (238, 229, 205) if old else (246, 244, 238)
    # The typesetter's pages are opaque; a grey scanner lights them green, so that red stays dark.
    flat = page[1] if grey else page[:3]
    tone = tone[1:2] if grey else tone
    turned = flat.gaussblur(0.55).similarity(angle=float(rng.normal(0, 0.45)), background=[255] * len(tone))
    left, top = (turned.width - page.width) // 2, (turned.height - page.height) // 2
    sheet = turned.crop(left, top, page.width, page.height)
    mixed = sheet.numpy().reshape(page.height, page.width, len(tone)).astype(np.uint16)
    mixed *= _paper(page.height, page.width, int(rng.integers(PAPERS)), tone)
    mixed >>= 8
    signed = mixed.view(np.int16)
    grain = np.frombuffer(rng.bytes(page.height * page.width), dtype=np.int8) >> 5
    signed += grain.reshape(page.height, page.width, 1)
    np.clip(signed, 0, 255, out=signed)
    made: pyvips.Image = pyvips.Image.new_from_array(
        signed.astype(np.uint8), interpretation="b-w" if grey else "srgb"
    )
    return made.copy(xres=DPI / 25.4, yres=DPI / 25.4)


@cache
def _paper(height: int, width: int, number: int, tone: tuple[int, ...]) -> Pixels:
    """Return bare sheet ``number`` of :data:`PAPERS`: uint16 of shape (height, width, 3), 0 to 255."""
    coarse = generator("paper", number).integers(0, 13, size=(height // 96 + 3, width // 96 + 3))
    small = pyvips.Image.new_from_array(coarse.astype(np.uint8))
    cloud = small.resize(96, kernel="cubic").numpy()[:height, :width]
    shade = cloud.astype(np.int16) - 6
    shade[:, :60] -= (np.arange(60, 0, -1, dtype=np.int16) * 2 // 3)[np.newaxis, :]
    ys, xs = np.ogrid[-18:19, -18:19]
    hole = ys * ys + xs * xs < 18 * 18
    for row in (height // 2 - 236, height // 2 + 236):
        shade[row - 18 : row + 19, 44:81][hole] = -110
    levels = np.array(tone, dtype=np.int16)
    sheet: Pixels = np.clip(shade[:, :, np.newaxis] + levels, 0, 255).astype(np.uint16)
    return sheet


def jpeg(page: pyvips.Image) -> bytes:
    """Return a colour JPEG of one page."""
    data: bytes = page.jpegsave_buffer(Q=58, optimize_coding=True, keep="none")
    return data


def tiff(pages: list[pyvips.Image], *, bitonal: bool) -> bytes:
    """Return grey ``pages`` as a multi-page TIFF: one bit per pixel with CCITT group 4, or grey with JPEG compression."""
    high = max(page.height for page in pages)
    if bitonal:
        pages = [(page > 150).ifthenelse(255, 0).cast("uchar") for page in pages]
    roll = pyvips.Image.arrayjoin(pages, across=1).copy(xres=DPI / 25.4, yres=DPI / 25.4)
    roll = roll.copy(interpretation="b-w")
    roll.set_type(pyvips.GValue.gint_type, "page-height", high)
    if bitonal:
        data: bytes = roll.tiffsave_buffer(compression="ccittfax4", bitdepth=1, keep="none", page_height=high)
        return data
    data = roll.tiffsave_buffer(compression="jpeg", Q=52, keep="none", page_height=high)
    return data
