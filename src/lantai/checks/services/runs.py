"""Recording a run and signing its manual items."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.checks.models import Run, SignOff
from lantai.kernel import canonical
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.fourprops import Report
from lantai.ledger.acts import act, record
from lantai.people.policies import require


def _digest(report: Mapping[str, Any]) -> str:
    """Return the SM3 of a report; durations are cut to milliseconds, since the ledger knows no floats."""
    return digest_bytes(canonical.dumps(_whole(report)), ("sm3",)).sm3


def _whole(value: Any) -> Any:
    if isinstance(value, float):
        return round(value * 1000)
    if isinstance(value, Mapping):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(inner) for inner in value]
    return value


@act("checks.run.record")
def record_run(actor: Actor, subject: str, report: Report) -> uuid.UUID:
    """Keep the report of a run over ``subject`` (an urn) and return the run's uuid."""
    told = report.as_json("zh")
    run = Run.objects.create(
        uuid=uuid.uuid4(),
        subject=subject,
        stage=report.stage.value,
        scheme=report.scheme,
        verdict=report.verdict,
        files=report.files,
        bytes=report.bytes,
        seconds=report.seconds,
        ended_at=datetime.now(UTC),
        report=told,
    )
    record(
        subject,
        {
            "run": str(run.uuid),
            "stage": run.stage,
            "scheme": run.scheme,
            "verdict": run.verdict,
            "failed": [item.code for item in report.items if item.outcome == "fail"],
            "report_sm3": _digest(told),
        },
    )
    return run.uuid


@act("checks.item.sign")
def sign_item(actor: Actor, run: uuid.UUID, code: str, *, passed: bool, note: str = "") -> None:
    """Answer an item whose outcome is manual or error; each is answered once."""
    require(actor, "check.sign")
    row = Run.objects.filter(uuid=run).first()
    if row is None:
        raise NotFound("checks.run.missing")
    outcomes = {item["code"]: item["outcome"] for item in row.report["items"]}
    if outcomes.get(code) not in {"manual", "error"}:
        raise Invalid("checks.item.not_manual", item=code)
    if SignOff.objects.filter(run=row, code=code).exists():
        raise Conflict("checks.item.signed", item=code)
    SignOff.objects.create(
        run=row, code=code, passed=passed, note=note.strip()[:2000], by=actor.username, at=timezone.now()
    )
    record(row.subject, {"run": str(run), "item": code, "passed": passed, "note": note.strip()[:2000]})
