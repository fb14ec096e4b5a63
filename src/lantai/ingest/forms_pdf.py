"""The official forms of a transfer as PDF: check report, register, receipt.

Each is a function of what was recorded: the same facts give the same bytes, whenever they are printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from lantai.checks.queries import PROPERTIES, RunView, Signed
from lantai.holdings import queries as holdings
from lantai.ingest.models import Transfer
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict
from lantai.kernel.printing import render
from lantai.ledger import queries as ledger
from lantai.ledger.queries import Told
from lantai.people import queries as people
from lantai.vault import queries as vault

ACT = "ingest.transfer."


def check_report(row: Transfer, report: RunView) -> bytes:
    """Return the 四性检测报告 of a run, with the answers that people gave to its manual items."""
    acts = _acts(row)
    decided = acts.get("accept") or acts.get("return")
    told = {
        **report.report,
        **_common(row),
        "verdict": _verdict(report),
        "items": _items(report),
        "package": row.name,
        "records": row.items,
        "received_at": _moment(acts["receive"].at if "receive" in acts else row.submitted_at),
        "checked_at": _moment(report.ended_at),
        "engine": "兰台",
        "seconds": f"{report.seconds:.1f}",
        "sha512": row.container_sha512,
        "sm3": row.container_sm3,
        "checked_by": "系统自动检测",
        "checked_on": _moment(report.ended_at),
        "reviewed_by": _name(row.decided_by),
        "reviewed_on": _moment(decided.at) if decided else "",
        "printed_at": report.ended_at.isoformat(),
    }
    return render("check_report", told)


def register_form(row: Transfer, report: RunView) -> bytes:
    """Return the 电子档案移交与接收登记表; what nobody has recorded stays blank, to be filled in by hand."""
    acts = _acts(row)
    accepted = acts.get("accept")
    first, last = holdings.batch_span(row.uuid)
    told = {
        **_common(row),
        "description": f"{row.name}，四性检测{_VERDICTS[_verdict(report)]}",
        "records": row.items,
        "carrier": "在线移交",
        "carrier_range": "无载体",
        "first_ref": first,
        "last_ref": last,
        "sides": {
            "unit": {
                "name": row.unit.name,
                "filled_by": _name(row.submitted_by),
                "filled_on": _moment(row.submitted_at),
                "carrier": "在线移交，无载体",
            },
            "archives": {
                "name": ledger.site_name(),
                **_property_lines(report),
                "carrier": "在线移交，无载体",
                "filled_by": _name(row.decided_by),
                "filled_on": _moment(accepted.at) if accepted else "",
            },
        },
        "printed_at": (accepted.at if accepted else report.ended_at).isoformat(),
    }
    return render("transfer_register", told)


def receipt(row: Transfer) -> bytes:
    """Return the 接收凭证 of a closed transfer; ``Conflict`` until its closing entry is in a checkpoint.

    The checkpoint is the one that ends with the closing entry, so that both sides hold the same receipt.
    """
    acts = _acts(row)
    closed = acts.get("close")
    if closed is None or closed.index is None or closed.index >= ledger.published():
        raise Conflict("ingest.receipt.early", number=row.number)
    sealed = ledger.sealed(closed.index)
    _, inventory = vault.inventory(row.urn)
    sums = digest_bytes(inventory)
    first, last = holdings.batch_span(row.uuid)
    told = {
        **_common(row),
        "records": row.items,
        "first_ref": first,
        "last_ref": last,
        "received_at": _moment(acts["receive"].at),
        "accepted_at": _moment(closed.at),
        "sha512": sums.sha512,
        "sm3": sums.sm3,
        "log": sealed.origin,
        "entry": closed.index,
        "checkpoint_size": sealed.size,
        "checkpoint_root": sealed.root,
        "key_fingerprint": sealed.fingerprint,
        "signature": sealed.signature,
        "sent_by": _name(row.submitted_by),
        "sent_on": _moment(row.submitted_at),
        "received_by": _name(row.decided_by),
        "accepted_on": _moment(acts["accept"].at),
        "printed_at": closed.at.isoformat(),
    }
    return render("receipt", told)


_VERDICTS = {"pass": "合格", "fail": "不合格", "manual": "待人工确认"}


def _common(row: Transfer) -> dict[str, Any]:
    return {
        "number": row.number,
        "unit": row.unit.name,
        "archives": ledger.site_name(),
        "title": f"{row.unit.name}电子档案移交（{row.number}）",
        "fonds": row.fonds,
        "files": row.files,
        "bytes": row.bytes,
    }


def _acts(row: Transfer) -> dict[str, Told]:
    """Return the newest entry of each act about the transfer, by the act's verb."""
    return {
        entry.act.removeprefix(ACT): entry for entry in ledger.history([row.urn]) if entry.act.startswith(ACT)
    }


def _moment(value: datetime) -> str:
    return timezone.localtime(value).isoformat(timespec="seconds")


def _name(username: str) -> str:
    return people.names({username}).get(username, username)


def _verdict(report: RunView) -> str:
    if report.refused:
        return "fail"
    return "manual" if report.waiting else "pass"


def _items(report: RunView) -> list[dict[str, Any]]:
    answers = {signed.code: signed for signed in report.signed}
    return [_item(item, answers.get(item["code"])) for item in report.report["items"]]


def _item(item: Mapping[str, Any], answer: Signed | None) -> dict[str, Any]:
    if answer is None:
        return dict(item)
    said = f"{answer.name} {_moment(answer.at)[:10]} 确认{'合格' if answer.passed else '不合格'}"
    finding = {"path": "", "message": f"{said}：{answer.note}" if answer.note else said}
    outcome = "manual_pass" if answer.passed else "manual_fail"
    return {**item, "outcome": outcome, "findings": [*item["findings"], finding]}


def _property_lines(report: RunView) -> dict[str, str]:
    names = dict(zip(PROPERTIES, ("accuracy", "integrity", "usability", "security"), strict=True))
    lines: dict[str, str] = {}
    for name, key in names.items():
        outcomes = [item["outcome"] for item in _items(report) if item["property"] == name]
        applied = [outcome for outcome in outcomes if outcome != "not_applicable"]
        failed = sum(outcome in {"fail", "manual_fail"} for outcome in applied)
        open_ones = sum(outcome in {"manual", "error"} for outcome in applied)
        said = f"检测 {len(applied)} 项，"
        said += f"不合格 {failed} 项" if failed else ("合格" if not open_ones else "其余合格")
        lines[key] = said + (f"，待人工 {open_ones} 项" if open_ones else "")
    return lines
