"""安全性: no malware, nothing superfluous, no state secrets where they may not be, safe carriers and process."""

from __future__ import annotations

from datetime import datetime, timedelta

from lantai.kernel.antivirus import Outcome as Scanned
from lantai.kernel.antivirus import Scan, scan_many
from lantai.kernel.errors import Unavailable
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.fourprops import layout
from lantai.kernel.fourprops.evidence import Evidence
from lantai.kernel.fourprops.model import Item, Outcome, Result
from lantai.kernel.fourprops.results import at_most, check, judged, unchecked
from lantai.kernel.recordtypes import classified

TOLD = 20


@check("antivirus")
def antivirus(evidence: Evidence, item: Item) -> Result:
    """4-1: an antivirus is there and its signatures are not older than ``days``."""
    scanner = evidence.context.scanner
    if scanner is None:
        return unchecked("fourprops.antivirus.none")
    try:
        version = scanner.version()
    except Unavailable as problem:
        return unchecked("fourprops.antivirus.away", reason=str(problem.facts.get("reason", "")))
    days = int(item.parameters.get("days", 7))
    when = version.signature_date
    found = when.date().isoformat() if when else ""
    today = datetime.combine(evidence.context.today, datetime.min.time())
    if when is None or today - when > timedelta(days=days):
        old = Finding("fourprops.antivirus.old", expected=str(days), found=found, severity=Severity.WARNING)
        return judged([old], engine=version.engine, signatures=version.signatures)
    return judged((), engine=version.engine, signatures=version.signatures, signature_date=found)


@check("malware")
def malware(evidence: Evidence, item: Item) -> Result:
    """4-2: every file is scanned; a file that could not be scanned is not clean."""
    scanner = evidence.context.scanner
    if scanner is None:
        return unchecked("fourprops.antivirus.none")
    infected: list[Finding] = []
    unscanned: list[Finding] = []
    paths = sorted(evidence.sizes)
    scans = scan_many(scanner, map(evidence.where, paths))
    for path, scan in zip(paths, scans, strict=True):
        if scan.outcome is Scanned.INFECTED:
            infected.append(Finding("fourprops.malware.found", path, found=scan.name))
        elif scan.outcome is Scanned.NOT_SCANNED:
            unscanned.append(_unscanned(path, scan))
        evidence.tick()
    result = judged(infected, files=len(paths), unscanned=len(unscanned), **_engine(evidence))
    return at_most(result, Outcome.ERROR, *unscanned[:TOLD]) if unscanned else result


def _unscanned(path: str, scan: Scan) -> Finding:
    return Finding("fourprops.malware.unscanned", path, found=scan.reason, severity=Severity.INFO)


def _engine(evidence: Evidence) -> dict[str, str]:
    try:
        version = evidence.context.scanner.version() if evidence.context.scanner else None
    except Unavailable:
        return {}
    return {"engine": version.engine, "signatures": version.signatures} if version else {}


@check("superfluous")
def superfluous(evidence: Evidence, item: Item) -> Result:
    """4-3: the carrier holds nothing that belongs to no record and not to the package's frame."""
    return judged([Finding("fourprops.file.superfluous", path) for path in layout.strays(evidence)])


@check("secrecy")
def secrecy(evidence: Evidence, item: Item) -> Result:
    """LT-4-1: no record whose 密级 is 秘密 or above enters a system that is not built for it."""
    found = [
        Finding("fourprops.record.classified", record.ref, found=record.values.get("security", ""))
        for record in evidence.package.records
        if classified(record.values)
    ]
    return judged(found, records=len(evidence.package.records))
