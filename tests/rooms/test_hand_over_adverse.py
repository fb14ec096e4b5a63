"""Hand-over where something goes wrong: damage, haste, a full disk, two who work at once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lantai.base.actors import Actor
from lantai.desk import queries_hand_over as queries
from lantai.desk import store, worklist
from lantai.desk.errors import Lacking
from lantai.desk.models import HandOverItem, PlanLine
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_build as building
from lantai.desk.services import hand_over_mend as mending
from lantai.desk.services import hand_over_send as sending
from lantai.desk.services import planning
from lantai.desk.services.hand_over import Wanted
from lantai.desk.services.planning import Line
from lantai.desk.statements import Statement
from lantai.ingest.models import Transfer
from lantai.ingest.services import accept, return_to_sender, sign_waiting, submit
from lantai.kernel.errors import Conflict, Corrupt, Unavailable
from lantai.site.work import settle
from tests.filing import YEAR, closed_class, said

SHAPE = shutil.disk_usage("/")
WANTED = Wanted(description="文书档案，永久")


def ordered(actor: Actor, wanted: Wanted = WANTED, **which: str) -> str:
    """Return the number of a hand-over whose package is ordered."""
    number = making.begin(actor, "MZJ", [closed_class(actor, 1, **which)])  # type: ignore[arg-type]
    said(actor, number)
    making.order(actor, number, wanted)
    return number


def carried(actor: Actor) -> str:
    """Return the number of a hand-over that went on a carrier."""
    number = ordered(actor)
    settle()
    sending.carry(actor, number, carrier="BD-2026-01")
    return number


def test_waiting_for_a_carrier_writes_nothing(cast: dict[str, Actor]) -> None:
    number = carried(cast["沈文"])
    settle()
    with CaptureQueriesContext(connection) as seen:
        assert building.advance_hand_overs().moved == 0
    assert {one["sql"].split()[0] for one in seen.captured_queries} == {"SELECT"}
    assert queries.hand_over(cast["沈文"], number).line.outcome == "sent"


def test_a_carrier_that_cannot_be_joined_stops_no_package(
    cast: dict[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = cast["沈文"]
    number = carried(clerk)
    shown = queries.hand_over(clerk, number)
    shutil.copy(queries.folder_of(shown.uuid) / shown.package, tmp_path / "came.zip")
    transfer = submit(cast["陆安"], "MZJ", tmp_path / "came.zip")
    with monkeypatch.context() as broken:
        broken.setattr(building, "_join", refused)
        settle()
        other = ordered(clerk, retention="30年")
        told = building.advance_hand_overs()
    assert (told.moved, told.failed) == (1, (number,))
    assert queries.hand_over(clerk, other).line.state == "built"
    assert building.join_carried((number,)).moved == 0
    assert building.join_carried().moved == 1
    assert building.join_carried().moved == 0
    assert queries.hand_over(clerk, number).line.transfer == transfer


def test_what_is_said_while_it_is_ordered_is_not_lost(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = making.begin(clerk, "MZJ", [closed_class(clerk, 2)])
    said(clerk, number)
    entries, _ = making._entries(clerk, queries.row_of(clerk, number))
    making.state(clerk, number, {2: Statement("不予公开", "控制", "涉及个人信息", "无变更", "")})
    with pytest.raises(Conflict) as meanwhile:
        making._order(clerk, number, WANTED, entries)
    assert (meanwhile.value.code, meanwhile.value.facts["count"]) == ("desk.hand_over.said_meanwhile", 1)
    making.order(clerk, number, WANTED)
    settle()
    HandOverItem.objects.filter(hand_over__number=number, order=2).update(opinion="开放")
    with pytest.raises(Conflict) as other:
        sending.send(clerk, number)
    assert (other.value.code, other.value.facts["count"]) == ("desk.hand_over.changed", 1)


def test_a_damaged_file_ends_the_building_and_can_be_mended(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = ordered(clerk)
    (record,) = making.document_of(queries.row_of(clerk, number))["records"]
    place = store.place(record["files"][0]["sha512"])
    whole = place.read_bytes()
    place.chmod(0o600)
    place.write_bytes(bytes(len(whole)))
    settle()
    row = queries.row_of(clerk, number)
    assert row.state == "failed" and row.problem
    assert row.problem["code"] == "desk.hand_over.file_damaged"
    assert not queries.folder_of(row.uuid).exists(), "half a package is of no use"
    assert "正文.txt" in worklist.defects(row)[0].message
    place.write_bytes(whole)
    again = mending.mend(clerk, number)
    making.order(clerk, again, WANTED)
    settle()
    assert queries.hand_over(clerk, again).line.state == "built"


def test_what_nobody_foresaw_is_told(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = cast["沈文"]
    number = ordered(clerk)
    with monkeypatch.context() as broken:
        broken.setattr(building, "_lay_papers", unforeseen)
        with pytest.raises(ZeroDivisionError):
            building.advance_hand_over(number)
    row = queries.row_of(clerk, number)
    assert row.state == "ordered" and row.problem
    assert row.problem["facts"]["reason"] == "ZeroDivisionError"
    assert building.advance_hand_over(number) == "built"


def test_eep_wants_room_for_its_base64_and_what_is_unfolded(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ordered(cast["沈文"], replace(WANTED, form="eep"))
    size = queries.row_of(cast["沈文"], number).bytes
    needed = 4 * size + building.MARGIN
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _path: SHAPE._replace(free=needed - 1))
        with pytest.raises(Unavailable) as later:
            building.advance_hand_over(number)
    assert (later.value.code, later.value.facts["needed"]) == ("desk.hand_over.disk", needed)


def test_nothing_is_left_of_a_check_that_broke_off(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ordered(cast["沈文"])
    with monkeypatch.context() as broken:
        broken.setattr(building, "run", unforeseen)
        with pytest.raises(ZeroDivisionError):
            building.advance_hand_over(number)
    assert not (queries.folder_of(queries.hand_over(cast["沈文"], number).uuid) / "content").exists()


def test_a_package_that_came_back_goes_when_the_correcting_one_is_sent(cast: dict[str, Actor]) -> None:
    clerk, intake = cast["沈文"], cast["陆安"]
    first = ordered(clerk)
    settle()
    transfer = sending.send(clerk, first)
    settle()
    return_to_sender(intake, transfer, reason="应写明批次")
    second = mending.mend(clerk, first)
    making.order(clerk, second, WANTED)
    settle()
    assert building.collect_packages() == 0
    sending.send(clerk, second)
    assert building.collect_packages() == 1
    left = [queries.folder_of(queries.hand_over(clerk, one).uuid).exists() for one in (first, second)]
    assert left == [False, True]


def test_consent_to_a_later_day_lets_nothing_go_early(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    young = closed_class(clerk, 1, year=YEAR + 1)
    day = date(YEAR + 14, 6, 1)
    planning.plan(clerk, "MZJ", day.year, [Line(young, day, "professional", "水文观测仍在使用")])
    line = PlanLine.objects.get()
    with CaptureQueriesContext(connection) as seen:
        planning.answer(cast["方正"], line.uuid, given=True, document="云档局〔2026〕9号")
    (update,) = (
        one["sql"] for one in seen.captured_queries if one["sql"].startswith('UPDATE "desk_planline"')
    )
    assert "planned_on" not in update, "who answers does not plan"
    with pytest.raises(Lacking) as early:
        making.begin(clerk, "MZJ", [young])
    assert [one.code for one in early.value.reasons] == ["desk.hand_over.early"]


def test_nobody_signs_for_bytes_that_were_not_built(cast: dict[str, Actor]) -> None:
    clerk, intake = cast["沈文"], cast["陆安"]
    number = ordered(clerk)
    settle()
    transfer = sending.send(clerk, number)
    settle()
    sign_waiting(intake, transfer, note="已核对")
    accept(intake, transfer)
    Transfer.objects.filter(number=transfer).update(container_sha512="0" * 128)
    with pytest.raises(Corrupt) as other:
        sending.sign_register(clerk, number, "unit")
    assert other.value.code == "desk.register.other_bytes"


def unforeseen(*_told: object) -> None:
    raise ZeroDivisionError


def refused(actor: Actor, number: object) -> str:
    raise Conflict("desk.hand_over.taken")
