"""完整性: everything that was announced is there, and whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from lantai.kernel import refcodes
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.fourprops.evidence import Evidence, attached
from lantai.kernel.fourprops.model import Item, Outcome, Result
from lantai.kernel.fourprops.results import at_most, check, judged, manual, not_applicable
from lantai.kernel.packages.model import Component, PackageRecord
from lantai.kernel.recordtypes import check_required, normalise
from lantai.kernel.refcodes import Gap, RefCode

PAGED = frozenset({"image", "pdf", "ofd"})
SPAN_LIMIT = 1000
"""Numbers of one gap that are looked up in the holdings."""


@check("items")
def items(evidence: Evidence, item: Item) -> Result:
    """2-1: as many records as the register says."""
    declared = evidence.package.register.items
    if declared is None:
        return manual("fourprops.register.none")
    found = len(evidence.items)
    if found == declared:
        return judged((), declared=declared, found=found)
    return judged([Finding("fourprops.items.differ", "", str(declared), str(found))], declared=declared)


@check("bytes")
def bytes_(evidence: Evidence, item: Item) -> Result:
    """2-2: as many bytes as the register says, of the content or of the whole package."""
    declared = evidence.package.register.bytes
    if declared is None:
        return manual("fourprops.register.none")
    whole = sum(evidence.sizes.values())
    content = sum(evidence.sizes.get(path, 0) for path in evidence.component_paths)
    if declared in (whole, content):
        return judged((), declared=declared, content=content, whole=whole)
    return judged([Finding("fourprops.bytes.differ", "", str(declared), str(content))], whole=whole)


def _required(evidence: Evidence, code: str) -> Iterator[Finding]:
    for record, type in evidence.typed():
        found = check_required(type, record.values, evidence.stage.value, level=record.level)
        for finding in found:
            if (finding.code == "recordtypes.element.missing") == (code == "missing"):
                yield finding


@check("elements")
def elements(evidence: Evidence, item: Item) -> Result:
    """2-3: no element that the type asks for is missing; every record is of a known type."""
    unknown = [
        Finding("fourprops.record.type", record.ref, found=record.type)
        for record in evidence.package.records
        if evidence.type(record) is None
    ]
    if not evidence.package.records:
        return judged([Finding("fourprops.record.none")])
    return judged([*unknown, *_required(evidence, "missing")], records=len(evidence.package.records))


@check("mandatory")
def mandatory(evidence: Evidence, item: Item) -> Result:
    """2-4: mandatory elements are not empty."""
    return judged(_required(evidence, "empty"), records=len(evidence.package.records))


@check("process")
def process(evidence: Evidence, item: Item) -> Result:
    """2-5: the processing history, where records carry elements of events; else a person looks."""
    told = [
        record
        for record, type in evidence.typed()
        if any(record.values.get(element.key) for element in type.of_scope("event"))
    ]
    if not told:
        return manual("fourprops.process.none")
    lacking = {record.ref for record in evidence.items} - {record.ref for record in told}
    return judged(
        [Finding("fourprops.process.missing", ref, severity=Severity.WARNING) for ref in sorted(lacking)],
        records=len(told),
    )


@check("continuity")
def continuity(evidence: Evidence, item: Item) -> Result:
    """2-6: numbers in one run have no gap that the holdings do not fill."""
    codes = list(_codes(evidence))
    if not codes:
        return not_applicable("fourprops.record.none")
    findings = [
        Finding("fourprops.number.gap", gap.example, found=_spans(spans))
        for gap in refcodes.gaps(codes, int(item.parameters.get("first", 1)))
        if (spans := _unfilled(evidence, gap))
    ]
    return judged(findings, codes=len(codes))


def _codes(evidence: Evidence) -> Iterator[RefCode]:
    for record in evidence.package.records:
        try:
            yield refcodes.parse(record.ref, level=record.level)
        except Invalid:
            continue  # that it cannot be read is what item 1-7 says


def _unfilled(evidence: Evidence, gap: Gap) -> list[tuple[int, int]]:
    """Return the spans of missing numbers that the holdings do not have either."""
    existing = evidence.context.existing
    if existing is None:
        return list(gap.missing)
    left = []
    for first, last in gap.missing:
        wanted = _neighbours(gap.example, range(first, min(last, first + SPAN_LIMIT) + 1))
        if not wanted or existing(wanted) < set(wanted):
            left.append((first, last))
    return left


def _neighbours(example: str, numbers: range) -> list[str]:
    """Return the codes that differ from ``example`` in their last number only."""
    last = re.search(r"(\d+)$", example)
    if last is None:
        return []
    return [f"{example[: last.start()]}{number:0{len(last[1])}d}" for number in numbers]


def _spans(spans: list[tuple[int, int]]) -> str:
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in spans[:10]]
    return "、".join(shown) + ("…" if len(spans) > 10 else "")


@check("content")
def content(evidence: Evidence, item: Item) -> Result:
    """2-7: the main content is whole: nothing torn, as many pages as the metadata say."""
    findings: list[Finding] = []
    counted = uncounted = 0
    for record in evidence.package.records:
        mains = [part for part in record.components if not attached(part) and part.path in evidence.sizes]
        findings += _torn(evidence, mains)
        declared = _number(evidence.meant(record).get("pages", ""))
        totals = _page_totals(evidence, mains, item.parameters.get("pages", "count"))
        if declared is None or not mains or totals is None:
            uncounted += 1
        else:
            counted += 1
            if declared not in totals:
                facts = {"ref": record.ref}
                found = str(max(totals))
                findings.append(
                    Finding(
                        "fourprops.pages.differ", record.ref, f"页数 {declared}", f"页数 {found}", facts=facts
                    )
                )
    result = judged(findings, counted=counted, uncounted=uncounted)
    if counted or findings:
        return result
    reason = Finding("fourprops.pages.uncounted", found=str(uncounted), severity=Severity.INFO)
    return at_most(result, Outcome.MANUAL, reason)


def _torn(evidence: Evidence, parts: list[Component]) -> Iterator[Finding]:
    for part in parts:
        inspection = evidence.seen[part.path].inspection
        if inspection.readable is False and not inspection.encrypted:
            yield Finding("fourprops.content.torn", part.path)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text.strip()) else None


def _page_totals(evidence: Evidence, parts: list[Component], rule: str) -> set[int] | None:
    """Return the page counts that the files allow, or None when they cannot be counted.

    A scanned image is a page, a multi-page file counts inside. Where the same content is there in two
    formats (an OFD beside its scans) either may be what was counted, so each kind's sum is allowed, too.
    """
    if rule == "none":
        return None
    by_kind: dict[str, int] = defaultdict(int)
    for part in parts:
        seen = evidence.seen[part.path]
        if seen.form.kind not in PAGED:
            continue
        if seen.inspection.pages is None:
            return None
        by_kind[seen.form.kind] += seen.inspection.pages
    if not by_kind:
        return None
    return {sum(by_kind.values()), *by_kind.values()}


@check("attachments")
def attachments(evidence: Evidence, item: Item) -> Result:
    """2-8: attachments that are named are there and whole; whether all are named, a person sees."""
    named = [(record, part) for record, part in evidence.components() if attached(part)]
    told = [record.ref for record in evidence.items if record.values.get("attachments", "").strip()]
    with_files = {record.ref for record, _ in named}
    missing = [
        Finding("fourprops.file.missing", part.path, record.ref)
        for record, part in named
        if part.path not in evidence.sizes
    ]
    torn = _torn(evidence, [part for _, part in named if part.path in evidence.sizes])
    lacking = [Finding("fourprops.attachment.missing", ref) for ref in told if ref not in with_files]
    if not named and not told:
        return manual("fourprops.attachment.none")
    return judged([*missing, *torn, *lacking], attachments=len(named))


@check("scope")
def scope(evidence: Evidence, item: Item) -> Result:
    """2-9: nothing of the filing scope is missing; without a machine-readable list a person decides."""
    return manual("fourprops.scope.none")


@check("package_metadata")
def package_metadata(evidence: Evidence, item: Item) -> Result:
    """2-10: every row of the catalogue has its metadata and the reverse, and both say the same."""
    declared = evidence.package.declared
    if not declared:
        return not_applicable("fourprops.catalogue.none")
    refs = {record.ref for record in evidence.package.records}
    findings = [Finding("fourprops.catalogue.lacks", ref) for ref in sorted(refs - declared.keys())]
    findings += [Finding("fourprops.metadata.lacks", ref) for ref in sorted(declared.keys() - refs)]
    for record, type in evidence.typed():
        row = normalise(type, declared.get(record.ref, {}))
        meant = evidence.meant(record)
        for key in row.keys() & meant.keys():
            if row[key].strip() and meant[key].strip() and row[key].strip() != meant[key].strip():
                findings.append(_disagreement(record, type.element(key).label.zh, row[key], meant[key]))
    return judged(findings, rows=len(declared))


def _disagreement(record: PackageRecord, label: str, row: str, meant: str) -> Finding:
    return Finding("fourprops.metadata.disagrees", record.ref, row, meant, facts={"label": label})


@check("package_content")
def package_content(evidence: Evidence, item: Item) -> Result:
    """2-11: as many files as the package's metadata state."""
    declared = evidence.package.register.files
    named, whole = len(evidence.component_paths), len(evidence.sizes)
    missing = sorted(evidence.component_paths - evidence.sizes.keys())
    findings = [Finding("fourprops.file.missing", path) for path in missing]
    findings += evidence.findings_of(*item.parameters.get("codes", ()))
    if declared is not None and declared not in (named, whole):
        findings.append(Finding("fourprops.files.differ", "", str(declared), str(named)))
    return judged(findings, declared=declared, named=named, whole=whole)
