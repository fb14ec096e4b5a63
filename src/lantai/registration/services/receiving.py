"""What workers do with deposits: receive and check, preserve and certify. Each step may be killed and made again."""

from __future__ import annotations

import base64
import json
import logging
import shutil
from collections.abc import Collection, Mapping
from datetime import UTC, date

from django.db import DatabaseError, transaction
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.base.locks import busy, held
from lantai.base.scanner import scanner
from lantai.base.walking import Advanced, advance_each, reason_of
from lantai.checks import queries as checks
from lantai.checks.services import record_run
from lantai.holdings import queries as holdings
from lantai.kernel import canonical
from lantai.kernel.digests import FileDigests, digest_bytes, digest_file
from lantai.kernel.errors import Corrupt, Invalid, LantaiError, Unavailable
from lantai.kernel.findings import Finding, Severity, failed
from lantai.kernel.fourprops import Context, Report, Stage, run
from lantai.kernel.packages import Container, Package, arrive, open_package
from lantai.kernel.packages.contents import survey
from lantai.kernel.packages.opening import form_of
from lantai.kernel.packages.papers import read_digests
from lantai.kernel.packages.telling import finding_of
from lantai.kernel.storage import Taken
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record
from lantai.registration.folders import place_of, sweep
from lantai.registration.matters import matters
from lantai.registration.models import AUTOMATIC, Backup, Kept
from lantai.registration.tables import table_findings
from lantai.vault import queries as vault
from lantai.vault.services import Aip, Held, deposit

logger = logging.getLogger(__name__)

KIND = "backup"
"""What the vault's rule of copies goes by; no catalogue and no search knows objects of this kind."""

SHOWN = 200
"""Findings that are kept; the number of all is told."""

_MARKED = ("bagit", "dat93", "eark", "eep")
"""Forms that show themselves beyond doubt; any folder with a sheet could be a list."""


def advance_all(skip: Collection[str] = ()) -> Advanced:
    """Advance every deposit that can go on by itself, but those in ``skip``; errors are logged."""
    rows = Backup.objects.filter(state__in=AUTOMATIC).order_by("id").values_list("number", "state")
    return advance_each(list(rows), _advance, skip=skip, what="backup", logger=logger)


def others_receive() -> bool:
    """Return whether another process has a deposit in hand at this moment."""
    rows = Backup.objects.filter(state__in=AUTOMATIC).values_list("uuid", flat=True)
    return any(busy(f"backup-{uuid}") for uuid in rows)


def _advance(number: str) -> str:
    """Take a deposit one step on and return its state; what stops it is told beside it and raised."""
    row = Backup.objects.select_related("unit", "registration").get(number=number)
    place = place_of(row.uuid)
    try:
        with held(f"backup-{row.uuid}") as got:
            if got:
                row.refresh_from_db()
                place.going()
                {Kept.SUBMITTED: _receive, Kept.ACCEPTED: _keep}.get(Kept(row.state), lambda _row: None)(row)
    except LantaiError as problem:
        place.stuck(problem)
        raise
    except (OSError, DatabaseError) as refusal:
        stop = Unavailable("registration.step.failed", number=number, reason=reason_of(refusal))
        place.stuck(stop)
        raise stop from refusal
    return row.state


def collect_left() -> int:
    """Remove folders that belong to no deposit on its way; return how many."""
    return sweep(list(Backup.objects.exclude(state=Kept.KEPT).values_list("uuid", flat=True)))


def _receive(row: Backup) -> None:
    """Hash what came, compare it with the unit's table, open it, check it; a person decides then."""
    place = place_of(row.uuid)
    sent = place.sent(row.name)
    if not sent.is_file():
        raise Corrupt("registration.package.lost", number=row.number)
    sums = digest_file(sent)
    findings = _compared(row, sums)
    shutil.rmtree(place.content, ignore_errors=True)  # a killed receipt starts anew
    container, report, form, items = None, None, "", 0
    try:
        container = arrive(sent, place.content)
    except Invalid as unreadable:
        findings.append(finding_of(unreadable, row.name))
    if container is not None:
        findings += _listed(row, container)
        package, form, told = _opened(row, container)
        findings += told
        items = len(package.records) if package else 0
        report = _checked(package, container) if package else None
    _received(SYSTEM, row, sums, (container, report, form, items, findings))


def _compared(row: Backup, sums: FileDigests) -> list[Finding]:
    if sums.sm3 == row.stated_sm3:
        return []
    return [Finding("registration.digest.differs", row.name, row.stated_sm3, sums.sm3)]


def _listed(row: Backup, container: Container) -> list[Finding]:
    """Hold the rows of the unit's table that name files inside the package against what they are."""
    if not row.table:
        return []
    listed, findings = read_digests(row.table.encode("utf-8"), "数字摘要表.csv")
    for path, told in sorted(listed.items()):
        found = container.digests.get(path)
        if path == row.name:
            continue
        if found is None:
            findings.append(Finding("packages.digest.missing", path))
        elif told.get("sm3", found.sm3) != found.sm3:
            findings.append(Finding("registration.digest.differs", path, told["sm3"], found.sm3))
    return findings


