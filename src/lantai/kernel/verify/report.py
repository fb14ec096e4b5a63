"""What the verifier answers: one item per thing looked at, as a document for machines or lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unicodedata import category

from lantai.kernel.findings import Severity
from lantai.kernel.texts import advice, text
from lantai.kernel.witness.answers import Item, Kind, Verdict

SCHEMA = "lantai.verify/1"

SHOWN = 20
"""Findings that people are shown per item; the document for machines has all."""


KINDS = {
    Kind.BAG: "verify.kind.bag",
    Kind.CONSISTENCY: "verify.kind.consistency",
    Kind.DEPOSITS: "verify.kind.deposits",
    Kind.EXPORT: "verify.kind.export",
    Kind.INCLUSION: "verify.kind.inclusion",
    Kind.LEDGER: "verify.kind.ledger",
    Kind.OCFL_OBJECT: "verify.kind.ocfl_object",
    Kind.OCFL_ROOT: "verify.kind.ocfl_root",
    Kind.PACKAGE: "verify.kind.package",
    Kind.PROOF: "verify.kind.proof",
    Kind.UNKNOWN: "verify.kind.unknown",
}

VERDICTS = {
    Verdict.YES: "verify.verdict.yes",
    Verdict.NO: "verify.verdict.no",
    Verdict.UNKNOWN: "verify.verdict.unknown",
}

SAID = {
    Severity.ERROR: "verify.said.error",
    Severity.WARNING: "verify.said.warning",
    Severity.INFO: "verify.said.info",
}
"""Texts of a finding by severity, the gravest first."""

FACTS = {
    "ref": "verify.fact.ref",
    "title": "verify.fact.title",
    "urn": "verify.fact.urn",
    "received_at": "verify.fact.received_at",
    "received_by": "verify.fact.received_by",
    "history": "verify.fact.history",
    "form": "verify.fact.form",
    "batches": "verify.fact.batches",
    "objects": "verify.fact.objects",
    "records": "verify.fact.records",
    "files": "verify.fact.files",
    "bytes": "verify.fact.bytes",
    "entry": "verify.fact.entry",
    "act": "verify.fact.act",
    "at": "verify.fact.at",
    "by": "verify.fact.by",
    "size": "verify.fact.size",
    "since": "verify.fact.since",
    "origin": "verify.fact.origin",
    "stamped_at": "verify.fact.stamped_at",
    "fingerprint": "verify.fact.fingerprint",
}
"""Texts of facts, in the order in which people read them."""


def total(items: Sequence[Item]) -> Verdict:
    """Return the verdict on all items: no if any is no, else unknown if any is unknown or there is none."""
    verdicts = {item.verdict for item in items}
    if Verdict.NO in verdicts:
        return Verdict.NO
    return Verdict.YES if verdicts == {Verdict.YES} else Verdict.UNKNOWN


def document(items: Sequence[Item], language: str) -> dict[str, Any]:
    """Return the answer as the document ``lantai.verify/1``."""
    return {
        "schema": SCHEMA,
        "verdict": total(items).value,
        "items": [
            {
                "path": item.path,
                "kind": item.kind.value,
                "verdict": item.verdict.value,
                "facts": dict(item.facts),
                "findings": [finding.as_json(language) for finding in item.findings],
            }
            for item in items
        ],
    }


def lines(item: Item, language: str) -> list[str]:
    """Return what people read about one item; characters that steer terminals are made visible."""
    kind = text(KINDS[item.kind], language)
    said = [text(VERDICTS[item.verdict], language, path=item.path, kind=kind)]
    for name, code in FACTS.items():
        if name in item.facts:
            said.append("  " + text(code, language, value=item.facts[name]))
    order = list(SAID)
    findings = sorted(item.findings, key=lambda each: order.index(each.severity))
    for finding in findings[:SHOWN]:
        facts = {"path": finding.path, **finding.facts}
        then = advice(finding.code, language, **facts)
        message = finding.message(language) + (f" {then}" if then and language == "en" else then)
        said.append("  " + text(SAID[finding.severity], language, message=message))
    if len(findings) > SHOWN:
        said.append("  " + text("verify.said.more", language, count=len(findings) - SHOWN))
    return [_visible(line) for line in said]


def _visible(line: str) -> str:
    """Write control, direction and broken characters as escapes; all other text stays as it is."""
    steering = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join(c.encode("unicode_escape").decode("ascii") if category(c) in steering else c for c in line)
