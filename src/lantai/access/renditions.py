"""What a reader sees of a preserved file: pictures of its pages, made when asked for, never kept."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pypdfium2
import pypdfium2.raw
import pyvips

from lantai.holdings.queries import PartView
from lantai.kernel.errors import NotFound, Unavailable
from lantai.search.queries import word_spans

Kind = Literal["image", "pages", "text", "audio", "video", "none"]

WIDTHS = (240, 800, 1400)
"""Widths in pixels that pages may ask for: thumbnail, page, close look."""

PDFIUM = threading.Lock()
"""PDFium may be entered by one thread at a time."""

_MAX_PIXELS = 400_000_000
_NOT_DRAWN = {"image/svg+xml", "image/vnd.dwg", "image/vnd.dxf"}
"""Drawings that refer to other files or that no library here reads: they are offered, not shown."""

_DIRECT_AUDIO = {"audio/wav", "audio/x-wav", "audio/mpeg", "audio/flac", "audio/ogg", "audio/mp4"}
_DIRECT_VIDEO = {"video/mp4", "video/webm", "application/mp4"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One rendered page."""

    data: bytes
    mime: str


def kind_of(part: PartView) -> Kind:
    """Return how a file is shown in place."""
    if part.mime.startswith("image/"):
        return "none" if part.mime in _NOT_DRAWN else "image"
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
        return _image_pages(path) if part.mime == "image/tiff" else 1
    if kind == "pages":
        try:
            with PDFIUM, pypdfium2.PdfDocument(path) as document:
                return len(document)
        except pypdfium2.PdfiumError:
            return 0
    return 0


def _image_pages(path: Path) -> int:
    try:
        image = pyvips.Image.new_from_file(str(path), access="sequential")
    except pyvips.Error:
        return 0
    return int(image.get("n-pages")) if "n-pages" in image.get_fields() else 1


def drawable(path: Path, part: PartView) -> bool:
    """Return whether an image file opens; a PDF that has pages is taken to."""
    if kind_of(part) != "image":
        return True
    try:
        pyvips.Image.new_from_file(str(path), access="sequential")
    except pyvips.Error:
        return False
    return True


def picture(path: Path, part: PartView, page: int, width: int) -> Picture:
    """Return page ``page`` (from 1) at most ``width`` pixels wide.

    ``NotFound`` for a page that is not there, ``Unavailable`` for what cannot be drawn.
    """
    kind = kind_of(part)
    single = kind == "image" and part.mime != "image/tiff"
    if page < 1 or kind not in {"image", "pages"} or (single and page > 1):
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
        with PDFIUM, pypdfium2.PdfDocument(path) as document:
            if page > len(document):
                raise NotFound("access.page.missing", name=part.name, page=page)
            sheet = document[page - 1]
            across, down = max(1.0, sheet.get_width()), max(1.0, sheet.get_height())
            scale = min((width - 0.5) / across, 4 * width / down)  # PDFium rounds up to whole pixels
            array = sheet.render(scale=scale, rev_byteorder=True).to_numpy()
            image = pyvips.Image.new_from_array(array[:, :, :3] if array.ndim == 3 else array)
            tones = "srgb" if image.bands >= 3 else "b-w"
            return Picture(image.copy(interpretation=tones).jpegsave_buffer(Q=88, keep="none"), "image/jpeg")
    except pypdfium2.PdfiumError as problem:
        raise Unavailable("access.rendition.impossible", name=part.name) from problem


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a hit stands on a page, in points from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Marked:
    """The size of a page in points and the hits on it."""

    width: float
    height: float
    marks: tuple[Mark, ...]


def marks(path: Path, page: int, terms: Sequence[str]) -> Marked | None:
    """Return where ``terms`` (canonical strings) stand on a page of a PDF; None when nowhere or not known."""
    try:
        with PDFIUM, pypdfium2.PdfDocument(path) as document:
            return _marks(document[page - 1], terms) if 0 < page <= len(document) else None
    except pypdfium2.PdfiumError:
        return None  # what cannot be loaded cannot be marked: the picture of the page tells that


def _marks(sheet: pypdfium2.PdfPage, terms: Sequence[str]) -> Marked | None:
    if sheet.get_rotation():
        return None
    words = sheet.get_textpage()
    signs = (pypdfium2.raw.FPDFText_GetUnicode(words, at) for at in range(words.count_chars()))
    text = "".join(chr(sign) if 0 < sign < 0x110000 else " " for sign in signs)
    left, bottom, right, top = sheet.get_bbox()
    found: list[Mark] = []
    for start, end in word_spans(text, terms):
        for x1, y1, x2, y2 in _lines([words.get_charbox(at) for at in range(start, end)]):
            found.append(Mark(round(x1 - left, 1), round(top - y2, 1), round(x2 - x1, 1), round(y2 - y1, 1)))
    return Marked(right - left, top - bottom, tuple(found)) if found else None


Box = tuple[float, float, float, float]


def _lines(boxes: Sequence[Box]) -> list[Box]:
    """Join the boxes of neighbouring characters that stand in one line."""
    joined: list[Box] = []
    for box in boxes:
        if box[2] <= box[0] or box[3] <= box[1]:
            continue
        if joined and box[1] < joined[-1][3] and joined[-1][1] < box[3] and box[0] >= joined[-1][0]:
            one = joined.pop()
            box = (one[0], min(one[1], box[1]), box[2], max(one[3], box[3]))
        joined.append(box)
    return joined
