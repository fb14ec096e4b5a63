"""Pages of several files bound into one PDF behind a cover, for paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

from lantai.access.renditions import PDFIUM, kind_of, page_count, picture
from lantai.holdings.queries import PartView
from lantai.kernel.errors import Unavailable

_A4 = (595.0, 842.0)
_MARGIN = 28.0
_WIDTH = 1400


def bound(cover: bytes, parts: Sequence[tuple[Path, PartView]]) -> bytes:
    """Return ``cover`` (a PDF) with the pages of ``parts`` behind it: those of PDFs as they are, pictures on A4.

    Raises ``Unavailable("access.rendition.impossible")`` for a file that gives no page: ask
    :func:`lantai.access.renditions.page_count` before.
    """
    pictures = {
        place: [picture(path, part, page, _WIDTH).data for page in range(1, page_count(path, part) + 1)]
        for place, (path, part) in enumerate(parts)
        if kind_of(part) == "image"
    }
    out = io.BytesIO()
    with PDFIUM, pypdfium2.PdfDocument(cover) as made:
        for place, (path, part) in enumerate(parts):
            if place in pictures:
                for data in pictures[place]:
                    _put(made, data)
            else:
                _take(made, path, part)
        made.save(out)
    return out.getvalue()


def _take(made: pypdfium2.PdfDocument, path: Path, part: PartView) -> None:
    try:
        with pypdfium2.PdfDocument(path) as source:
            made.import_pages(source)
    except pypdfium2.PdfiumError as problem:
        raise Unavailable("access.rendition.impossible", name=part.name) from problem


def _put(made: pypdfium2.PdfDocument, data: bytes) -> None:
    """Lay one picture on a page, upright or across as it is, in the middle, no larger than its paper."""
    image = pypdfium2.PdfImage.new(made)
    image.load_jpeg(io.BytesIO(data), inline=True)
    across, down = image.get_px_size()
    width, height = _A4 if across <= down else (_A4[1], _A4[0])
    scale = min((width - 2 * _MARGIN) / across, (height - 2 * _MARGIN) / down)
    sheet = made.new_page(width, height)
    matrix = pypdfium2.PdfMatrix().scale(across * scale, down * scale)
    image.set_matrix(matrix.translate((width - across * scale) / 2, (height - down * scale) / 2))
    sheet.insert_obj(image)
    sheet.gen_content()
