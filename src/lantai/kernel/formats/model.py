"""What a file is (:class:`Format`) and what was seen when it was opened (:class:`Inspection`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantai.kernel.findings import Finding, Severity

UNKNOWN_MIME = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Format:
    """The identified format of one file.

    ``puid`` is PRONOM's identifier ("fmt/43"), an own one ("local/ofd") or "" when unknown; ``mime`` is never
    empty; ``basis`` says by what it was recognised; ``extension`` is the file's own suffix in lower case,
    without the dot; ``warning`` is what the recogniser doubted ("extension mismatch"), or "".
    """

    puid: str
    mime: str = UNKNOWN_MIME
    name: str = ""
    basis: str = ""
    extension: str = ""
    warning: str = ""
    kind: str = "other"
    """image, pdf, ofd, audio, video, office, xml, text, archive or other: which tool opens it."""

    def as_json(self) -> dict[str, str]:
        """Return all fields by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, document: Mapping[str, str]) -> Format:
        """Return the format of an :meth:`as_json` document."""
        return cls(**document)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What opening a file told.

    ``readable``: True, it was decoded to its end without complaint; False, the tool says that it is damaged
    or locked; None, it could not be checked (no tool for the format, a crash, no time), which is no verdict.
    ``pages`` counts pages of documents and images inside an image file; ``declared`` is a claim of the file
    about itself ("PDF/A-2b", "OFD-A"), never a validation. ``signatures`` counts signatures and seals;
    findings about them have codes below ``formats.signature``.
    """

    readable: bool | None
    findings: tuple[Finding, ...] = ()
    pages: int | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: float | None = None
    encrypted: bool = False
    declared: str = ""
    signatures: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return all fields by name, findings as documents that keep their facts."""
        document: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        document["findings"] = [_finding_document(finding) for finding in self.findings]
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Inspection:
        """Return the inspection of an :meth:`as_json` document."""
        told = dict(document)
        told["findings"] = tuple(_finding(entry) for entry in told["findings"])
        return cls(**told)


@dataclass(frozen=True, slots=True)
class Examined:
    """One file of a batch: where it lies, what it is, what opening it told, its text by pages where it was asked."""

    path: str
    format: Format
    inspection: Inspection
    pages: tuple[str, ...] = ()


def _finding_document(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "path": finding.path,
        "expected": finding.expected,
        "found": finding.found,
        "severity": finding.severity.value,
        "facts": dict(finding.facts),
    }


def _finding(document: Mapping[str, Any]) -> Finding:
    return Finding(**{**document, "severity": Severity(document["severity"])})


def damaged(code: str, found: str = "", expected: str = "") -> Inspection:
    """Return the inspection of a file that its tool refuses, with one error."""
    return Inspection(False, (Finding(code, expected=expected, found=found[:300]),))


def unchecked(code: str, found: str = "") -> Inspection:
    """Return the inspection of a file that could not be checked, with the reason as information."""
    return Inspection(None, (Finding(code, found=found[:300], severity=Severity.INFO),))
