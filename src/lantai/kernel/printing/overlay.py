"""A small page laid over the upper margin of a document's first page: a copy for use, never the document itself."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pyvips

from lantai.kernel.errors import Invalid, Unavailable

MOST = 256 << 20
"""Bytes of a file that copies are made of."""

_MAX_PIXELS = 400_000_000
_WIDTH = 2480
"""Pixels across that a picture has on a page at most: A4 at 300 dpi."""

_A4 = 595.28
_EDGE = 14.0
"""Points between the upper edge of the page and what is laid over it."""

_SHARE = 0.45
"""How much of the page's width it takes at most."""


_UNFIT = (
    *(pikepdf.PdfError, pyvips.Error, OSError, RuntimeError),
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
)
"""What a file that is not there, not whole or not what it says raises while its first page is looked for and drawn on."""


def overlaid(path: Path, mime: str, above: bytes) -> bytes:
    """Return a PDF of the file with the only page of the PDF ``above`` in the middle of its upper margin.

    A PDF keeps all its pages, a picture (JPEG, PNG, TIFF: its first page) becomes one page of A4's width. Raises
    ``Invalid("printing.overlay.form")`` for another kind of file, ``("printing.overlay.large")`` beyond :data:`MOST`,
    ``Unavailable("printing.overlay.impossible")`` for one that does not open.
    """
    if mime != "application/pdf" and mime not in PICTURES:
        raise Invalid("printing.overlay.form", mime=mime[:60])
    try:
        if path.stat().st_size > MOST:
            raise Invalid("printing.overlay.large", limit=MOST >> 20)
        with _opened(path, mime) as document, pikepdf.open(io.BytesIO(above)) as stamp:
            page = document.pages[0]
            page.add_overlay(stamp.pages[0], _place(page, stamp.pages[0]))
            made = io.BytesIO()
            document.save(made, deterministic_id=True)
            return made.getvalue()
    except _UNFIT as problem:
        raise Unavailable("printing.overlay.impossible") from problem


PICTURES = frozenset({"image/jpeg", "image/png", "image/tiff"})
"""Pictures that a page can be made of."""


def _opened(path: Path, mime: str) -> pikepdf.Pdf:
    if mime == "application/pdf":
        return pikepdf.open(path)
    image = pyvips.Image.new_from_file(str(path), access="sequential")
    if image.width * image.height > _MAX_PIXELS:
        raise Invalid("printing.overlay.large", limit=MOST >> 20)
    small = pyvips.Image.thumbnail(str(path), _WIDTH, height=_WIDTH * 4, size="down")
    if small.hasalpha():
        small = small.flatten(background=[255, 255, 255])
    data = small.colourspace("srgb").jpegsave_buffer(Q=90, keep="none")
    return _page_of(data, small.width, small.height)


def _page_of(jpeg: bytes, width: int, height: int) -> pikepdf.Pdf:
    """Return a document of one page that a picture fills."""
    document = pikepdf.new()
    high = _A4 * height / width
    page = document.add_blank_page(page_size=(_A4, high))
    image = pikepdf.Stream(
        document,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=width,
        Height=height,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    name = page.add_resource(image, pikepdf.Name.XObject)
    page.contents_add(f"q {_A4} 0 0 {high:.2f} 0 0 cm {name} Do Q".encode())
    return document


def _edges(box: pikepdf.Object) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a box, whichever two corners it names."""
    x1, y1, x2, y2 = (float(edge) for edge in box.as_list())
    if x1 == x2 or y1 == y2:
        raise ValueError("a box without room")
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _place(page: pikepdf.Page, above: pikepdf.Page) -> pikepdf.Rectangle:
    """Return where it stands, in the page's own coordinates, however the page is turned when it is shown."""
    left, bottom, right, top = _edges(page.cropbox)
    turn = int(page.get("/Rotate", 0)) % 360
    across = top - bottom if turn in (90, 270) else right - left
    x1, y1, x2, y2 = _edges(above.mediabox)
    scale = min(1.0, _SHARE * across / (x2 - x1))
    width, height = scale * (x2 - x1), scale * (y2 - y1)
    edge = _EDGE * scale
    if turn == 0:
        middle = (left + right - width) / 2
        return pikepdf.Rectangle(middle, top - edge - height, middle + width, top - edge)
    if turn == 180:
        middle = (left + right - width) / 2
        return pikepdf.Rectangle(middle, bottom + edge, middle + width, bottom + edge + height)
    middle = (bottom + top - width) / 2
    if turn == 90:  # shown clockwise: what is left of the page is its upper edge
        return pikepdf.Rectangle(left + edge, middle, left + edge + height, middle + width)
    return pikepdf.Rectangle(right - edge - height, middle, right - edge, middle + width)
