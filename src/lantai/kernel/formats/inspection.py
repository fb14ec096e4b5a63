"""Opening one file with the tool of its format, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lantai.kernel.errors import Corrupt
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats import images, markup, media, ofd, office, pdf, text
from lantai.kernel.formats.model import Format, Inspection, unchecked


def inspect(path: Path, form: Format) -> Inspection:
    """Open ``path`` with the tool of ``form`` in this process.

    Damage and locks are findings. A native library may take the process with it: for files of unknown origin
    use :func:`lantai.kernel.formats.inspect_many`.
    """
    if path.stat().st_size == 0:
        return Inspection(False, (Finding("formats.content.empty"),))
    tool = _TOOLS.get(form.kind)
    if tool is None:
        return unchecked("formats.content.no_tool", form.name or form.mime)
    return tool(path, form)


def _ofd(path: Path, form: Format) -> Inspection:
    try:
        with ofd.Ofd(path) as package:
            if package.encrypted:
                return Inspection(False, (Finding("formats.content.encrypted", found="OFD"),), encrypted=True)
            return _ofd_opened(package)
    except Corrupt as problem:
        return _ofd_refused(problem)


def _ofd_refused(problem: Corrupt) -> Inspection:
    reason = str(problem.facts.get("reason") or problem.facts.get("member") or "")
    if problem.code == "formats.ofd.too_large":
        return unchecked(problem.code, reason)
    return Inspection(False, (Finding(problem.code, found=reason[:300], facts=problem.facts),))


def _ofd_opened(package: ofd.Ofd) -> Inspection:
    documents = package.documents()
    findings: list[Finding] = []
    for document in documents:
        for page in document.pages:
            package.page_text(document, page)
        for attachment in document.attachments:
            if not attachment.path:
                findings.append(Finding("formats.ofd.attachment_missing", found=attachment.name))
    seals, seal_findings = _seals(package, documents)
    return Inspection(
        not findings,
        (*findings, *seal_findings),
        sum(len(document.pages) for document in documents),
        declared=package.declared,
        signatures=len(seals),
    )


def _seals(package: ofd.Ofd, documents: list[ofd.Document]) -> tuple[list[ofd.Signature], list[Finding]]:
    """Return the seals, and what does not hold about them: a seal that cannot be read is no damaged page."""
    try:
        seals = [seal for document in documents for seal in package.signatures(document)]
    except Corrupt as problem:
        return [], [
            Finding("formats.signature.unreadable", found=str(problem)[:300], severity=Severity.WARNING)
        ]
    findings = []
    for seal in seals:
        for code, members in (
            ("formats.signature.altered", seal.altered),
            ("formats.signature.missing", seal.missing),
        ):
            findings += [
                Finding(code, found=name, facts={"method": seal.check_method.upper()}) for name in members
            ]
        if seal.unknown:
            unknown = Finding(
                "formats.signature.unknown_method", found=seal.unknown, severity=Severity.WARNING
            )
            findings.append(unknown)
    return seals, findings


def _text(path: Path) -> Inspection:
    """A text is readable when all its bytes are characters of one encoding."""
    decoded = text.decode_file(path, 16 << 20)
    broken = any(finding.severity is Severity.ERROR for finding in decoded.findings)
    return Inspection(not broken, decoded.findings, declared=decoded.encoding)


_TOOLS: dict[str, Callable[[Path, Format], Inspection]] = {
    "image": images.inspect,
    "pdf": lambda path, form: pdf.inspect(path),
    "ofd": _ofd,
    "audio": lambda path, form: media.inspect(path),
    "video": lambda path, form: media.inspect(path),
    "office": lambda path, form: office.inspect(path),
    "archive": lambda path, form: office.inspect(path) if form.mime == "application/zip" else _untested(form),
    "xml": lambda path, form: markup.inspect(path),
    "text": lambda path, form: _text(path),
}


def _untested(form: Format) -> Inspection:
    return unchecked("formats.content.no_tool", form.name)
