"""Words of the four-property check (四性检测, DA/T 70-2018): stages, outcomes, items, schemes, reports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from lantai.kernel.antivirus import Scans
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats import Accepted, Format
from lantai.kernel.recordtypes import Label, RecordType

SCHEMA = "lantai.check/1"
UNNAMED = Label("", "")


class Stage(StrEnum):
    """When a check is made: 归档, 移交与接收, 长期保存."""

    GD = "GD"
    YJ = "YJ"
    CQ = "CQ"


class Outcome(StrEnum):
    """What one item came to. ``manual``: a person decides; ``error``: it could not be checked."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    MANUAL = "manual"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a scheme.

    ``code`` as in reports ("YJ-1-8"); an item without a name is a slot whose name is not confirmed. ``auto``
    is A (machine), S (machine where the evidence is there), M (person) or "" (slot). ``check`` names the
    function, "" for M and slots. ``basis`` tells how sure code and method are (C, c, K, B, house).
    """

    code: str
    property: str
    name: Label
    group: Label
    auto: str
    basis: str
    check: str
    method: Label
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scheme:
    """The items of one stage and record type, with the version that reports quote."""

    id: str
    version: int
    stage: Stage
    label: Label
    items: tuple[Item, ...]

    def __str__(self) -> str:
        return f"{self.id}/{self.version}"


@dataclass(frozen=True, slots=True)
class Context:
    """What a run may use beside the package.

    ``digests``            known digests by path; what is missing is computed
    ``existing``           which of some 档号 are in the holdings; None: no holdings in this run
    ``scanner``            None: no antivirus, so the virus items could not be checked
    ``sent``               digests by path before hand-over, by algorithm
    ``database_readable``  whether the target database answers; None: there is none in this run
    ``sample``             share of records (0–1) that a person looks at besides the machine
    ``threads``            processes and threads at work, None: one per core
    """

    types: Mapping[str, RecordType]
    digests: Mapping[str, FileDigests] = field(default_factory=dict)
    existing: Callable[[Collection[str]], set[str]] | None = None
    scanner: Scans | None = None
    today: date = field(default_factory=date.today)
    sent: Mapping[str, Mapping[str, str]] | None = None
    database_readable: Callable[[], bool] | None = None
    sample: float = 0.0
    threads: int | None = None
    accepted: Accepted | None = None
    schemes: Path | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a check function returns: the outcome, what was found, figures that support it."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    evidence: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One line of a report."""

    code: str
    name: Label
    property: str
    group: Label
    outcome: Outcome
    basis: str
    auto: str = ""
    method: Label = UNNAMED
    findings: tuple[Finding, ...] = ()
    evidence: Mapping[str, Fact] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. ``scheme`` is "id/version"; ``verdict`` is fail, manual or pass.

    ``formats`` are those of the files that were opened, by path: for the caller, not part of the document.
    """

    stage: Stage
    scheme: str
    verdict: str
    items: tuple[ItemResult, ...]
    files: int
    bytes: int
    seconds: float
    started: datetime
    formats: Mapping[str, Format] = field(default_factory=dict, compare=False, repr=False)

    def as_json(self, language: str = "zh") -> dict[str, Any]:
        """Return the document ``lantai.check/1`` in ``zh`` or ``en``."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "stage": self.stage.value,
            "scheme": self.scheme,
            "items": [_item_document(item, language) for item in self.items],
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "started": self.started.isoformat(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Report:
        """Return the report of an :meth:`as_json` document of either language."""
        return cls(
            Stage(document["stage"]),
            document["scheme"],
            document["verdict"],
            tuple(_item(entry) for entry in document["items"]),
            document["files"],
            document["bytes"],
            document["seconds"],
            datetime.fromisoformat(document["started"]),
        )


def verdict(results: Collection[ItemResult]) -> str:
    """Return fail if any item failed; manual if any waits for a person or could not be checked; else pass."""
    outcomes = {result.outcome for result in results}
    if Outcome.FAIL in outcomes:
        return "fail"
    return "manual" if outcomes & {Outcome.MANUAL, Outcome.ERROR} else "pass"


def _item_document(item: ItemResult, language: str) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name[language],
        "property": item.property,
        "group": item.group[language],
        "outcome": item.outcome.value,
        "basis": item.basis,
        "auto": item.auto,
        "method": item.method[language],
        "findings": [
            {**finding.as_json(language), "facts": dict(finding.facts)} for finding in item.findings
        ],
        "evidence": dict(item.evidence),
        "seconds": round(item.seconds, 3),
        "labels": {
            key: [getattr(item, key).zh, getattr(item, key).en] for key in ("name", "group", "method")
        },
    }


def _item(document: Mapping[str, Any]) -> ItemResult:
    labels = {key: Label(*told) for key, told in document["labels"].items()}
    return ItemResult(
        document["code"],
        labels["name"],
        document["property"],
        labels["group"],
        Outcome(document["outcome"]),
        document["basis"],
        document["auto"],
        labels["method"],
        tuple(_finding(entry) for entry in document["findings"]),
        document["evidence"],
        document["seconds"],
    )


def _finding(document: Mapping[str, Any]) -> Finding:
    return Finding(
        document["code"],
        document["path"],
        document["expected"],
        document["found"],
        Severity(document["severity"]),
        document["facts"],
    )
