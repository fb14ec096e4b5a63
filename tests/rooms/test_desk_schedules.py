"""归档范围和保管期限表: brought, submitted, decided by the bureau, and what the one in force suggests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.desk import queries_schedules
from lantai.desk.services import approve_schedule, bring_schedule, return_schedule, submit_schedule
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.hints import Confidence

ROWS = (
    "条款号,归档范围,保管期限,归口部门",
    "1,综合类,,",
    "1.1,本局年度工作计划、总结,永久,办公室",
    "1.2,移民安置工作的通知、批复,30年,移民科",
    "2,人事类,,",
    "2.1,干部任免的决定、通知,永久,人事科",
    "2.2,考勤统计,几年,人事科",
)


def listed(folder: Path, *more: str) -> Path:
    path = folder / "归档范围.csv"
    path.write_text("\n".join([*ROWS, *more]), "utf-8")
    return path


def revision(actor: Actor, number: int) -> int:
    return queries_schedules.version(actor, "MZJ", number).version.revision


def brought(cast: Mapping[str, Actor], folder: Path, *more: str) -> int:
    """Bring and submit a version."""
    number = bring_schedule(cast["沈文"], "MZJ", listed(folder, *more), "归档范围.csv")
    submit_schedule(cast["沈文"], "MZJ", number, seen=revision(cast["沈文"], number))
    return number


def test_a_version_goes_from_draft_to_approval_and_supersedes_the_one_before(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk, bureau = cast["沈文"], cast["方正"]
    assert bring_schedule(clerk, "MZJ", listed(tmp_path), "归档范围.csv") == 1
    shown = queries_schedules.version(clerk, "MZJ", 1)
    assert [line.number for line in shown.lines] == ["1.1", "1.2", "2.1"]
    assert [one.code for one in shown.doubts] == ["schedules.row.retention_unknown"]
    with pytest.raises(NotFound):
        queries_schedules.version(bureau, "MZJ", 1)
    with pytest.raises(Conflict, match=r"desk\.schedule\.changed"):
        submit_schedule(clerk, "MZJ", 1, seen=9)
    submit_schedule(clerk, "MZJ", 1, seen=1)
    assert [one.version for one in queries_schedules.waiting(bureau)] == [1]
    with pytest.raises(Invalid, match=r"desk\.schedule\.approval_missing"):
        approve_schedule(bureau, "MZJ", 1, approval=" ", seen=2)
    approve_schedule(bureau, "MZJ", 1, approval="云档批〔2026〕1号", seen=2)
    assert brought(cast, tmp_path, "2.3,离退休人员名册,10年,人事科") == 2
    waiting = queries_schedules.version(bureau, "MZJ", 2)
    assert (waiting.against, [one.number for one in waiting.added], waiting.dropped) == (1, ["2.3"], ())
    approve_schedule(bureau, "MZJ", 2, approval="云档批〔2026〕2号", seen=2)
    states = [(one.version, one.state) for one in queries_schedules.versions(clerk, "MZJ")]
    assert states == [(2, "approved"), (1, "superseded")]


def test_a_returned_version_says_why_and_can_be_submitted_again(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk, bureau = cast["沈文"], cast["方正"]
    number = brought(cast, tmp_path)
    other = bring_schedule(clerk, "MZJ", listed(tmp_path), "归档范围.csv")
    with pytest.raises(Conflict, match=r"desk\.schedule\.waiting"):
        submit_schedule(clerk, "MZJ", other, seen=1)
    with pytest.raises(Invalid, match=r"desk\.schedule\.reason_missing"):
        return_schedule(bureau, "MZJ", number, reason="", seen=2)
    return_schedule(bureau, "MZJ", number, reason="2.2 没有写期限", seen=2)
    assert queries_schedules.version(clerk, "MZJ", number).version.reason == "2.2 没有写期限"
    with pytest.raises(Conflict, match=r"desk\.schedule\.state"):
        approve_schedule(bureau, "MZJ", number, approval="x", seen=3)
    submit_schedule(clerk, "MZJ", number, seen=3)


def test_only_the_schedule_in_force_suggests_and_says_why(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    unit = queries_schedules
    clerk = cast["沈文"]
    number = brought(cast, tmp_path)
    mine = queries_schedules.versions(clerk, "MZJ")[0].unit
    letter = {"title": "关于做好水库移民安置工作的通知", "author": "区民政局"}
    assert unit.advice(mine, [letter]) == [()]
    approve_schedule(cast["方正"], "MZJ", number, approval="云档批〔2026〕1号", seen=2)
    told, nothing = unit.advice(mine, [letter, {"title": "嗯"}])
    assert nothing == ()
    first = told[0]
    assert (first.line.number, first.retention, first.function) == ("1.2", "30年", "移民科")
    assert first.confidence is Confidence.STRONG
    assert any("移民" in reason.sentence() for reason in first.reasons)


def test_who_may_bring_and_decide(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    for name in ("他局", "陆安", "方正", "安全审计员"):
        with pytest.raises(Forbidden):
            bring_schedule(cast[name], "MZJ", listed(tmp_path), "x.csv")
    number = brought(cast, tmp_path)
    for name in ("沈文", "他局", "陆安", "系统管理员"):
        with pytest.raises(Forbidden):
            approve_schedule(cast[name], "MZJ", number, approval="x", seen=2)
    assert queries_schedules.versions(cast["他局"], "MZJ") == []
    assert queries_schedules.versions(cast["顾闻"], "MZJ") == []
    assert len(queries_schedules.versions(cast["陆安"], "MZJ")) == 1
