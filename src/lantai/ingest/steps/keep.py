"""accepted → registered → preserved → described: from quarantine into vault and catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lantai.base.actors import SYSTEM, Actor
from lantai.checks import queries as checks
from lantai.holdings import queries as holdings
from lantai.holdings.services import Description, Part
from lantai.holdings.services import describe as describe_records
from lantai.ingest import aips, forms_pdf, plan
from lantai.ingest.models import State, Transfer
from lantai.ingest.services.states import move
from lantai.ingest.workspace import Workspace, workspace
from lantai.kernel.formats import Format, identify_many
from lantai.kernel.packages import Container, Package, open_package
from lantai.ledger.acts import act, record
from lantai.vault import queries as vault
from lantai.vault.services import deposit


def write_plan(place: Workspace, row: Transfer, package: Package, formats: Mapping[str, Format]) -> None:
    """Fix which file goes into which object, and with it the permanent name of every record.

    Made while the package is open for its check; what was not identified there is identified now.
    """
    known = dict(formats)
    unknown = [file.path for file in package.files if file.path not in known]
    places = [place.content / path for path in unknown]
    known.update(zip(unknown, identify_many(places), strict=True))
    place.write_plan(plan.lines(package, row.uuid, holdings.types(), place.received().digests, known))


def register(row: Transfer) -> bool:
    """Enter the transfer in the register (the plan was fixed when it was checked)."""
    place = workspace(row.uuid)
    if not place.has_plan():
        write_plan(place, row, open_package(place.content, holdings.types()), {})
    _registered(SYSTEM, row)
    return True


@act("ingest.transfer.register")
def _registered(actor: Actor, row: Transfer) -> None:
    move(row, State.REGISTERED)
    record(
        row.urn,
        {
            "number": row.number,
            "unit": row.unit.code,
            "fonds": row.fonds,
            "items": row.items,
            "files": row.files,
            "bytes": row.bytes,
        },
    )


def preserve(row: Transfer) -> bool:
    """Deposit every object of the plan, batch by batch; a batch that is registered is not touched again."""
    place = workspace(row.uuid)
    container = place.received()
    about = _about(row)
    total, done = row.files, 0
    for number, lines in enumerate(aips.batches(place.plan(), container.digests)):
        key = f"{row.uuid}:{number:05d}"
        if not vault.batch_done(key):
            objects = [
                aips.aip(
                    line,
                    place.content,
                    container.digests,
                    {"record.json": aips.record_document(line, about)},
                )
                for line in lines
            ]
            deposit(SYSTEM, key, objects, message=f"移交 {row.number}", created=_accepted_at(row))
        done += sum(len(line["files"]) for line in lines)
        place.report(State.REGISTERED, done, total)
    _deposit_own(row, place, container)
    _preserved(SYSTEM, row)
    return True


def _about(row: Transfer) -> dict[str, Any]:
    return {"number": row.number, "urn": row.urn, "unit": row.unit.code}


def _accepted_at(row: Transfer) -> datetime:
    return row.submitted_at.astimezone(UTC)


def _deposit_own(row: Transfer, place: Workspace, container: Container) -> None:
    """Deposit the transfer's own object: how it came, what belongs to no record, what the check said."""
    key = f"{row.uuid}:transfer"
    if vault.batch_done(key) or row.run is None:
        return
    report = checks.run(row.run)
    lines = list(place.plan())
    own = next(line for line in lines if line["record"] is None)
    where = "".join(
        f"{line['urn']}\t{inside}\t{received}\n" for line in lines for inside, received in line["files"]
    )
    documents = {
        "transfer.json": aips.document(
            {
                "schema": "lantai.transfer/1",
                **_about(row),
                "fonds": row.fonds,
                "form": row.form,
                "kind": row.kind,
                "items": row.items,
                "files": row.files,
                "bytes": row.bytes,
                "submitted_at": row.submitted_at.astimezone(UTC).isoformat(),
                "submitted_by": row.submitted_by,
                "decided_by": row.decided_by,
            }
        ),
        "container.json": aips.document(container.as_json()),
        "where.tsv": where.encode(),
        "check-report.json": aips.document(report.report),
        "check-report.pdf": forms_pdf.check_report(row, report),
    }
    own_aip = aips.aip(own, place.content, container.digests, documents)
    deposit(SYSTEM, key, [own_aip], message=f"移交 {row.number}", created=_accepted_at(row))


@act("ingest.transfer.preserve")
def _preserved(actor: Actor, row: Transfer) -> None:
    move(row, State.PRESERVED)
    record(row.urn, {"number": row.number, "items": row.items, "files": row.files, "bytes": row.bytes})


def describe(row: Transfer) -> bool:
    """Enter the records in the catalogue; from now on they can be seen."""
    _described(SYSTEM, row, [_description(line) for line in workspace(row.uuid).plan() if line["record"]])
    return True


def _description(line: dict[str, Any]) -> Description:
    told = line["record"]
    parts = tuple(
        Part(p["path"], p["size"], p["role"], p["puid"], p["mime"], p["format"]) for p in told["parts"]
    )
    return Description(
        urn=line["urn"],
        ref=told["ref"],
        level=told["level"],
        type=told["type"],
        fonds=told["fonds"],
        values=told["values"],
        parts=parts,
        parent=told["parent"],
        object_id=line["urn"],
    )


@act("ingest.transfer.describe")
def _described(actor: Actor, row: Transfer, descriptions: list[Description]) -> None:
    entry = describe_records(actor, row.uuid, descriptions)
    row.described_entry = entry or row.described_entry
    move(row, State.DESCRIBED)
    record(row.urn, {"number": row.number, "items": len(descriptions)})
