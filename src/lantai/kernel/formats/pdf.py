"""Opening PDF: structure by qpdf, text by PDFium; a PDF/A claim is reported as declared, not validated."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pikepdf
import pypdfium2

from lantai.kernel.errors import Corrupt
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats.model import Inspection, damaged

_DAMAGE = re.compile(
    r"file is damaged|econstruct|can't find|error|not found|loop|EOF|unexpected|expected", re.I
)
_PDFIUM = threading.Lock()
"""PDFium may be entered by one thread at a time."""

CHECK_BYTES = 256 << 20
"""Above this size the content streams are not parsed, only the structure."""


def inspect(path: Path) -> Inspection:
    """Return pages, encryption, the PDF/A or PDF/UA claim, number of signatures, and damage."""
    try:
        with pikepdf.open(path) as document:
            return _opened(document, path.stat().st_size)
    except pikepdf.PasswordError:
        return Inspection(False, (Finding("formats.content.encrypted", found="PDF"),), encrypted=True)
    except (pikepdf.PdfError, RuntimeError, ValueError, RecursionError) as problem:
        return damaged("formats.pdf.damaged", _told(problem, path))


def _opened(document: pikepdf.Pdf, size: int) -> Inspection:
    pages = len(document.pages)
    findings = _complaints(document, size)
    if document.is_encrypted:
        findings.append(Finding("formats.content.restricted", found="PDF", severity=Severity.WARNING))
    if not pages:
        findings.append(Finding("formats.pdf.no_pages"))
    sound = not any(finding.severity is Severity.ERROR for finding in findings)
    width, height = _first_page(document) if pages else (None, None)
    return Inspection(
        sound,
        tuple(findings),
        pages,
        width,
        height,
        encrypted=document.is_encrypted,
        declared=_declared(document),
        signatures=_signatures(document),
    )


def _complaints(document: pikepdf.Pdf, size: int) -> list[Finding]:
    told = [str(warning) for warning in document.get_warnings()]
    if size <= CHECK_BYTES:
        try:
            told += [str(problem) for problem in document.check_pdf_syntax()]
        except pikepdf.PdfError as problem:
            told.append(f"error: {problem}")
    name = str(document.filename)
    said = list(dict.fromkeys(line.replace(name, "").strip(": ") for line in told))
    return [_complaint(line) for line in said[:5]]


def _complaint(line: str) -> Finding:
    if _DAMAGE.search(line) and "handled correctly" not in line:
        return Finding("formats.pdf.damaged", found=line[:300])
    return Finding("formats.pdf.remark", found=line[:300], severity=Severity.INFO)


def _told(problem: Exception, path: Path) -> str:
    return str(problem).replace(str(path), "").strip(": ")[:300]


def _first_page(document: pikepdf.Pdf) -> tuple[int | None, int | None]:
    """Return the size of the first page in points."""
    try:
        left, bottom, right, top = (float(edge) for edge in document.pages[0].mediabox)
    except (ValueError, TypeError, AttributeError, KeyError, pikepdf.PdfError):
        return None, None
    return round(abs(right - left)), round(abs(top - bottom))


def _declared(document: pikepdf.Pdf) -> str:
    """Return what the XMP packet claims, such as "PDF/A-2b", or ""."""
    try:
        metadata = document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
        archival, universal = metadata.get("pdfaid:part"), metadata.get("pdfuaid:part")
        level = str(metadata.get("pdfaid:conformance") or "").lower()
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError, SyntaxError):
        return ""
    claims = [f"PDF/A-{archival}{level}"] if archival else []
    return ", ".join(claims + ([f"PDF/UA-{universal}"] if universal else []))


def _signatures(document: pikepdf.Pdf) -> int:
    try:
        fields = list(document.Root.AcroForm.Fields)[:1000]
    except (AttributeError, KeyError, TypeError, ValueError, pikepdf.PdfError):
        return 0
    return sum(1 for field in fields if field.get("/FT") == pikepdf.Name.Sig and "/V" in field)


def page_texts(path: Path, limit: int) -> list[str]:
    """Return each page's text, at most ``limit`` characters in all; ``Corrupt`` when it does not open."""
    left, texts = limit, []
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as problem:
            raise Corrupt("formats.text.unreadable", path=path.name, reason=str(problem)) from problem
        try:
            for number in range(len(document)):
                texts.append(_page_text(document, number)[: max(left, 0)])
                left -= len(texts[-1])
        finally:
            document.close()
    return texts


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
        return str(page.get_textpage().get_text_bounded()).replace("\r\n", "\n")
    except pypdfium2.PdfiumError:
        return ""  # a page that cannot be loaded has no text; that it is damaged is said by inspect()
