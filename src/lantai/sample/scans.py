"""Pictures of paper: letters as a flat-bed scanner sees them, and as a one-bit or grey multi-page TIFF."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from functools import cache
from threading import Lock

import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as raw
import pyvips

Pixels = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]
DPI = 150
PAPERS = 4
WIDTH, HEIGHT = 1240, 1754


def generator(*seed: object) -> np.random.Generator:
    """Return the random numbers that belong to ``seed``, the same on every run."""
    digest = hashlib.sha256("|".join(map(str, seed)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def scanned_pages(document: bytes, seed: int, label: str, *, old: bool, grey: bool) -> list[pyvips.Image]:
    """Return the pages of a PDF as pictures of paper on a scanner (150 dpi, sRGB or ``grey``).

    Pages lie a little askew; ``old`` paper is yellow. ``seed`` and ``label`` make each sheet one of a kind.
    """
    with PDFIUM:
        sheets = list(_askew(document, seed, label, grey=grey))
    rngs = [generator(seed, label, number, "paper") for number in range(len(sheets))]
    return [_aged(sheet, rng, old=old) for sheet, rng in zip(sheets, rngs, strict=True)]


PDFIUM = Lock()
"""PDFium may be used by one thread at a time."""


def _askew(document: bytes, seed: int, label: str, *, grey: bool) -> Iterator[Bytes]:
    """Yield the pages, each turned by less than two degrees, as uint8 (HEIGHT, WIDTH, 1 or 3)."""
    opened = pypdfium2.PdfDocument(document)
    try:
        for number in range(len(opened)):
            turn = max(-0.03, min(0.03, float(generator(seed, label, number).normal(0, 0.008))))
            page = opened[number]
            bitmap = pypdfium2.PdfBitmap.new_native(WIDTH, HEIGHT, raw.FPDFBitmap_BGR)
            raw.FPDFBitmap_FillRect(bitmap, 0, 0, WIDTH, HEIGHT, 0xFFFFFFFF)
            scale, x, y = DPI / 72, page.get_width() / 2, page.get_height() / 2
            c, s = math.cos(turn) * scale, math.sin(turn) * scale
            matrix = raw.FS_MATRIX(c, s, -s, c, WIDTH / 2 - (c * x - s * y), HEIGHT / 2 - (s * x + c * y))
            clip = raw.FS_RECTF(0, 0, WIDTH, HEIGHT)
            raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, matrix, clip, raw.FPDF_REVERSE_BYTE_ORDER)
            bands = slice(1, 2) if grey else slice(3)  # a grey scanner lights green: red stays dark
            yield bitmap.to_numpy()[:, :, bands].copy()
            bitmap.close()
            page.close()
    finally:
        opened.close()


def _aged(sheet: Bytes, rng: np.random.Generator, *, old: bool) -> pyvips.Image:
    """Return ``sheet`` on paper with tone, clouds and punch holes, and with the noise of a scanner."""
    bands = sheet.shape[2]
    tone = ((238, 229, 205) if old else (246, 244, 238))[:bands]
    mixed = sheet.astype(np.uint16)
    mixed *= _paper(int(rng.integers(PAPERS)), tone)
    mixed >>= 8
    signed = mixed.view(np.int16)
    grain = np.frombuffer(rng.bytes(HEIGHT * WIDTH), dtype=np.int8) >> 5
    signed += grain.reshape(HEIGHT, WIDTH, 1)
    np.clip(signed, 0, 255, out=signed)
    made: pyvips.Image = pyvips.Image.new_from_array(
        signed.astype(np.uint8), interpretation="srgb" if bands == 3 else "b-w"
    )
    return made.copy(xres=DPI / 25.4, yres=DPI / 25.4)


@cache
def _paper(number: int, tone: tuple[int, ...]) -> Pixels:
    """Return bare sheet ``number`` of :data:`PAPERS`: uint16 (HEIGHT, WIDTH, bands), 0 to 255."""
    coarse = generator("paper", number).integers(0, 13, size=(HEIGHT // 96 + 3, WIDTH // 96 + 3))
    small = pyvips.Image.new_from_array(coarse.astype(np.uint8))
    cloud = small.resize(96, kernel="cubic").numpy()[:HEIGHT, :WIDTH]
    shade = cloud.astype(np.int16) - 6
    shade[:, :60] -= (np.arange(60, 0, -1, dtype=np.int16) * 2 // 3)[np.newaxis, :]
    ys, xs = np.ogrid[-18:19, -18:19]
    hole = ys * ys + xs * xs < 18 * 18
    for row in (HEIGHT // 2 - 236, HEIGHT // 2 + 236):
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
