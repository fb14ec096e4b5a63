"""Making the files of a record: one letter in one form, on the disk, with its number of pages."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import pypdfium2

from lantai.kernel.printing import render
from lantai.sample import ofd_writer
from lantai.sample.letters import Letter
from lantai.sample.scans import PDFIUM, jpeg, scanned_pages, tiff

LETTER = Path(__file__).parent / "letter.typ"
Kind = Literal["pdf", "ofd", "jpeg", "tiff-bw", "tiff-grey"]
FORMATS = {"pdf": "PDF", "ofd": "OFD", "jpeg": "JPEG", "tiff-bw": "TIFF", "tiff-grey": "TIFF"}


@dataclass(frozen=True, slots=True)
class Annex:
    """A table of payments behind a letter, one page long."""

    title: str
    rows: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Made:
    """Files made for one record, in their order, and the pages they show."""

    paths: tuple[Path, ...]
    pages: int


def make(letter: Letter, kind: Kind, folder: Path, seed: int, annexes: tuple[Annex, ...] = ()) -> Made:
    """Write ``letter`` into ``folder`` (made here) as ``kind``; scans are one file per page or one TIFF."""
    folder.mkdir(parents=True)
    if kind == "ofd":
        data, pages = ofd_writer.write(letter)
        return _written(folder, {"正文.ofd": data}, pages)
    if kind == "pdf":
        data = pdf(letter, annexes)
        return _written(folder, {"正文.pdf": data}, pages_of(data))
    document = pdf(letter, annexes)
    pictures = scanned_pages(document, seed, letter.number, old=letter.old, grey=kind != "jpeg")
    if kind == "jpeg":
        files = {f"{number:03}.jpg": jpeg(page) for number, page in enumerate(pictures, 1)}
        return _written(folder, files, len(pictures))
    return _written(folder, {"正文.tif": tiff(pictures, bitonal=kind == "tiff-bw")}, len(pictures))


def pdf(letter: Letter, annexes: tuple[Annex, ...] = ()) -> bytes:
    """Return the letter as PDF/A-2b."""
    told = [{"title": annex.title, "rows": annex.rows} for annex in annexes]
    return render(LETTER, letter.as_data() | {"annexes": told})


def pages_of(data: bytes) -> int:
    """Return how many pages a PDF has."""
    with PDFIUM:
        document = pypdfium2.PdfDocument(BytesIO(data))
        try:
            return len(document)
        finally:
            document.close()


def _written(folder: Path, files: dict[str, bytes], pages: int) -> Made:
    paths = []
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        paths.append(path)
    return Made(tuple(paths), pages)
