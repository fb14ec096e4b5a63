"""可用性: metadata and content can be read, in formats that will be readable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats import UNKNOWN_MIME
from lantai.kernel.fourprops import layout
from lantai.kernel.fourprops.evidence import Evidence
from lantai.kernel.fourprops.model import Item, Outcome, Result
from lantai.kernel.fourprops.results import at_most, check, judged, manual, not_applicable
from lantai.kernel.recordtypes import check_characters

GARBLED = (
    "recordtypes.characters.replaced",
    "recordtypes.characters.mojibake",
    "recordtypes.characters.unassigned",
)
BROKEN_TOOL = frozenset(
    {
        "formats.content.crash",
        "formats.content.timeout",
        "formats.content.tool_failed",
        "formats.file.missing",
    }
)
DRAFTS = ("修改稿", "草稿")
"""How the roles begin of what a record was made from."""
TOLD = 20
"""Files without a verdict that a result names one by one."""


@check("metadata_readable")
def metadata_readable(evidence: Evidence, item: Item) -> Result:
    """3-1: the metadata files could be parsed and hold no garbled text."""
    found = list(layout.structure(evidence, item).findings)
    for record, type in evidence.typed():
        found += [finding for finding in check_characters(type, record.values) if finding.code in GARBLED]
    return judged(found, records=len(evidence.package.records))


@check("database")
def database(evidence: Evidence, item: Item) -> Result:
    """3-2: the target database answers."""
    readable = evidence.context.database_readable
    if readable is None:
        return not_applicable("fourprops.database.none")
    return judged([] if readable() else [Finding("fourprops.database.unreadable")])


def _content(evidence: Evidence) -> Iterator[str]:
    """Yield the content files that are there, in order."""
    yield from sorted(evidence.component_paths & evidence.sizes.keys())


@check("format")
def format_(evidence: Evidence, item: Item) -> Result:
    """3-3: every content file is in an accepted format, recognised by its bytes.

    What a record was made from may be in another one where the record itself is in an accepted one: a telephone's
    photographs beside the PDF of their pages.
    """
    findings = []
    made_from = _made_from(evidence)
    for path in _content(evidence):
        form = evidence.seen[path].form
        if not form.puid and form.mime == UNKNOWN_MIME:
            findings.append(Finding("fourprops.format.unknown", path, found=form.extension))
        elif evidence.accepted.entry(form) is None:
            code = "fourprops.format.beside" if path in made_from else "fourprops.format.unaccepted"
            severity = Severity.INFO if path in made_from else Severity.ERROR
            findings.append(Finding(code, path, found=form.name or form.mime, severity=severity))
    return judged(findings, list=f"{evidence.accepted.id}/{evidence.accepted.version}")


def _made_from(evidence: Evidence) -> frozenset[str]:
    """Return the drafts of records that have something else in an accepted format."""
    found: set[str] = set()
    for record in evidence.package.records:
        parts = [part for part in record.components if part.path in evidence.seen]
        drafts = {part.path for part in parts if part.role.startswith(DRAFTS)}
        others = (evidence.seen[part.path].form for part in parts if part.path not in drafts)
        if drafts and any(evidence.accepted.entry(form) for form in others):
            found |= drafts
    return frozenset(found)


@check("readable")
def readable(evidence: Evidence, item: Item) -> Result:
    """3-4: every content file opens; what no tool here opens, and a sample, is looked at by a person."""
    damaged: list[Finding] = []
    failed: list[Finding] = []
    unopened: list[Finding] = []
    opened = 0
    for path in _content(evidence):
        inspection = evidence.seen[path].inspection
        told = [
            replace(f, path=path) for f in inspection.findings if not f.code.startswith("formats.signature")
        ]
        if inspection.readable is None:
            (failed if any(f.code in BROKEN_TOOL for f in told) else unopened).extend(told)
        else:
            opened += inspection.readable
            damaged += [finding for finding in told if finding.severity is not Severity.INFO]
    result = judged(damaged, opened=opened, unopened=len(unopened), failed=len(failed))
    result = at_most(result, Outcome.MANUAL, *unopened[:TOLD]) if unopened else result
    result = at_most(result, Outcome.ERROR, *failed[:TOLD]) if failed else result
    sample = [Finding("fourprops.sample.look", ref, severity=Severity.INFO) for ref in _sample(evidence)]
    return at_most(result, Outcome.MANUAL, *sample) if sample and not failed else result


def _sample(evidence: Evidence) -> list[str]:
    """Return the records a person looks at: always the same ones for the same package."""
    share = evidence.context.sample
    refs = sorted(
        (record.ref for record in evidence.items), key=lambda ref: hashlib.sha256(ref.encode()).digest()
    )
    wanted = min(len(refs), -(-len(refs) * round(share * 1000) // 1000)) if share > 0 else 0
    return refs[:wanted]


@check("environment")
def environment(evidence: Evidence, item: Item) -> Result:
    """3-5: the package says what hardware and software it needs."""
    wanted = tuple(item.parameters.get("keys", ()))
    told = {key: value for key, value in evidence.package.description.items() if value.strip()}
    stated = next((told[key] for key in wanted if key in told), "")
    return judged((), environment=stated) if stated else manual("fourprops.environment.none")


@check("package_formats")
def package_formats(evidence: Evidence, item: Item) -> Result:
    """3-8: nothing in the package is packed again or encrypted (formats of the content: item 3-3)."""
    findings: list[Finding] = []
    for path in sorted(evidence.sizes):
        seen = evidence.seen[path]
        if seen.inspection.encrypted:
            findings.append(Finding("fourprops.content.encrypted", path, found=seen.form.name))
        if seen.form.kind == "archive":
            findings.append(Finding("fourprops.content.packed", path, found=seen.form.name))
    return judged(findings, files=len(evidence.sizes))
