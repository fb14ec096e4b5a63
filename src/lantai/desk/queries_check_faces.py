"""What faces for machines and the command line read of the newest check of a class: its points, findings and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lantai.base.actors import Actor
from lantai.checks.queries import Signed
from lantai.desk.faults import report_of
from lantai.desk.queries_checks import ANSWERED, BLOCKING, CheckView, checks_of, infected, told


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What was found: ``item`` is the uuid of the item, or of the volume, ``file`` the name of its file; "" for neither."""

    code: str
    severity: str
    path: str
    item: str
    file: str
    text: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """An item of the scheme. ``waiting``: it stands in the way of the numbers; ``answerable``: a person may answer it now.

    ``findings`` are those that were kept, or the first of them; ``count`` is how many there were.
    """

    code: str
    name: str
    property: str
    outcome: str
    waiting: bool
    answerable: bool
    answer: str
    answered_by: str
    answered_at: datetime | None
    count: int
    findings: tuple[CheckFinding, ...]


@dataclass(frozen=True, slots=True)
class CheckFace:
    """The newest check of a class; ``verdict`` "" and no points while it is at work or when it was stopped.

    ``revision`` is that of the class it was made on; ``current``: the class is still like that; ``holds``: it may be
    numbered by it.
    """

    uuid: str
    state: str
    revision: int
    current: bool
    holds: bool
    closing: bool
    verdict: str
    ordered_at: datetime
    done_at: datetime | None
    problem: Mapping[str, Any] | None
    points: tuple[CheckPoint, ...]


def last_check(actor: Actor, number: str, *, most: int | None = None) -> CheckFace | None:
    """Return the newest check of a class, with ``most`` findings of each point or all that were kept.

    None when it was never checked; ``NotFound("desk.class.missing")``.
    """
    shown, _reported = checks_of(actor, number)
    if shown is None:
        return None
    return CheckFace(
        uuid=str(shown.uuid),
        state=shown.state,
        revision=shown.revision,
        current=shown.current,
        holds=shown.holds,
        closing=shown.closing,
        verdict=shown.run.verdict if shown.run else "",
        ordered_at=shown.ordered_at,
        done_at=shown.done_at,
        problem=shown.problem,
        points=_points(shown, most),
    )


def _points(shown: CheckView, most: int | None) -> tuple[CheckPoint, ...]:
    if shown.run is None:
        return ()
    items = report_of(shown.run)["items"]
    paths = {one["path"] for item in items for one in item["findings"][:most]}
    places = _places(told(shown.content), paths) if paths else {}
    answers = {one.code: one for one in shown.run.signed}
    return tuple(_point(item, answers.get(item["code"]), places, most) for item in items)


def _places(document: Mapping[str, Any], paths: set[str]) -> dict[str, tuple[str, str]]:
    """Return what paths of findings are about: the uuid of a record, the name of a file."""
    found = {}
    for one in (*document["volumes"], *document["records"]):
        uuid = one["urn"].removeprefix("urn:uuid:")
        if one["ref"] in paths:
            found[one["ref"]] = (uuid, "")
        for file in one.get("files", ()):
            if file["path"] in paths:
                found[file["path"]] = (uuid, file["name"])
    return found


def _point(
    item: Mapping[str, Any], answer: Signed | None, places: Mapping[str, tuple[str, str]], most: int | None
) -> CheckPoint:
    malware = infected(item)
    findings = item["findings"]
    return CheckPoint(
        code=item["code"],
        name=item["name"],
        property=item["property"],
        outcome=item["outcome"],
        waiting=item["outcome"] in BLOCKING and (answer is None or malware),
        answerable=item["outcome"] in ANSWERED and answer is None and not malware,
        answer=answer.note if answer else "",
        answered_by=answer.name if answer else "",
        answered_at=answer.at if answer else None,
        count=int(item["evidence"].get("findings") or len(findings)),
        findings=tuple(_finding(one, *places.get(one["path"], ("", ""))) for one in findings[:most]),
    )


def _finding(one: Mapping[str, Any], item: str, file: str) -> CheckFinding:
    return CheckFinding(
        one["code"], one["severity"], one["path"], item, file, one["message"], one["expected"], one["found"]
    )
