"""What is answered about one thing that was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lantai.kernel.errors import Fact, LantaiError
from lantai.kernel.findings import Finding, failed


class Kind(StrEnum):
    """What a path turned out to be."""

    BAG = "bag"
    CONSISTENCY = "consistency"
    DEPOSITS = "deposits"
    EXPORT = "export"
    INCLUSION = "inclusion"
    LEDGER = "ledger"
    OCFL_OBJECT = "ocfl_object"
    OCFL_ROOT = "ocfl_root"
    PACKAGE = "package"
    PROOF = "proof"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """``yes``: whole and authentic as stated; ``no``: something is wrong; ``unknown``: could not tell."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
    """The answer about one path."""

    path: str
    kind: Kind
    verdict: Verdict
    facts: Mapping[str, Fact] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def answer(
    path: str, kind: Kind, findings: Sequence[Finding], facts: Mapping[str, Fact], *, told: bool = True
) -> Item:
    """Return the item; without errors the verdict is yes, or unknown when it cannot be ``told``."""
    verdict = Verdict.NO if failed(list(findings)) else Verdict.YES if told else Verdict.UNKNOWN
    return Item(path, kind, verdict, facts, tuple(findings))


def finding_from(error: LantaiError, path: str) -> Finding:
    """Return the finding that says about ``path`` what ``error`` says."""
    facts = dict(error.facts)
    facts.pop("path", None)
    expected, found = (str(facts.pop(name, "")) for name in ("expected", "found"))
    return Finding(error.code, path, expected, found, facts=facts)
