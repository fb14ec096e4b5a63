"""Opening photographs: five formats by their first bytes and by no other loader, limits before anything is decoded.

HEIC has a reader of our own for its boxes and the decoder of films for its pixels: the library of pictures has none.

Only workers open what strangers bring (:mod:`lantai.kernel.photographs.worker`).
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("VIPS_CONCURRENCY", "1")
os.environ.setdefault("VIPS_WARNING", "0")

import pyvips

from lantai.kernel.errors import Invalid
from lantai.kernel.formats.heif import AVIF, is_heif, read_still
from lantai.kernel.formats.heif_boxes import BrokenHeif, StrangeHeif

PIXELS_MOST = 120_000_000
"""Pixels of one photograph: the largest telephones have 108 million. What says more in its head is not decoded."""

BYTES_MOST = 80 << 20
SIDE_LEAST = 320
"""Pixels of the shorter side: what is smaller shows no letter."""


def loader_of(head: bytes) -> str:
    """Return which loader reads a file that begins with these 12 bytes, "" for none."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpegload"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "pngload"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webpload"
    return "heifload" if is_heif(head) else ""


def upright(path: Path, most: int) -> tuple[pyvips.Image, int, int]:
    """Return the picture, and the pixels that all of it has.

    The picture is sRGB, 8 bits, turned as its camera says, in memory; its longer side is about ``most`` pixels, never
    more than the photograph has. ``Invalid`` ``photographs.picture.{format,heic,bytes,large,small,damaged}``.
    """
    name = _kind(path)
    image, width, height = _heif(path, most) if name == "heifload" else _common(path, name, most)
    if (image.width > image.height) != (width > height):
        return image, height, width
    return image, width, height


def _kind(path: Path) -> str:
    """Return the loader of a photograph that is not too many bytes."""
    with open(path, "rb") as stream:
        name = loader_of(stream.read(12))
    if not name:
        raise Invalid("photographs.picture.format")
    if (size := path.stat().st_size) > BYTES_MOST:
        raise Invalid("photographs.picture.bytes", size=size, limit=BYTES_MOST)
    return name


def _common(path: Path, name: str, most: int) -> tuple[pyvips.Image, int, int]:
    try:
        whole = getattr(pyvips.Image, name)(str(path), access="sequential")
        _within_limits(whole.width, whole.height)
        return _sized(_shrunk(path, name, whole, most).autorot(), most), whole.width, whole.height
    except pyvips.Error as problem:
        raise Invalid("photographs.picture.damaged", reason=_last_line(str(problem))) from problem


def _heif(path: Path, most: int) -> tuple[pyvips.Image, int, int]:
    """As :func:`_common` for HEIC; AVIF is left to the library of pictures, other kinds are refused."""
    try:
        still = read_still(path)
        if still.coding == AVIF:
            return _common(path, "heifload", most)
        _within_limits(*still.upright, still.coded_pixels)
        from lantai.kernel.formats.heif_decoding import decode  # opens the library of films

        picture = decode(path, still)
    except StrangeHeif as problem:
        raise Invalid("photographs.picture.heic", reason=str(problem)) from problem
    except BrokenHeif as problem:
        raise Invalid("photographs.picture.damaged", reason=str(problem)) from problem
    height, width, _ = picture.shape
    image = pyvips.Image.new_from_memory(picture.data, width, height, 3, "uchar")
    image = image.copy(interpretation="srgb")
    if still.profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", still.profile)
    try:
        return _sized(image, most), width, height
    except pyvips.Error as problem:
        raise Invalid("photographs.picture.damaged", reason=_last_line(str(problem))) from problem


def _within_limits(width: int, height: int, coded: int = 0) -> None:
    if max(width * height, coded) > PIXELS_MOST:
        raise Invalid("photographs.picture.large", width=width, height=height, limit=PIXELS_MOST)
    if min(width, height) < SIDE_LEAST:
        raise Invalid("photographs.picture.small", width=width, height=height, limit=SIDE_LEAST)


def _sized(image: pyvips.Image, most: int) -> pyvips.Image:
    """Return the picture in memory, its longer side no more than ``most`` pixels, plain."""
    scale = most / max(image.width, image.height)
    if scale < 1:
        image = image.resize(scale, kernel="linear")
    return _plain(image).copy_memory()


def _shrunk(path: Path, name: str, whole: pyvips.Image, most: int) -> pyvips.Image:
    """Open a picture for reading all of it; a JPEG is decoded at the power of two that still has ``most`` pixels."""
    load = getattr(pyvips.Image, name)
    if name != "jpegload":
        return load(str(path), fail_on="warning")
    factor = 1
    while factor < 8 and max(whole.width, whole.height) >= most * factor * 2:
        factor *= 2
    return load(str(path), fail_on="warning", shrink=factor)


def _plain(image: pyvips.Image) -> pyvips.Image:
    """Return sRGB of 8 bits without transparency; colours of a camera's own profile are brought to sRGB."""
    if "icc-profile-data" in image.get_fields():
        image = image.icc_transform("srgb", embedded=True)
    elif image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    return image.cast("uchar")


def _last_line(told: str) -> str:
    lines = [line for line in told.splitlines() if line.strip()]
    return (lines[-1] if lines else told)[:200]