def _opened(row: Backup, container: Container) -> tuple[Package | None, str, list[Finding]]:
    """Return the package, when it is one of a form we know, its form and what is wrong with plain files and tables."""
    kind = matters().contents.get(row.content)
    wanted = kind.check if kind else "any"
    content = place_of(row.uuid).content
    form = form_of(survey(content)) or ""
    if wanted != "tables" and (form in _MARKED or (form and wanted == "package")):
        return open_package(content, holdings.types()), form, []
    findings = table_findings(content, container.digests, needed=wanted == "tables")
    if wanted == "package":
        findings.append(Finding("registration.package.form_unknown", row.name))
    if not container.members:
        findings.append(Finding("registration.package.empty", row.name))
    return None, "tables" if wanted == "tables" else "files", findings


def _checked(package: Package, container: Container) -> Report:
    """Run the four properties. What is kept apart is not compared with the holdings: it may lie in both."""
    told = Context(types=holdings.types(), digests=container.digests, scanner=scanner(), today=date.today())
    return run(package, Stage.YJ, told)


@act("registration.backup.receive")
def _received(
    actor: Actor,
    row: Backup,
    sums: FileDigests,
    found: tuple[Container | None, Report | None, str, int, list[Finding]],
) -> None:
    container, report, form, items, findings = found
    row.size, row.sm3, row.sha512 = sums.size, sums.sm3, sums.sha512
    row.sha256 = sums.digests["sha256"]
    row.form, row.items = form, items
    row.files = len(container.members) if container else 0
    errors_first = sorted(findings, key=lambda one: one.severity is not Severity.ERROR)
    row.findings = [{**one.as_json("zh"), "en": one.message("en")} for one in errors_first[:SHOWN]]
    row.refused = failed(findings) or (report is not None and report.verdict == "fail")
    row.run = record_run(actor, row.urn, report) if report is not None else None
    row.state = Kept.WAITING
    row.save()
    told = {"number": row.number, "sm3": row.sm3, "sha512": row.sha512, "size": row.size, "form": form}
    told |= {"as_stated": row.sm3 == row.stated_sm3, "findings": len(findings), "files": row.files}
    record(row.urn, {**told, "run": str(row.run) if row.run else ""})


def _keep(row: Backup) -> None:
    """Preserve the package byte for byte in an object of its own, then certify it."""
    key, place = f"{row.uuid}:backup", place_of(row.uuid)
    if not vault.batch_done(key):
        # By the digests of the receipt: the vault takes the file away and reads back what it holds, and a process
        # killed in between finds no file here when it comes again.
        sums = FileDigests(row.size, {"sha512": row.sha512, "sm3": row.sm3, "sha256": row.sha256})
        files = {f"package/{row.name}": Held(Taken(place.sent(row.name)), sums)}
        for path, data in _documents(row).items():
            files[path] = Held(data, digest_bytes(data))
        aip = Aip(row.urn, files, kind=KIND)
        deposit(
            SYSTEM, key, [aip], message=f"登记备份 {row.number}", created=row.submitted_at.astimezone(UTC)
        )
    _kept(SYSTEM, row)


def _documents(row: Backup) -> dict[str, bytes]:
    told = {
        "schema": "lantai.backup/1",
        "number": row.number,
        "urn": row.urn,
        "unit": row.unit.code,
        "unit_name": row.unit.name,
        "registration": row.registration.number,
        "content": row.content,
        "title": row.title,
        "sheet": row.sheet,
        "way": row.way,
        "carrier": row.carrier,
        "package": {"name": row.name, "size": row.size, "sm3": row.sm3, "sha512": row.sha512},
        "stated_sm3": row.stated_sm3,
        "paper": row.paper,
        "submitted_at": row.submitted_at.astimezone(UTC).isoformat(),
        "submitted_by": row.submitted_by,
        "decided_by": row.decided_by,
        "findings": row.findings,
    }
    documents = {"backup.json": _line(told)}
    if row.table:
        documents["digests.csv"] = row.table.encode("utf-8")
    if row.run:
        documents["check-report.json"] = _line(checks.run(row.run).report)
    return documents


def _line(told: Mapping[str, object]) -> bytes:
    return (json.dumps(told, ensure_ascii=False, sort_keys=True) + "\n").encode()


def check_code(facts: Mapping[str, object]) -> str:
    """Return the check code of a certificate: 100 bits of the SM3 of its facts, in groups of four for reading."""
    sm3 = bytes.fromhex(digest_bytes(canonical.dumps(dict(facts)), ("sm3",)).sm3)
    letters = base64.b32encode(sm3).decode("ascii")[:20]
    return "-".join(letters[at : at + 4] for at in range(0, 20, 4))


@act("registration.backup.keep")
def _kept(actor: Actor, row: Backup) -> None:
    """Certify what is preserved. The entry holds all facts of the certificate: whoever has it can check it alone."""
    kind = matters().contents.get(row.content)
    now = timezone.now()
    facts = {
        "number": row.number,
        "archives": ledger.site_name(),
        "unit": row.unit.name,
        "unit_code": row.unit.code,
        "registration": row.registration.number,
        "year": row.registration.year,
        "title": row.title,
        "content": kind.label.zh if kind else row.content,
        "way": row.way,
        "carrier": row.carrier,
        "package": row.name,
        "files": row.files,
        "bytes": row.size,
        "sm3": row.sm3,
        "sha512": row.sha512,
        "object_sha512": vault.deposit_view(row.urn).inventory_sha512,
        "kept_at": now.astimezone(UTC).isoformat(timespec="seconds"),
    }
    row.state, row.kept_at = Kept.KEPT, now
    row.certificate, row.code = facts, check_code(facts)
    row.entry = record(row.urn, {**facts, "code": row.code}).uuid
    row.save()
    transaction.on_commit(place_of(row.uuid).clear)
