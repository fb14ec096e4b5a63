"""A hand-over that came back as a work list: every fault of the report, every no of a person, the reason given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.checks import queries as checks
from lantai.checks.queries import RunView
from lantai.desk.handing import Defect
from lantai.desk.models import HandOver, HandOverState, Volume
from lantai.desk.queries_sending import answer_of, sending_of
from lantai.desk.reasons import about, points
from lantai.kernel.fourprops import Report
from lantai.kernel.texts import advice, catalogue, text
from lantai.people import queries as people

_FAILED = "fail"
_NONE = ("", "")
Refs = Mapping[str, tuple[str, str]]
"""Title and item (uuid) of each 档号 of a hand-over."""


def defects(row: HandOver) -> list[Defect]:
    """Return what is to be mended, in the order of the report; the archives' reason stands first.

    A defect's ``key`` stays the same in every language: it is made of codes and values only.
    """
    lines = row.lines.values_list("ref", "title", "item__uuid")
    refs = {ref: (title, str(uuid)) for ref, title, uuid in lines}
    done = {one.defect: one for one in row.mended.all()}
    names = people.names({one.by for one in done.values()})
    found = []
    volumes = _volumes(row)
    for one in _found(row, refs):
        mended = done.get(one["key"])
        by = names.get(mended.by, mended.by) if mended else ""
        found.append(Defect(**_of_volume(one, volumes), mended_by=by, note=mended.note if mended else ""))
    return found


def left_of(row: HandOver, item: str) -> list[Defect]:
    """Return what is still to be mended of one item (uuid) of a hand-over that corrects another; nothing in any other one."""
    told = defects(row.mends) if row.mends is not None else []
    return [one for one in told if one.record == item and not one.mended_by]


def _volumes(row: HandOver) -> Refs:
    """Return title and uuid of each 案卷 that something of a hand-over lies in, by 档号."""
    rows = Volume.objects.filter(items__handed__hand_over=row).distinct()
    return {ref: (title, str(uuid)) for ref, title, uuid in rows.values_list("ref", "title", "uuid")}


def _of_volume(told: dict[str, str], volumes: Refs) -> dict[str, str]:
    """Return a defect that is about no record with the 案卷 it is about, where it is about one."""
    ref = "" if told["ref"] else _ref(told["path"], volumes)
    if not ref:
        return told
    title, uuid = volumes[ref]
    return {**told, "ref": ref, "title": title, "volume": uuid}


def _found(row: HandOver, refs: Refs) -> Iterator[dict[str, str]]:
    going = sending_of(row)
    if going is not None:
        yield from _from_elsewhere(answer_of(going), refs)
        return
    transfer = row.transfer if row.state == HandOverState.SENT else None
    if row.problem and row.state == HandOverState.FAILED:
        yield _problem(row.problem)
    if transfer is not None and transfer.refusal:
        yield _problem(transfer.refusal)
    elif transfer is not None and transfer.reason:
        yield from _of_reason(transfer.reason, refs)
    run = transfer.run if transfer is not None else row.run
    if run is not None:
        yield from _of_run(checks.run(run), refs)


def _from_elsewhere(told: Mapping[str, Any], refs: Refs) -> Iterator[dict[str, str]]:
    """Yield what the archives of another site told: the same points as those of this one."""
    if told.get("refusal"):
        yield _problem(told["refusal"])
    elif told.get("reason"):
        yield from _of_reason(told["reason"], refs)
    if told.get("report"):
        refused = {one["code"]: _No(one["note"], one["name"]) for one in told["answers"] if not one["passed"]}
        yield from _of_report(told["report"], refused, refs)


def _of_reason(reason: str, refs: Refs) -> Iterator[dict[str, str]]:
    """Yield each point of the reason that a person wrote, with the record that it names."""
    for said in points(reason):
        ref = _about(said, refs)
        yield _line("", _("退回原因"), ref, refs.get(ref, _NONE), "", said)


def _about(text: str, refs: Refs) -> str:
    return about(text, {ref: title for ref, (title, _item) in refs.items()})


def _problem(told: Mapping[str, Any]) -> dict[str, str]:
    language, code, facts = reader_language(), told["code"], told["facts"]
    if code not in catalogue():
        return _line("", str(code), "", _NONE, "", str(code))
    said = text(code, language, **facts)
    found = _line("", _("包打不开或做不成"), "", _NONE, "", said, advice(code, language, **facts))
    return {**found, "key": _key(str(code), repr(sorted(facts.items())))}


@dataclass(frozen=True, slots=True)
class _No:
    """A person judged an item as failed."""

    note: str
    name: str


def _of_run(run: RunView, refs: Refs) -> Iterator[dict[str, str]]:
    refused = {one.code: _No(one.note, one.name) for one in run.signed if not one.passed}
    yield from _of_report(run.report, refused, refs)


def _of_report(report: Mapping[str, Any], refused: Mapping[str, _No], refs: Refs) -> Iterator[dict[str, str]]:
    shown = report
    if reader_language() == "en":
        shown = Report.from_json(report).as_json("en")
    for item, plain in zip(shown["items"], report["items"], strict=True):
        if item["outcome"] == _FAILED:
            yield from _of_item(item, plain, refs)
        elif answer := refused.get(item["code"]):
            said = answer.note or _("人工判为不合格")
            ref = _about(answer.note, refs)
            record = refs.get(ref, _NONE)
            told = _line(item["code"], item["name"], ref, record, "", f"{said}（{answer.name}）")
            yield {**told, "key": _key(item["code"], "refused")}


def _of_item(item: Mapping[str, Any], plain: Mapping[str, Any], refs: Refs) -> Iterator[dict[str, str]]:
    for finding, kept in zip(item["findings"], plain["findings"], strict=True):
        if finding["severity"] != "error":
            continue
        ref = _ref(finding["path"], refs)
        told = _line(
            item["code"],
            item["name"],
            ref,
            refs.get(ref, _NONE),
            finding["path"],
            finding["message"],
            finding["expected"],
            finding["found"],
        )
        key = _key(item["code"], kept["code"], kept["path"], kept["expected"], kept["found"])
        yield {**told, "key": key}


def _ref(path: str, refs: Refs) -> str:
    """Return the 档号 that a path of the package or a finding names, "" when it is about the whole."""
    if path in refs:
        return path
    parts: Sequence[str] = [part.removesuffix(".parts").removesuffix(".eep") for part in path.split("/")]
    return next((part for part in parts if part in refs), "")


def _line(
    item: str,
    name: str,
    ref: str,
    record: tuple[str, str],
    path: str,
    message: str,
    expected: str = "",
    found: str = "",
) -> dict[str, str]:
    return {
        "key": _key(item, message),
        "item": item,
        "name": name,
        "ref": ref,
        "title": record[0],
        "record": record[1],
        "path": path,
        "message": message,
        "expected": expected,
        "found": found,
    }


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
