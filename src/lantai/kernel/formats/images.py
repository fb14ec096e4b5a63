"""Opening images: every pixel of every page is decoded, a warning of the decoder counts as damage.

Decoding with ``fail_on='warning'`` finds truncation always and most overwritten bytes; bit rot that still
decodes is the business of fixity. JPEG 2000 has no decoder in the bundled library, so its boxes and code
stream are walked (:mod:`lantai.kernel.formats.jpeg2000`).
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("VIPS_CONCURRENCY", "1")
os.environ.setdefault("VIPS_WARNING", "0")

import pyvips

from lantai.kernel.findings import Finding
from lantai.kernel.formats import heif, jpeg2000
from lantai.kernel.formats.heif_boxes import BrokenHeif, StrangeHeif
from lantai.kernel.formats.model import Format, Inspection, damaged, unchecked

TIFF_MIME = "image/tiff"
JPEG_MIME = "image/jpeg"
RAW_SUFFIXES = frozenset({"arw", "nef", "cr2", "dng", "pef", "orf", "raf"})
"""Camera raw files are TIFF containers whose main image the decoder does not read: only a glance is fair."""

JPEG2000_MIMES = frozenset({"image/jp2", "image/jpx", "image/jpm", "image/x-jp2-codestream"})
HEIF_MIMES = frozenset({"image/heif", "image/heic"})
HEIF_PIXELS_MOST = 400_000_000
DECODED = frozenset({"image/jpeg", "image/tiff", "image/png", "image/gif", "image/webp"})
PAGES_LIMIT = 5000


def inspect(path: Path, form: Format) -> Inspection:
    """Return width, height and number of images of the file, and whether all of it decodes."""
    if form.mime in JPEG2000_MIMES or (not form.puid and form.extension in ("jp2", "j2k")):
        return jpeg2000.inspect(path)
    if form.mime in HEIF_MIMES:
        return _heif(path, form)
    if form.extension in RAW_SUFFIXES:
        return unchecked("formats.content.no_tool", form.name)
    pyvips.cache_set_max(0)
    try:
        first = _open(path, form, 0)
    except pyvips.Error as problem:
        return _refused(str(problem), form)
    pages = _pages(first) if form.mime == TIFF_MIME else 1
    findings = _decode_all(path, form, min(pages, PAGES_LIMIT))
    if pages > PAGES_LIMIT:
        findings = (*findings, Finding("formats.image.too_many_pages", found=str(pages)))
    return Inspection(not findings, findings, pages, first.width, first.height)


def _heif(path: Path, form: Format) -> Inspection:
    """Decode all tiles of the still picture; what is no such picture, or not coded in HEVC, is left unchecked."""
    try:
        still = heif.read_still(path)
        if still.coding != heif.HEVC or still.coded_pixels > HEIF_PIXELS_MOST:
            return unchecked("formats.content.no_tool", f"{form.name} ({still.coding}, {still.coded_pixels})")
        from lantai.kernel.formats.heif_decoding import frames  # opens the library of films

        for _ in frames(path, still):
            pass
    except StrangeHeif as problem:
        return unchecked("formats.content.no_tool", f"{form.name} ({problem})")
    except BrokenHeif as problem:
        return damaged("formats.image.damaged_header", f"HEIF: {problem}")
    return Inspection(True, (), 1, *still.upright)


def _whole(path: Path, form: Format, page: int) -> pyvips.Image:
    """Open an image for decoding all of it; a JPEG's entropy-coded data are read whole at an eighth of its size."""
    if form.mime == JPEG_MIME:
        return pyvips.Image.new_from_file(str(path), access="sequential", fail_on="warning", shrink=8)
    return _open(path, form, page)


def _open(path: Path, form: Format, page: int) -> pyvips.Image:
    options: dict[str, int] = {"page": page} if form.mime == TIFF_MIME and page else {}
    return pyvips.Image.new_from_file(str(path), access="sequential", fail_on="warning", **options)


def _pages(image: pyvips.Image) -> int:
    return int(image.get("n-pages")) if "n-pages" in image.get_fields() else 1


def _decode_all(path: Path, form: Format, pages: int) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for page in range(pages):
        try:
            _whole(path, form, page).avg()
        except pyvips.Error as problem:
            facts = {"page": page + 1}
            found.append(Finding("formats.image.damaged", found=_first_line(str(problem)), facts=facts))
    return tuple(found)


def _first_line(told: str) -> str:
    lines = [line for line in told.splitlines() if line.strip()]
    return (lines[-1] if lines else told)[:300]


def _refused(told: str, form: Format) -> Inspection:
    """Tell a format the decoder does not know from a file that it knows and cannot read.

    A torn file of a format it does know is not recognised either (a TIFF keeps its directory at the end).
    """
    strange = "is not a known file format" in told and form.mime not in DECODED and form.puid
    if strange or "not supported" in told or "unsupported" in told.lower():
        return unchecked("formats.content.no_tool", _first_line(told))
    return damaged("formats.image.damaged_header", _first_line(told))
