"""归档登记表 of a closed class (GB/T 18894-2016): one document, fixed when the class is closed; its printed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.checks.queries import PROPERTIES, RunView, Signed
from lantai.desk.arranging import Numbered, kind_of
from lantai.desk.models import Arrangement, FilingCheck, FilingClass
from lantai.desk.queries_checks import MALWARE, closing_check, named, reported, run_of, told
from lantai.kernel.printing import render
from lantai.people import queries as people

SCHEMA = "lantai.filing-register/1"
NO_CARRIER = "在线归档，无载体，免检"
_KEYS = dict(zip(PROPERTIES, ("authenticity", "integrity", "usability", "security"), strict=True))
_PICTURES = "ZP"


def document(row: FilingClass, check: FilingCheck, numbered: Sequence[Numbered]) -> dict[str, Any]:
    """Return the register of a class that is being closed by ``check``."""
    run = run_of(check)
    assert run is not None and row.closed_at is not None
    by = people.names({row.closed_by}).get(row.closed_by, row.closed_by)
    return {
        "schema": SCHEMA,
        "class": row.urn,
        "number": row.number,
        "unit": row.unit.name,
        "fonds": row.fonds,
        "type": f"{kind_of(row.type).label.zh}（{row.type}）",
        "year": row.year,
        "function": row.function,
        "retention": row.retention,
        "first_ref": numbered[0].ref,
        "last_ref": numbered[-1].ref,
        "filed_at": timezone.localtime(row.closed_at).isoformat(timespec="seconds"),
        "filed_by": by,
        "way": "在线归档",
        "amounts": {**_amounts(row, numbered), "files": check.files, "bytes": check.bytes},
        "tests": {"carrier": NO_CARRIER, "malware": _malware(run), **property_lines(run)},
        "explained": [_explained(one, run) for one in run.signed],
        "check": {
            "uuid": str(check.uuid),
            "run": str(run.uuid),
            "scheme": run.scheme,
            "ended_at": timezone.localtime(run.ended_at).isoformat(timespec="seconds"),
            "content": check.content,
        },
    }


def _amounts(row: FilingClass, numbered: Sequence[Numbered]) -> dict[str, int | str]:
    """Return 卷 where there are volumes, 件, and 张 of pictures; 分钟 are "": no element tells them, a hand fills them in."""
    pictures = row.type.startswith(_PICTURES)
    return {
        "volumes": row.volumes.count() if row.arrangement == Arrangement.VOLUME else "",
        "items": len(numbered),
        "sheets": len(numbered) if pictures else "",
        "minutes": "",
    }


def _malware(run: RunView) -> str:
    (item,) = [one for one in run.report["items"] if one["code"] == MALWARE]
    engine = " ".join(filter(None, (item["evidence"].get("engine"), item["evidence"].get("signatures"))))
    said = {"pass": "没有发现病毒", "warn": "没有发现病毒", "error": "未能用系统检测", "fail": "发现病毒"}
    answer = next((one for one in run.signed if one.code == MALWARE), None)
    line = said.get(item["outcome"], item["outcome"]) + (f"（{engine}）" if engine else "")
    return f"{line}；{answer.name}说明：{answer.note}" if answer else line


def property_lines(run: RunView) -> dict[str, str]:
    """Return one sentence for each of the four properties: how many items were checked, and how they came out."""
    answered = {one.code for one in run.signed}
    lines = {}
    for name, key in _KEYS.items():
        applied = [
            one
            for one in run.report["items"]
            if one["property"] == name and one["outcome"] != "not_applicable"
        ]
        bad = sum(one["outcome"] == "fail" for one in applied)
        left = [one for one in applied if one["outcome"] in {"manual", "error"}]
        said = sum(one["code"] in answered for one in left)
        parts = [f"检测 {len(applied)} 项"]
        parts.append(f"不合格 {bad} 项（有说明）" if bad else "机器检测的都合格")
        if said:
            parts.append(f"人工说明 {said} 项")
        if len(left) > said:
            parts.append(f"由人工确认 {len(left) - said} 项")
        lines[key] = "，".join(parts)
    return lines


def _explained(one: Signed, run: RunView) -> dict[str, str]:
    name = next(item["name"] for item in run.report["items"] if item["code"] == one.code)
    at = timezone.localtime(one.at).isoformat(timespec="seconds")
    return {"code": one.code, "name": name, "reason": one.note, "by": one.name, "at": at}


def printed(actor: Actor, number: str) -> bytes:
    """Return the register of a closed class as PDF, of the document that was fixed when it was closed.

    ``NotFound("desk.filing_register.early")`` while the class is open.
    """
    check = closing_check(actor, number)
    return form(told(check.register), check.register)


def form(document: Mapping[str, Any], content: str) -> bytes:
    """Return the printed form of a register whose document has the SHA-512 ``content``."""
    return render("filing_register", {**document, "content": content, "printed_at": document["filed_at"]})


def report(actor: Actor, number: str) -> bytes:
    """Return the 四性检测报告 of the newest check of a class that has one as PDF, with what people answered.

    ``NotFound("desk.check.early")`` when it was never checked.
    """
    check = reported(actor, number)
    run = run_of(check)
    assert run is not None
    place = check.filing_class
    answers = {one.code: one for one in run.signed}
    orderer = people.names({check.ordered_by}).get(check.ordered_by, check.ordered_by)
    paths = {one["path"] for item in run.report["items"] for one in item["findings"]}
    names = named(told(check.content), paths)
    data = {
        **run.report,
        "verdict": verdict(run),
        "items": [_item(one, answers.get(one["code"]), names) for one in run.report["items"]],
        "filing": "yes",
        "number": place.number,
        "unit": place.unit.name,
        "archives": place.unit.name,
        "title": f"{place.unit.name}{place.year}年归档（{place.number}）",
        "fonds": place.fonds,
        "package": f"归档类 {place.number}：{place.year} {place.function} {place.retention}",
        "records": check.items,
        "received_at": _moment(check.ordered_at),
        "checked_at": _moment(run.ended_at),
        "engine": "兰台",
        "seconds": f"{run.seconds:.1f}",
        "sha512": check.content,
        "checked_by": "系统自动检测",
        "checked_on": _moment(run.ended_at),
        "reviewed_by": "、".join(dict.fromkeys(one.name for one in run.signed)) or orderer,
        "reviewed_on": _moment(max((one.at for one in run.signed), default=run.ended_at)),
        "printed_at": run.ended_at.isoformat(),
    }
    return render("check_report", data)


def verdict(run: RunView) -> str:
    """Return what the report says as a whole: a fault that a person answered stays a fault."""
    if run.verdict == "fail":
        return "fail"
    return "manual" if run.waiting else "pass"


def _item(item: Mapping[str, Any], answer: Signed | None, names: Mapping[str, str]) -> dict[str, Any]:
    findings = [{**one, "path": names.get(one["path"], one["path"])} for one in item["findings"]]
    if answer is None:
        return {**item, "findings": findings}
    said = f"{answer.name} {_moment(answer.at)[:10]} 说明：{answer.note}"
    outcome = item["outcome"] if item["outcome"] == "fail" else "manual_pass"
    return {**item, "outcome": outcome, "findings": [*findings, {"path": "", "message": said}]}


def _moment(value: Any) -> str:
    return str(timezone.localtime(value).isoformat(timespec="seconds"))
