"""The text of a file, page by page, for search and for reading aloud."""

from __future__ import annotations

from pathlib import Path

from lantai.kernel import encodings
from lantai.kernel.formats import markup, ofd, office, pdf
from lantai.kernel.formats.model import Format

LIMIT = 2_000_000
WORD_MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def extract_text(path: Path, form: Format, limit: int = LIMIT) -> list[str]:
    """Return the text of each page, at most ``limit`` characters in all.

    PDF and OFD: one entry per page (empty where a page has no text). Workbooks: one per sheet. Plain text,
    CSV, XML and .docx: one entry. Other formats: an empty list. ``Corrupt`` when the file does not open.
    """
    if form.kind == "pdf":
        return pdf.page_texts(path, limit)
    if form.kind == "ofd":
        return _ofd_texts(path, limit)
    if form.kind == "xml":
        return [markup.text(path, limit)]
    if form.kind == "text":
        return [decode_file(path, limit * 4).text[:limit]]
    if form.mime == WORD_MIME:
        return [office.word_text(path, limit)]
    if form.mime == SHEET_MIME:
        return office.sheet_texts(path, limit)
    return []


def decode_file(path: Path, size: int) -> encodings.Decoded:
    """Return the first ``size`` bytes (to the last line end before) as characters, and their encoding."""
    with open(path, "rb") as stream:
        data = stream.read(size + 1)
    if len(data) > size:
        data = data[: data.rfind(b"\n", 0, size) + 1 or size]
    return encodings.decode(data)


def _ofd_texts(path: Path, limit: int) -> list[str]:
    texts: list[str] = []
    left = limit
    with ofd.Ofd(path) as package:
        for document in package.documents():
            for page in document.pages:
                told = package.page_text(document, page)[: max(left, 0)]
                left -= len(told)
                texts.append(told)
    return texts
