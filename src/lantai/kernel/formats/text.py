"""The text of a file, page by page, for search and for reading aloud."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lantai.kernel import encodings
from lantai.kernel.formats import (
    markup,
    ofd,
    office,
    opendocument,
    pdf,
    powerpoint97,
    rtf,
    rules,
    slides,
    word97,
    workbook97,
)
from lantai.kernel.formats.model import Format

LIMIT = 2_000_000

Reader = Callable[[Path, int], list[str]]


def extract_text(path: Path, form: Format, limit: int = LIMIT) -> list[str]:
    """Return the text of each page, at most ``limit`` characters in all.

    PDF and OFD: one entry per page (empty where a page has no text). Presentations: one per slide. Workbooks:
    one per sheet. Plain text, CSV, XML, RTF and documents of Word, WPS and OpenDocument: one entry. Other
    formats: an empty list. ``Corrupt`` when the file does not open: damaged, locked, older than Word 97.
    """
    reader = _BY_KIND.get(form.kind) or _reader(form.puid, form.mime)
    return reader(path, limit) if reader else []


def has_text(puid: str, mime: str) -> bool:
    """Return whether :func:`extract_text` knows how to read the format that was identified so."""
    return (rules.kind_of(puid, mime) in _BY_KIND) or _reader(puid, mime) is not None


def _reader(puid: str, mime: str) -> Reader | None:
    """Return the reader of an office format; templates, slide shows and files with macros go with their kind."""
    if puid in _BY_PUID:
        return _BY_PUID[puid]
    if mime in _BY_MIME:
        return _BY_MIME[mime]
    lower = mime.lower()
    return next((reader for part, reader in _BY_PART if part in lower), None)


def _one(read: Callable[[Path, int], str]) -> Reader:
    return lambda path, limit: [read(path, limit)]


def _plain(path: Path, limit: int) -> str:
    return decode_file(path, limit * 4).text[:limit]


def _office_texts(path: Path, limit: int) -> list[str]:
    """Read Office Open XML by what lies in it."""
    names = office.names(path)
    if "ppt/presentation.xml" in names:
        return slides.texts(path, limit)
    if "xl/workbook.xml" in names:
        return office.sheet_texts(path, limit)
    return [office.word_text(path, limit)]


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


_BY_KIND: dict[str, Reader] = {
    "pdf": pdf.page_texts,
    "ofd": _ofd_texts,
    "xml": _one(markup.text),
    "text": _one(_plain),
}

_BY_PUID: dict[str, Reader] = {
    "local/ofd": _ofd_texts,
    "local/wps": _one(word97.text),
    "local/et": workbook97.texts,
    "local/dps": powerpoint97.texts,
    "fmt/189": _office_texts,  # Office Open XML whose members stand in an unusual order
}

_BY_MIME: dict[str, Reader] = {
    "application/msword": _one(word97.text),
    "application/vnd.ms-excel": workbook97.texts,
    "application/vnd.ms-powerpoint": powerpoint97.texts,
    "application/rtf": _one(rtf.text),
}

_BY_PART: tuple[tuple[str, Reader], ...] = (
    ("officedocument.wordprocessingml", _one(office.word_text)),
    ("ms-word.document.macroenabled", _one(office.word_text)),
    ("ms-word.template.macroenabled", _one(office.word_text)),
    ("officedocument.spreadsheetml", office.sheet_texts),
    ("ms-excel.sheet.binary", workbook97.texts),
    ("ms-excel.sheet.macroenabled", office.sheet_texts),
    ("ms-excel.template.macroenabled", office.sheet_texts),
    ("officedocument.presentationml", slides.texts),
    ("ms-powerpoint.presentation.macroenabled", slides.texts),
    ("ms-powerpoint.slideshow.macroenabled", slides.texts),
    ("ms-powerpoint.template.macroenabled", slides.texts),
    ("opendocument.text", opendocument.texts),
    ("opendocument.spreadsheet", opendocument.texts),
    ("opendocument.presentation", opendocument.texts),
    ("opendocument.graphics", opendocument.texts),
)
