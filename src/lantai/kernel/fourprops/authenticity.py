"""真实性: the metadata are right, the content is what was made, both belong together, nothing was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from lantai.kernel import refcodes
from lantai.kernel.digests import new
from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.fourprops import layout
from lantai.kernel.fourprops.evidence import Evidence, Seen
from lantai.kernel.fourprops.model import Item, Outcome, Result
from lantai.kernel.fourprops.results import at_most, check, judged, manual, not_applicable
from lantai.kernel.packages.model import Component, PackageRecord
from lantai.kernel.recordtypes import (
    RecordType,
    check_characters,
    check_kind,
    check_length,
    check_sense,
    check_vocabulary,
)

ASKED = 1000
"""档号 asked of the holdings at a time."""


@check("fixity")
def fixity(evidence: Evidence, item: Item) -> Result:
    """1-1: declared digests and the digests inside seals are recomputed; certificates are left to a person."""
    compared, findings = _compare(evidence, _declared(evidence))
    seals = 0
    for path, seen in _sealed(evidence):
        seals += seen.inspection.signatures
        told = seen.inspection.findings
        findings += [_at(finding, path) for finding in told if finding.code.startswith("formats.signature.")]
    if not compared and not seals and not findings:
        return manual("fourprops.fixity.none")
    result = judged(findings, compared=compared, signatures=seals)
    if not seals:
        return result
    question = Finding("fourprops.fixity.certificates", found=str(seals), severity=Severity.INFO)
    return at_most(result, Outcome.MANUAL, question)


def _sealed(evidence: Evidence) -> Iterator[tuple[str, Seen]]:
    for path in sorted(evidence.component_paths & evidence.sizes.keys()):
        seen = evidence.seen[path]
        if seen.inspection.signatures or any("signature" in f.code for f in seen.inspection.findings):
            yield path, seen


def _at(finding: Finding, path: str) -> Finding:
    return Finding(finding.code, path, finding.expected, finding.found, finding.severity, finding.facts)


def _declared(evidence: Evidence) -> dict[str, Mapping[str, str]]:
    """Return the digests that the sender declared by path: of the package, then of single components."""
    told: dict[str, Mapping[str, str]] = {path: dict(by) for path, by in evidence.package.digests.items()}
    for _, component in evidence.components():
        if component.declared_digest:
            told[component.path] = {**told.get(component.path, {}), **component.declared_digest}
    return told


def _compare(evidence: Evidence, told: Mapping[str, Mapping[str, str]]) -> tuple[int, list[Finding]]:
    """Return how many digests were compared, and a finding for each that differs or cannot be computed."""
    findings: list[Finding] = []
    compared = 0
    for path, by_algorithm in told.items():
        if path not in evidence.sizes:
            findings.append(Finding("fourprops.file.missing", path))
            continue
        for algorithm, expected in by_algorithm.items():
            name = algorithm.lower().replace("-", "").replace("_", "")
            if not _known(name):
                findings.append(
                    Finding("fourprops.digest.algorithm", path, found=algorithm, severity=Severity.WARNING)
                )
                continue
            compared += 1
            found = evidence.digest(path, name)
            if found != expected.strip().lower():
                facts: dict[str, Fact] = {"algorithm": name.upper()}
                findings.append(Finding("fourprops.digest.differs", path, expected, found, facts=facts))
    return compared, findings


def _known(algorithm: str) -> bool:
    try:
        new(algorithm)
    except ValueError:
        return False
    return True


@check("consistency")
def consistency(evidence: Evidence, item: Item) -> Result:
    """1-14: the package as received is the package as sent, by the digests taken before hand-over."""
    sent = evidence.context.sent
    if sent is None and not evidence.package.digests:
        return manual("fourprops.sent.none")
    told = sent if sent is not None else evidence.package.digests
    compared, findings = _compare(evidence, told)
    if sent is not None:
        extra = sorted(evidence.sizes.keys() - sent.keys())
        findings += [Finding("fourprops.sent.added", path) for path in extra]
    return judged(findings, compared=compared)


def _values(evidence: Evidence, one: Callable[[RecordType, PackageRecord], list[Finding]]) -> Result:
    """Judge every record of a known type by ``one``."""
    findings: list[Finding] = []
    count = 0
    for record, type in evidence.typed():
        count += 1
        findings += one(type, record)
    if not count:
        return not_applicable("fourprops.record.none")
    return judged(findings, records=count)


@check("length")
def length(evidence: Evidence, item: Item) -> Result:
    """1-2: length of every metadata value."""
    return _values(evidence, lambda type, record: check_length(type, record.values))


@check("kind")
def kind(evidence: Evidence, item: Item) -> Result:
    """1-3: data type and format of every metadata value."""
    return _values(evidence, lambda type, record: check_kind(type, record.values))


@check("vocabulary")
def vocabulary(evidence: Evidence, item: Item) -> Result:
    """1-4: coded elements hold values of their list."""
    return _values(evidence, lambda type, record: check_vocabulary(type, record.values))


@check("sense")
def sense(evidence: Evidence, item: Item) -> Result:
    """1-5: values can be true."""
    today = evidence.context.today
    return _values(evidence, lambda type, record: check_sense(type, record.values, today=today))


@check("characters")
def characters(evidence: Evidence, item: Item) -> Result:
    """1-6: no special characters."""
    return _values(evidence, lambda type, record: check_characters(type, record.values))


@check("reference_code")
def reference_code(evidence: Evidence, item: Item) -> Result:
    """1-7: the 档号 follows a rule and agrees with the metadata."""
    return _values(
        evidence,
        lambda type, record: refcodes.check_code(evidence.meant(record), level=record.level),
    )


@check("repetition")
def repetition(evidence: Evidence, item: Item) -> Result:
    """1-8: no 档号 twice in the package or already in the holdings; as a warning, equal descriptions."""
    records = evidence.package.records
    counted = Counter(record.ref for record in records)
    findings = [
        Finding("fourprops.ref.twice", ref, found=str(count)) for ref, count in counted.items() if count > 1
    ]
    if evidence.context.existing is not None:
        findings += [Finding("fourprops.ref.held", ref) for ref in sorted(_held(evidence, list(counted)))]
    findings += _alike(evidence, tuple(item.parameters.get("alike", ())))
    return judged(findings, refs=len(counted), holdings=evidence.context.existing is not None)


def _held(evidence: Evidence, refs: list[str]) -> set[str]:
    existing = evidence.context.existing
    found: set[str] = set()
    remaining = iter(refs)
    while existing is not None and (asked := list(islice(remaining, ASKED))):
        found |= existing(asked) & set(asked)
    return found


def _alike(evidence: Evidence, keys: tuple[str, ...]) -> Iterator[Finding]:
    """Yield a warning for each item whose values of all ``keys`` another item has, too."""
    first: dict[tuple[str, ...], str] = {}
    for record in evidence.items:
        told = tuple(record.values.get(key, "").strip() for key in keys)
        if not keys or not all(told):
            continue
        other = first.setdefault(told, record.ref)
        if other != record.ref:
            yield Finding("fourprops.record.alike", record.ref, found=other, severity=Severity.WARNING)


@check("attributes")
def attributes(evidence: Evidence, item: Item) -> Result:
    """1-10: size and format of each file are those that the metadata tell; its suffix fits its bytes."""
    findings: list[Finding] = []
    count = 0
    for _, component in evidence.components():
        if component.path in evidence.sizes:
            count += 1
            findings += _attributes(evidence, component)
    return judged(findings, files=count)


def _attributes(evidence: Evidence, component: Component) -> Iterator[Finding]:
    path, size = component.path, evidence.sizes[component.path]
    form = evidence.seen[path].form
    if component.declared_size is not None and component.declared_size != size:
        yield Finding("fourprops.size.differs", path, str(component.declared_size), str(size))
    told = component.declared_format.strip()
    if told and not evidence.accepted.means(told, form):
        yield Finding("fourprops.format.differs", path, told, form.name or form.mime)
    if "extension mismatch" in form.warning and form.puid and not form.puid.startswith("local/"):
        found = form.name or form.mime
        yield Finding("fourprops.format.suffix", path, form.extension, found, Severity.WARNING)


@check("links")
def links(evidence: Evidence, item: Item) -> Result:
    """1-11: every record has its files, every named file is there, no content file belongs to nobody."""
    findings = [
        Finding("fourprops.record.no_files", record.ref)
        for record in evidence.items
        if not record.components and not _has_items(evidence, record)
    ]
    findings += [
        Finding("fourprops.file.missing", component.path, record.ref)
        for record, component in evidence.components()
        if component.path not in evidence.sizes
    ]
    findings += [Finding("fourprops.file.orphan", path) for path in layout.orphans(evidence)]
    findings += evidence.findings_of(*item.parameters.get("codes", ()))
    return judged(findings, records=len(evidence.items), files=len(evidence.component_paths))


def _has_items(evidence: Evidence, record: PackageRecord) -> bool:
    return record.level == "file" and any(other.parent == record.ref for other in evidence.package.records)


@check("description")
def description(evidence: Evidence, item: Item) -> Result:
    """1-12: 说明文件 and 目录文件 have what they must have."""
    return layout.structure(evidence, item)


@check("folders")
def folders(evidence: Evidence, item: Item) -> Result:
    """1-13: the folders are laid out as the form of the package says; also whatever no other item claims."""
    return layout.structure(evidence, item)
