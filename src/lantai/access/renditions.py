"""What a reader sees of a preserved file: pictures of its pages, made when asked for, never kept."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pypdfium2
import pyvips

from lantai.holdings.queries import PartView
from lantai.kernel.errors import NotFound, Unavailable

Kind = Literal["image", "pages", "text", "audio", "video", "none"]

WIDTHS = (240, 800, 1400)
"""Widths in pixels that pages may ask for: thumbnail, page, close look."""

_MAX_PIXELS = 400_000_000
_DIRECT_AUDIO = {"audio/wav", "audio/x-wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4"}
_DIRECT_VIDEO = {"video/mp4", "video/webm"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One rendered page."""

    data: bytes
    mime: str


def kind_of(part: PartView) -> Kind:
    """Return how a file is shown in place."""
    if part.mime.startswith("image/"):
        return "image"
    if part.mime == "application/pdf":
        return "pages"
    if part.puid == "local/ofd" or part.mime.startswith("text/") or part.mime == "application/xml":
        return "text"
    if part.mime in _DIRECT_AUDIO:
        return "audio"
    if part.mime in _DIRECT_VIDEO:
        return "video"
    return "text" if "officedocument" in part.mime else "none"


def page_count(path: Path, part: PartView) -> int:
    """Return the number of pictures a file gives; 0 when it gives none."""
    kind = kind_of(part)
    if kind == "image":
        return _image_pages(path, part)
    if kind == "pages":
        try:
            with pypdfium2.PdfDocument(path) as document:
                return len(document)
        except pypdfium2.PdfiumError:
            return 0
    return 0


def _image_pages(path: Path, part: PartView) -> int:
    try:
        image = pyvips.Image.new_from_file(str(path), access="sequential")
    except pyvips.Error:
        return 0
    if "n-pages" not in image.get_fields() or part.mime != "image/tiff":
        return 1
    return int(image.get("n-pages"))


def picture(path: Path, part: PartView, page: int, width: int) -> Picture:
    """Return page ``page`` (from 1) at most ``width`` pixels wide.

    ``NotFound`` for a page that is not there, ``Unavailable`` for what cannot be drawn.
    """
    kind = kind_of(part)
    if page < 1 or kind not in {"image", "pages"}:
        raise NotFound("access.page.missing", name=part.name, page=page)
    return _pdf_page(path, part, page, width) if kind == "pages" else _image(path, part, page, width)


def _image(path: Path, part: PartView, page: int, width: int) -> Picture:
    source = f"{path}[page={page - 1}]" if part.mime == "image/tiff" and page > 1 else str(path)
    try:
        head = pyvips.Image.new_from_file(source, access="sequential")
        if head.width * head.height > _MAX_PIXELS:
            raise Unavailable("access.rendition.impossible", name=part.name)
        small = pyvips.Image.thumbnail(source, width, height=width * 4, size="down")
        if small.hasalpha():
            small = small.flatten(background=[255, 255, 255])
        return Picture(small.jpegsave_buffer(Q=84, keep="none"), "image/jpeg")
    except pyvips.Error as problem:
        if page > 1:
            raise NotFound("access.page.missing", name=part.name, page=page) from problem
        raise Unavailable("access.rendition.impossible", name=part.name) from problem


def _pdf_page(path: Path, part: PartView, page: int, width: int) -> Picture:
    try:
        with pypdfium2.PdfDocument(path) as document:
            if page > len(document):
                raise NotFound("access.page.missing", name=part.name, page=page)
            sheet = document[page - 1]
            scale = width / max(1.0, sheet.get_width())
            if sheet.get_width() * sheet.get_height() * scale * scale > _MAX_PIXELS:
                raise Unavailable("access.rendition.impossible", name=part.name)
            bitmap = sheet.render(scale=scale)
            array = bitmap.to_numpy()
            image = pyvips.Image.new_from_array(array[:, :, 2::-1] if array.shape[2] >= 3 else array)
            out = io.BytesIO(image.copy(interpretation="srgb").pngsave_buffer(compression=4))
            return Picture(out.getvalue(), "image/png")
    except pypdfium2.PdfiumError as problem:
        raise Unavailable("access.rendition.impossible", name=part.name) from problem
