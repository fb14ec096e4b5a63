"""Opening photographs: four formats by their first bytes and by no other loader, limits before anything is decoded.

Only workers open what strangers bring (:mod:`lantai.kernel.photographs.worker`).
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("VIPS_CONCURRENCY", "1")
os.environ.setdefault("VIPS_WARNING", "0")

import pyvips

from lantai.kernel.errors import Invalid

PIXELS_MOST = 120_000_000
"""Pixels of one photograph: the largest telephones have 108 million. What says more in its head is not decoded."""

BYTES_MOST = 80 << 20
SIDE_LEAST = 320
"""Pixels of the shorter side: what is smaller shows no letter."""

_HEIF = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})


def loader_of(head: bytes) -> str:
    """Return which loader reads a file that begins with these 12 bytes, "" for none."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpegload"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "pngload"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webpload"
    return "heifload" if head[4:8] == b"ftyp" and head[8:12] in _HEIF else ""


def upright(path: Path, most: int) -> tuple[pyvips.Image, int, int]:
    """Return the picture, and the pixels that all of it has.

    The picture is sRGB, 8 bits, turned as its camera says, in memory; its longer side is about ``most`` pixels, never
    more than the photograph has. ``Invalid`` ``photographs.picture.{format,heic,bytes,large,small,damaged}``.
    """
    name, whole = _head(path)
    try:
        image = _shrunk(path, name, whole, most).autorot()
        scale = most / max(image.width, image.height)
        if scale < 1:
            image = image.resize(scale, kernel="linear")
        image = _plain(image).copy_memory()
    except pyvips.Error as problem:
        raise Invalid("photographs.picture.damaged", reason=_last_line(str(problem))) from problem
    sides = (whole.width, whole.height)
    if (image.width > image.height) != (whole.width > whole.height):
        sides = (whole.height, whole.width)
    return image, *sides


def _head(path: Path) -> tuple[str, pyvips.Image]:
    """Return the loader and the head of a photograph, whose limits it keeps."""
    with open(path, "rb") as stream:
        name = loader_of(stream.read(12))
    if not name:
        raise Invalid("photographs.picture.format")
    if (size := path.stat().st_size) > BYTES_MOST:
        raise Invalid("photographs.picture.bytes", size=size, limit=BYTES_MOST)
    try:
        whole = getattr(pyvips.Image, name)(str(path), access="sequential")
    except pyvips.Error as problem:
        if name == "heifload":
            raise Invalid("photographs.picture.heic") from problem
        raise Invalid("photographs.picture.damaged", reason=_last_line(str(problem))) from problem
    if whole.width * whole.height > PIXELS_MOST:
        raise Invalid("photographs.picture.large", width=whole.width, height=whole.height, limit=PIXELS_MOST)
    if min(whole.width, whole.height) < SIDE_LEAST:
        raise Invalid("photographs.picture.small", width=whole.width, height=whole.height, limit=SIDE_LEAST)
    return name, whole


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
