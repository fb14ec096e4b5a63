"""Hand-over from the desk: due, planned, stated, packed, sent, returned, mended, accepted, signed for by both sides."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.checks import queries as checks
from lantai.checks.services import sign_item
from lantai.desk import parcel, register, services, worklist
from lantai.desk import queries_arrangement as arrangement
from lantai.desk import queries_hand_over as queries
from lantai.desk.carrier import DIGESTS, LABEL, NOTE
from lantai.desk.errors import Lacking
from lantai.desk.models import Item
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_build as building
from lantai.desk.services import hand_over_mend as mending
from lantai.desk.services import hand_over_send as sending
from lantai.desk.services import planning
from lantai.desk.services.hand_over import Wanted
from lantai.desk.services.planning import Line
from lantai.desk.statements import Statement
from lantai.desk.terms import terms
from lantai.holdings import queries as holdings
from lantai.ingest import queries as ingest
from lantai.ingest.services import accept, return_to_sender, sign_waiting, submit
from lantai.kernel import recordtypes
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound
from lantai.kernel.packages import build, build_dat93
from lantai.kernel.tlog import parse_verifier
from lantai.kernel.tlog.note import open_note
from lantai.ledger import queries as ledger
from lantai.site.work import settle
from tests.filing import OPEN, YEAR, closed_class, retitle, said
from tests.packages import draft, values

TODAY = date.today()
THIS = TODAY.year
WANTED = Wanted(description="文书档案，永久")


def codes(told: pytest.ExceptionInfo[Lacking]) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in told.value.reasons]


def code_of(refused: pytest.ExceptionInfo[LantaiError]) -> str:
    return refused.value.code


def built(actor: Actor, count: int = 3) -> str:
    """Return the number of a hand-over whose package is built and checked."""
    place = closed_class(actor, count)
    number = making.begin(actor, "MZJ", [place])
    said(actor, number)
    making.order(actor, number, WANTED)
    settle()
    assert queries.hand_over(actor, number).line.state == "built"
    return number


def sent(actor: Actor, number: str) -> str:
    """Send it; return the number of its transfer, whose check has run."""
    transfer = sending.send(actor, number)
    settle()
    assert ingest.transfer(SYSTEM, transfer).state == "checking"
    return transfer


def test_what_is_due_follows_the_terms(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    due = closed_class(clerk, 2)
    later = closed_class(clerk, 1, year=THIS - 2, retention="30年")
    closed_class(clerk, 1, retention="10年")
    found = {one.number: one for one in queries.dues(clerk, today=TODAY)}
    assert set(found) == {due, later}, "what is kept for ten years stays with the unit"
    assert (found[due].due_on, found[due].status, found[due].left) == (date(THIS, 12, 31), "due", 2)
    assert (found[later].due_on, found[later].status) == (date(THIS + 8, 12, 31), "later")
    assert queries.dues(clerk, today=date(THIS + 1, 1, 1))[0].status == "overdue"
    assert [one.number for one in queries.dues(cast["方正"], today=TODAY)] == [due]
    assert queries.dues(cast["他局"], today=TODAY) == []


def test_a_site_may_have_its_own_terms(cast: dict[str, Actor]) -> None:
    source = (Path(parcel.__file__).parent / "terms.toml").read_text("utf-8")
    (home().root / "terms.toml").write_text(source.replace('own = "county"', 'own = "prefecture"'), "utf-8")
    assert (terms().years, terms().due(2016)) == (20, date(2036, 12, 31))
    (home().root / "terms.toml").write_text("own = [", "utf-8")
    with pytest.raises(Invalid) as refused:
        terms()
    assert code_of(refused) == "desk.terms.unreadable"


def test_the_plan_of_a_year_wants_reasons_and_answers(cast: dict[str, Actor]) -> None:
    clerk, intake, bureau = cast["沈文"], cast["陆安"], cast["方正"]
    due, young = closed_class(clerk, 1), closed_class(clerk, 1, year=THIS - 2)
    wrong = [
        Line(young, date(THIS, 12, 1)),
        Line(due, date(THIS + 1, 3, 1)),
        Line("K2000-0001", date(THIS, 1, 1)),
    ]
    with pytest.raises(Lacking) as refused:
        planning.plan(clerk, "MZJ", THIS, wrong)
    assert codes(refused) == [
        (young, "desk.plan.early"),
        (due, "desk.plan.other_year"),
        (due, "desk.plan.late"),
        ("K2000-0001", "desk.hand_over.class_missing"),
    ]
    with pytest.raises(Lacking) as refused:
        planning.plan(clerk, "MZJ", THIS, [Line(young, date(THIS, 12, 1), "deposit")])
    assert codes(refused) == [(young, "desk.plan.reason_missing")]
    lines = [Line(due, date(THIS, 12, 1)), Line(young, date(THIS, 12, 1), "deposit", "单位搬迁")]
    assert planning.plan(clerk, "MZJ", THIS, lines) == 2
    with pytest.raises(Lacking) as refused:
        making.begin(clerk, "MZJ", [young])
    assert codes(refused) == [(young, "desk.hand_over.early")]
    mine = {one.number: one.line for one in queries.planned(clerk, THIS, today=TODAY)}
    usual, line = mine[due], mine[young]
    assert usual and usual.answer == "none"
    assert line and line.waits
    for stranger in (clerk, bureau, cast["何恒"]):
        with pytest.raises(Forbidden):
            planning.answer(stranger, line.uuid, given=True, document="云档〔2026〕1号")
    with pytest.raises(Invalid):
        planning.answer(intake, line.uuid, given=True)
    planning.answer(intake, line.uuid, given=True, document="云档〔2026〕1号")
    with pytest.raises(Conflict):
        planning.answer(intake, line.uuid, given=False)
    number = making.begin(clerk, "MZJ", [young])
    said(clerk, number)
    making.order(clerk, number, WANTED)
    told = making.document_of(queries.row_of(clerk, number))
    assert f"{THIS + 8}-12-31" in told["description"]["信息公开申请"]
    planning.drop(clerk, line.uuid)
    assert [one.number for one in queries.planned(clerk, THIS, today=TODAY)] == [due]


def test_a_later_day_needs_the_bureau(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    due = closed_class(clerk, 1, year=YEAR + 1)
    planning.plan(
        clerk, "MZJ", THIS + 4, [Line(due, date(THIS + 4, 6, 1), "professional", "水文观测仍在使用")]
    )
    (found,) = queries.planned(clerk, THIS + 4, today=TODAY)
    assert found.line and found.by == date(THIS + 1, 12, 31), "until it is consented to, the term holds"
    assert queries.waiting_answers(cast["方正"], "consent") == 1
    with pytest.raises(Forbidden):
        planning.answer(cast["陆安"], found.line.uuid, given=True, document="x")
    planning.answer(cast["方正"], found.line.uuid, given=True, document="云档局〔2026〕9号")
    (found,) = queries.planned(clerk, THIS + 4, today=TODAY)
    assert (found.by, found.status) == (date(THIS + 4, 6, 1), "later")


def test_what_cannot_be_handed_over_is_told_with_every_reason(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    place, short = closed_class(clerk, 2), closed_class(clerk, 1, retention="10年")
    with pytest.raises(Lacking) as refused:
        making.begin(clerk, "MZJ", [place, short, "K2000-0001"])
    assert codes(refused) == [
        ("K2000-0001", "desk.hand_over.class_missing"),
        (short, "desk.hand_over.class_stays"),
    ]
    number = making.begin(clerk, "MZJ", [place])
    with pytest.raises(Lacking):
        making.begin(clerk, "MZJ", [])
    with pytest.raises(Invalid) as taken:
        making.begin(clerk, "MZJ", [place])
    assert code_of(taken) == "desk.hand_over.empty"
    first, second = (one.ref for one in queries.statements(clerk, number).items)
    making.state(clerk, number, {1: Statement("不予公开", "延期开放", "", "已解密", "")})
    with pytest.raises(Lacking) as refused:
        making.order(clerk, number, WANTED)
    assert codes(refused) == [
        (first, "desk.statement.ground_missing"),
        (first, "desk.statement.document_missing"),
        (second, "desk.statement.disclosure_missing"),
        (second, "desk.statement.opinion_missing"),
        (second, "desk.statement.secrecy_missing"),
    ]
    with pytest.raises(Invalid) as blank:
        making.order(clerk, number, Wanted())
    assert code_of(blank) == "desk.hand_over.description_missing"
    making.state(
        clerk,
        number,
        {1: Statement("不予公开", "延期开放", "涉及个人信息", "已解密", "云保〔2020〕1号")},
        rest=OPEN,
    )
    kept = queries.statements(clerk, number).items
    assert [one.said.opinion for one in kept] == ["延期开放", "开放"]
    assert kept[1].said == OPEN, "a reason is not filled in where none is needed"
    making.order(clerk, number, WANTED)
    with pytest.raises(Conflict):
        making.state(clerk, number, {}, rest=OPEN)
    making.cancel(clerk, number)
    assert making.begin(clerk, "MZJ", [place]) != number


@pytest.mark.parametrize("form", ["dat93", "eep", "bagit", "eark"])
def test_the_package_carries_what_was_said_and_is_the_same_again(
    cast: dict[str, Actor], tmp_path: Path, form: str
) -> None:
    clerk = cast["沈文"]
    number = making.begin(clerk, "MZJ", [closed_class(clerk, 2)])
    making.state(
        clerk,
        number,
        {2: Statement("不予公开", "控制", "涉及个人信息", "已解密", "云保〔2020〕1号")},
        rest=OPEN,
    )
    making.order(clerk, number, replace(WANTED, form=form, carrier="CD-7"))
    assert building.advance_hand_over(number, lambda: False) == "ordered"
    left = queries.folder_of(queries.hand_over(clerk, number).uuid)
    (left / "content").mkdir(parents=True)
    (left / f"Z109-{number}.zip").write_bytes(b"half of a package")  # what a killed worker leaves
    settle()
    shown = queries.hand_over(clerk, number)
    assert shown.line.state == "built", worklist.defects(queries.row_of(clerk, number))
    path = queries.folder_of(shown.uuid) / shown.package
    assert digest_file(path, ("sm3", "sha512")).digests == {"sm3": shown.sm3, "sha512": shown.sha512}
    with ZipFile(path) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(parcel.OPINIONS))
        rows = list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
        texts = b"".join(
            archive.read(one) for one in archive.namelist() if one.upper().endswith((".XML", ".EEP"))
        )
    assert rows[2][2:] == ["不予公开", "控制", "涉及个人信息", "已解密", "云保〔2020〕1号"]
    assert "密级变更：已解密（云保〔2020〕1号）" in texts.decode()
    told = making.document_of(queries.row_of(clerk, number))
    beside = tmp_path / parcel.OPINIONS
    beside.write_bytes(parcel.opinions(told))
    again = parcel.draft(told, holdings.types(), {parcel.OPINIONS: beside})
    moment = queries.row_of(clerk, number).ordered_at
    assert moment is not None
    build(again, tmp_path / "again.zip", holdings.types(), form=form, archive=True, moment=moment)  # type: ignore[arg-type]
    assert digest_file(tmp_path / "again.zip", ("sha512",)).sha512 == shown.sha512


def test_returned_with_two_faults_mended_and_accepted(cast: dict[str, Actor]) -> None:
    clerk, intake = cast["沈文"], cast["陆安"]
    first = built(clerk)
    place = queries.hand_over(clerk, first).classes[0]
    transfer = sent(clerk, first)
    view = ingest.transfer(SYSTEM, transfer)
    shown = queries.hand_over(clerk, first)
    assert view.container_sm3 == shown.sm3 and shown.line.outcome == "checking"
    assert queries.dues(clerk, today=TODAY)[0].status == "handed"
    assert view.run is not None
    waiting = [one["code"] for one in checks.run(view.run).waiting]
    sign_item(intake, view.run, waiting[0], passed=False, note="第2件题名不完整")
    return_to_sender(intake, transfer, reason="第3件应写明批次")
    back = queries.hand_over(clerk, first)
    assert back.line.outcome == "returned" and back.line.came_back
    assert [(one.status, one.last) for one in queries.dues(clerk, today=TODAY)] == [("returned", first)]
    todo = worklist.defects(queries.row_of(clerk, first))
    assert [one.item for one in todo] == ["", waiting[0]]
    assert [one.message for one in todo] == ["第3件应写明批次", "第2件题名不完整（陆安）"]
    with pytest.raises(NotFound):
        sending.tick(cast["他局"], first, todo[0].key)
    second = mending.mend(clerk, first)
    with pytest.raises(Conflict) as twice:
        mending.mend(clerk, first)
    assert code_of(twice) == "desk.hand_over.mended_already"
    retitle(clerk, place, 2, "关于第2批水库移民安置点建设的通知")
    for one in todo:
        sending.tick(clerk, first, one.key, note="已改")
    assert all(one.mended_by == "沈文" for one in worklist.defects(queries.row_of(clerk, first)))
    assert {one.said for one in queries.statements(clerk, second).items} == {OPEN}
    making.order(clerk, second, WANTED)
    settle()
    again = sent(clerk, second)
    sign_waiting(intake, again, note="已核对")
    accept(intake, again)
    settle()
    done = queries.hand_over(clerk, second)
    assert (done.line.outcome, done.line.mends) == ("closed", first)
    assert queries.hand_over(clerk, first).mended_by == second
    assert queries.hand_over(clerk, first).line.outcome == "returned", "both stay"
    record = holdings.record(intake, queries.statements(clerk, second).items[1].ref)
    assert record.title == "关于第2批水库移民安置点建设的通知"
    assert record.values["disclosure"] == "主动公开"
    assert not ledger.check_log().findings


def test_what_fails_the_units_own_check_is_a_work_list(cast: dict[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    place = closed_class(clerk, 2)
    number = making.begin(clerk, "MZJ", [place])
    said(clerk, number)
    ref = queries.statements(clerk, number).items[0].ref
    told = draft(tmp_path / "m", count=1)
    changed = values(ref, "别的文件", date=f"{YEAR}0304", year=str(YEAR))
    taken = replace(told, records=(replace(told.records[0], ref=ref, values=changed),))
    build_dat93(taken, tmp_path / "taken.zip", recordtypes.load(), archive=True)
    other = submit(clerk, "MZJ", tmp_path / "taken.zip")
    settle()
    sign_waiting(cast["陆安"], other, note="已核对")
    accept(cast["陆安"], other)
    settle()
    making.order(clerk, number, WANTED)
    settle()
    shown = queries.hand_over(clerk, number)
    assert shown.line.outcome == "failed" and shown.line.came_back
    todo = worklist.defects(queries.row_of(clerk, number))
    assert [one.ref for one in todo] == [ref] and todo[0].title
    with pytest.raises(Conflict):
        sending.send(clerk, number)
    assert queries.dues(clerk, today=TODAY)[0].left == 2, "its records are free again"
    assert queries.hand_over(clerk, mending.mend(clerk, number)).line.mends == number


def test_both_sides_sign_one_register(cast: dict[str, Actor]) -> None:
    clerk, intake = cast["沈文"], cast["陆安"]
    number = built(clerk)
    transfer = sent(clerk, number)
    with pytest.raises(Conflict) as early:
        register.register(clerk, number)
    assert code_of(early) == "desk.register.early"
    sign_waiting(intake, transfer, note="已核对")
    accept(intake, transfer)
    before = register.register(clerk, number)
    settle()
    with pytest.raises(Forbidden):
        sending.sign_register(intake, number, "unit")
    with pytest.raises(Forbidden):
        sending.sign_register(clerk, number, "archives")
    sending.sign_register(clerk, number, "unit")
    sending.sign_register(intake, number, "archives")
    with pytest.raises(Conflict):
        sending.sign_register(clerk, number, "unit")
    settle()
    told = register.register(clerk, number)
    assert (told.sm3, told.document) == (before.sm3, before.document)
    assert [(one.side, one.name, one.sm3) for one in told.signatures] == [
        ("unit", "沈文", told.sm3),
        ("archives", "陆安", told.sm3),
    ]
    for one in told.signatures:
        assert one.index is not None
        note = ledger.sealed(one.index).note.encode()
        assert one.seal in note.decode() and open_note(note, parse_verifier(ledger.key_text()))
    assert told == register.register(intake, number)
    assert register.printed(clerk, number) == register.printed(intake, number)
    assert told.document["package"]["sm3"] == told.document["received"]["sm3"]
    with pytest.raises(NotFound):
        register.register(cast["他局"], number)


def test_a_carrier_has_its_papers_and_is_joined_when_it_comes(cast: dict[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    number = built(clerk)
    shown = queries.hand_over(clerk, number)
    folder = queries.folder_of(shown.uuid)
    assert {one.name for one in folder.iterdir()} == {shown.package, NOTE, DIGESTS, LABEL}
    note = (folder / NOTE).read_text("utf-8")
    assert shown.sm3 in note and shown.sha512 in note and f"移交单号：{number}" in note
    (row,) = list(csv.DictReader(io.StringIO((folder / DIGESTS).read_text("utf-8-sig"))))
    assert (row["文件路径"], row["SM3"], row["SHA-512"]) == (shown.package, shown.sm3, shown.sha512)
    assert (folder / LABEL).read_bytes().startswith(b"%PDF")
    with pytest.raises(Invalid):
        sending.carry(clerk, number, carrier=" ")
    sending.carry(clerk, number, carrier="BD-2026-01")
    settle()
    assert queries.hand_over(clerk, number).line.outcome == "sent"
    shutil.copy(folder / shown.package, tmp_path / "from-the-carrier.zip")
    transfer = submit(cast["陆安"], "MZJ", tmp_path / "from-the-carrier.zip")
    settle()
    settle()
    joined = queries.hand_over(clerk, number)
    assert (joined.line.transfer, joined.line.outcome) == (transfer, "checking")


def test_what_lies_in_a_package_is_not_changed_under_it(cast: dict[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = built(clerk)
    (place,) = queries.hand_over(clerk, number).classes
    with pytest.raises(Conflict) as refused:
        services.reopen(clerk, place, seen=arrangement.filing_class(clerk, place).revision)
    assert code_of(refused) == "desk.class.in_hand_over"
    with pytest.raises(Conflict):
        retitle(clerk, place, 1, "另一题名")
    Item.objects.filter(ref__endswith="0001").update(ref="Z109-WS·2000·Y-9999")  # as if somebody was quicker
    with pytest.raises(Conflict) as refused:
        sending.send(clerk, number)
    assert code_of(refused) == "desk.hand_over.changed"


def test_nobody_else_sees_or_sends(cast: dict[str, Actor]) -> None:
    number = built(cast["沈文"], 1)
    for name in ("他局", "方正", "何恒", "系统管理员"):
        with pytest.raises(NotFound):
            queries.hand_over(cast[name], number)
        with pytest.raises(LantaiError):
            sending.send(cast[name], number)
    assert queries.hand_over(cast["陆安"], number).line.number == number
    making.cancel(cast["沈文"], number)
    assert building.collect_packages() in {0, 1}
    assert not queries.folder_of(queries.hand_over(cast["沈文"], number).uuid).exists()
