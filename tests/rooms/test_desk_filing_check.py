"""The check at filing: ordered, run, mended from its report, answered, closing its class; the forms it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.desk import faults, filing_register, queries, queries_checks, services, store
from lantai.desk import queries_arrangement as arrangement
from lantai.desk.errors import Lacking
from lantai.desk.faults import RecordFault
from lantai.desk.models import Capture, FilingCheck
from lantai.desk.queries_checks import CheckView
from lantai.desk.services import Where
from lantai.desk.services.filing_check_run import advance_filing_check, collect_checks
from lantai.desk.services.replacing import Fresh, Spot, mend_file
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.services import sequence
from lantai.people import queries as people
from lantai.people.services import add_account, grant_role
from lantai.site.work import settle
from tests.conftest import PASSWORD
from tests.departments import contributor, department, give, owner
from tests.filing import EXPLAINED, checked
from tests.kernel import clamd
from tests.kernel.formats.samples import pdf
from tests.office import VALUES, brought, letter
from tests.rooms.test_desk_volumes import vouchers

HERE = Where(2026, "30年", "办公室")
NO_SCANNER = ("GD-4-1", "GD-4-2")


def filed(clerk: Actor, folder: Path, count: int = 2) -> str:
    """Return an open class of letters, each a PDF of one page with an attachment."""
    numbers = []
    for n in range(1, count + 1):
        parts = (
            brought("正本", "正文.pdf", pdf(folder / f"{n}.pdf", pages=1).read_bytes() + b"%% %d\n" % n),
            brought("附件", "附件.txt", f"第{n}号附件".encode()),
        )
        told = {**VALUES, "title": f"第{n}号通知", "doc_number": f"云民〔2026〕{n}号", "pages": "1"}
        numbers.append(services.capture(clerk, letter(f"OA-{n}", values=told, components=parts)).number)
    items = services.form(clerk, "MZJ", [[number] for number in numbers])
    return services.place(clerk, "MZJ", items, HERE)[0]


def revision(clerk: Actor, number: str) -> int:
    return arrangement.filing_class(clerk, number).revision


def ordered(clerk: Actor, number: str, *, closing: bool = False) -> str:
    return services.order_check(clerk, number, seen=revision(clerk, number), closing=closing)


def report(clerk: Actor, number: str) -> CheckView:
    """Return the check of a class as it is now, run if it is not yet."""
    if queries_checks.checks_of(clerk, number)[0] is None:
        ordered(clerk, number)
    services.advance_filing_checks()
    _newest, found = queries_checks.checks_of(clerk, number)
    assert found is not None and found.current and found.run is not None
    return found


def outcomes(check: CheckView) -> dict[str, str]:
    assert check.run is not None
    return {item["code"]: item["outcome"] for item in check.run.report["items"]}


def failed(check: CheckView) -> set[str]:
    return {code for code, outcome in outcomes(check).items() if outcome == "fail"}


def faulty(check: CheckView) -> list[RecordFault]:
    return faults.records(check, "WS")


def part(clerk: Actor, number: str, name: str) -> tuple[str, int, Path, str]:
    """Return capture, order, place in the store and item of the first file of that name in a class."""
    for line in arrangement.in_class(clerk, number):
        shown = arrangement.item(clerk, line.uuid)
        for one, (capture, order) in zip(shown.files, shown.sources, strict=True):
            if one.name == name:
                return capture, order, store.place(one.sha512), line.uuid
    raise AssertionError(name)


def fresh(name: str, data: bytes) -> Fresh:
    """Return a file as a page brings it: in a folder of its own in the inbox."""
    told = brought("", name, data)
    assert told.path is not None
    folder = told.path.parent / told.path.stem
    folder.mkdir()
    return Fresh(name, told.path.rename(folder / f"came{Path(name).suffix}"))


def test_a_whole_class_passes_but_for_what_no_machine_here_can_check(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    found = report(clerk, number)
    assert failed(found) == set() and found.waiting == NO_SCANNER and not found.holds
    assert (found.items, found.files) == (2, 4)
    told = outcomes(found)
    assert {told[code] for code in ("GD-1-1", "GD-1-7", "GD-1-14", "GD-2-6", "GD-2-7", "GD-3-2")} == {"pass"}
    assert {told[code] for code in ("GD-1-12", "GD-1-13", "GD-4-4", "GD-4-5")} == {"not_applicable"}
    assert faulty(found) == []
    services.answer(clerk, number, str(found.uuid), dict.fromkeys(NO_SCANNER, EXPLAINED))
    assert report(clerk, number).holds
    assert services.close(clerk, number, seen=revision(clerk, number)) == 2


def test_nothing_is_numbered_without_a_check_of_the_class_as_it_is(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    with pytest.raises(Conflict, match=r"desk\.class\.unchecked"):
        services.close(clerk, number, seen=revision(clerk, number))
    found = report(clerk, number)
    with pytest.raises(Conflict, match=r"desk\.class\.unchecked"):
        services.close(clerk, number, seen=revision(clerk, number))
    services.answer(clerk, number, str(found.uuid), dict.fromkeys(NO_SCANNER, EXPLAINED))
    first, second = arrangement.in_class(clerk, number)
    services.move(clerk, number, second.uuid, 1, seen=revision(clerk, number))
    with pytest.raises(Conflict, match=r"desk\.class\.unchecked"):
        services.close(clerk, number, seen=revision(clerk, number))
    with pytest.raises(Conflict, match=r"desk\.check\.stale"):
        services.answer(clerk, number, str(found.uuid), {"GD-2-9": "核对过"})
    assert {one.ref for one in arrangement.in_class(clerk, number)} == {""}
    assert first.uuid != second.uuid


def test_closing_orders_the_check_and_numbers_when_it_holds(
    cast: Mapping[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    with clamd.daemon(tmp_path) as address:
        monkeypatch.setenv("LANTAI_CLAMD", address)
        assert services.close_or_check(clerk, number, seen=revision(clerk, number)) is None
        assert arrangement.filing_class(clerk, number).state == "open"
        settle()
    shown = arrangement.filing_class(clerk, number)
    assert (shown.state, shown.closed_by) == ("closed", clerk.username)
    assert [one.ref[-4:] for one in arrangement.in_class(clerk, number)] == ["0001", "0002"]
    check = queries_checks.closing_check(clerk, number)
    assert json.loads(store.read(check.register))["tests"]["malware"].startswith("没有发现病毒")


def test_a_missing_value_is_mended_in_its_field_and_checked_anew(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    line = arrangement.in_class(clerk, number)[1]
    values = dict(arrangement.item(clerk, line.uuid).values)
    services.edit(clerk, line.uuid, {k: v for k, v in values.items() if k != "author"}, seen=1)
    found = report(clerk, number)
    assert failed(found) == {"GD-2-3"}
    (fault,) = faulty(found)
    assert (fault.item, fault.order, fault.revision, fault.changed) == (line.uuid, 2, 2, False)
    assert set(fault.fields) == {"author"} and fault.severe and not fault.files
    with pytest.raises(Lacking):
        services.close_or_check(clerk, number, seen=revision(clerk, number))
    services.edit(clerk, line.uuid, values, seen=2)
    (fault,) = faulty(queries_checks.checks_of(clerk, number)[1] or found)
    assert fault.changed
    services.recheck(clerk, number)
    found = report(clerk, number)
    assert failed(found) == set() and faulty(found) == []


def test_bytes_that_changed_in_the_store_are_put_back(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    capture, order, place, item = part(clerk, number, "附件.txt")
    right = place.read_bytes()
    place.write_bytes(right[:-1] + b"?")
    found = report(clerk, number)
    assert {"GD-1-1", "GD-1-14"} <= failed(found)
    (fault,) = faulty(found)
    assert [(one.capture, one.order, one.name) for one in fault.files.values()] == [
        (capture, order, "附件.txt")
    ]
    with pytest.raises(Invalid, match=r"desk\.replace\.reason_missing"):
        mend_file(clerk, Spot(item, capture, order), fresh("附件.txt", right), reason=" ", seen=1)
    seen = revision(clerk, number)
    assert (
        mend_file(clerk, Spot(item, capture, order), fresh("x.txt", right), reason="重新导出", seen=1) == ""
    )
    assert place.read_bytes() == right and revision(clerk, number) == seen
    with pytest.raises(Invalid, match=r"desk\.replace\.same"):
        mend_file(clerk, Spot(item, capture, order), fresh("x.txt", right), reason="重新导出", seen=1)
    services.recheck(clerk, number)
    assert failed(report(clerk, number)) == set()
    place.unlink()
    services.recheck(clerk, number)
    assert {"GD-1-11", "GD-2-11"} <= failed(report(clerk, number))
    assert (
        mend_file(clerk, Spot(item, capture, order), fresh("x.txt", right), reason="重新导出", seen=1) == ""
    )
    services.recheck(clerk, number)
    assert failed(report(clerk, number)) == set()


def test_a_torn_pdf_is_replaced_by_another_document_and_the_old_one_stays(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    capture, order, place, item = part(clerk, number, "正文.pdf")
    place.write_bytes(place.read_bytes()[:200])
    found = report(clerk, number)
    assert {"GD-2-7", "GD-3-4"} <= failed(found)
    (fault,) = faulty(found)
    assert [one.name for one in fault.files.values()] == ["正文.pdf"]
    better = pdf(tmp_path / "better.pdf", pages=1).read_bytes() + b"%% better\n"
    spot = Spot(item, capture, order)
    with pytest.raises(Conflict, match=r"desk\.item\.changed"):
        mend_file(clerk, spot, fresh("正文.pdf", better), reason="原件损坏", seen=7)
    with pytest.raises(Lacking) as refused:
        mend_file(clerk, spot, fresh("正文.pdf", better[:200]), reason="原件损坏", seen=1)
    assert "desk.file.unreadable" in {one.code for one in refused.value.reasons}
    new = mend_file(clerk, spot, fresh("正文.pdf", better), reason="原件损坏", seen=1)
    shown = arrangement.item(clerk, item)
    assert shown.captures == (new,) and [one.name for one in shown.files] == ["正文.pdf", "附件.txt"]
    assert queries.capture(clerk, capture).line.state == "replaced"
    assert (queries_checks.replaced_by(capture), queries_checks.replaces(new)) == (new, capture)
    services.recheck(clerk, number)
    assert failed(report(clerk, number)) == set()
    acts = [one.act for one in ledger.history([f"urn:uuid:{item}"])]
    assert "desk.item.replace" in acts


def test_two_damaged_files_of_one_document_are_mended_one_after_the_other(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    """What is damaged beside the file that is replaced is not captured anew: it stays named as it was, and at fault."""
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path, 1)
    _capture, _order, beside, item = part(clerk, number, "附件.txt")
    beside.write_bytes(b"x")
    capture, order, place, _item = part(clerk, number, "正文.pdf")
    place.unlink()
    (fault,) = faulty(report(clerk, number))
    assert len(fault.files) == 2
    before = {one.name: one.sha512 for one in arrangement.item(clerk, item).files}
    better = pdf(tmp_path / "better.pdf", pages=1).read_bytes() + b"%% better\n"
    first = mend_file(clerk, Spot(item, capture, order), fresh("正文.pdf", better), reason="换", seen=1)
    now = {one.name: one.sha512 for one in arrangement.item(clerk, item).files}
    assert now["附件.txt"] == before["附件.txt"] and now["正文.pdf"] != before["正文.pdf"]
    services.recheck(clerk, number)
    (fault,) = faulty(report(clerk, number))
    (left,) = fault.files.values()
    assert (left.capture, left.name) == (first, "附件.txt")
    spot = Spot(item, left.capture, left.order)
    second = mend_file(clerk, spot, fresh("附件.txt", "新的附件".encode()), reason="换", seen=2)
    services.recheck(clerk, number)
    assert failed(report(clerk, number)) == set()
    assert arrangement.item(clerk, item).captures == (second,)
    states = dict(Capture.objects.values_list("number", "state"))
    assert states == {capture: "replaced", first: "replaced", second: "arranged"}


def test_a_document_that_cannot_take_its_place_is_not_left_in_the_tray(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]

    def refuse(number: str) -> None:
        raise Conflict("desk.item.changed", title=number)

    before = ledger.size() + ledger.pending()
    with pytest.raises(Conflict, match=r"desk\.item\.changed"):
        services.capture(clerk, letter("OA-9"), then=refuse)
    assert not Capture.objects.exists() and ledger.size() + ledger.pending() == before
    made = services.capture(clerk, letter("OA-9")).number
    with pytest.raises(Conflict, match=r"desk\.item\.changed"):
        services.capture(clerk, letter("OA-9"), then=refuse)
    assert queries.capture(clerk, made).line.state == "tray"


def test_a_missing_attachment_is_added(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    told = {**VALUES, "pages": "1"}
    parts = (brought("正本", "正文.pdf", pdf(tmp_path / "1.pdf", pages=1).read_bytes()),)
    capture = services.capture(clerk, letter("OA-1", values=told, components=parts)).number
    (item,) = services.form(clerk, "MZJ", [[capture]])
    with pytest.raises(Invalid, match=r"desk\.replace\.role"):
        mend_file(clerk, Spot(item, capture), fresh("名单.txt", b"x"), role="odd", reason="漏了", seen=1)
    new = mend_file(
        clerk,
        Spot(item, capture),
        fresh("名单.txt", "名单".encode()),
        role="attachment",
        reason="漏了",
        seen=1,
    )
    files = arrangement.item(clerk, item).files
    assert [(one.role, one.name) for one in files] == [("main", "正文.pdf"), ("attachment", "名单.txt")]
    assert queries.capture(clerk, new).line.state == "arranged"


def test_malware_is_found_and_cannot_be_answered_away(
    cast: Mapping[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = cast["沈文"]
    parts = (brought("正本", "正文.txt", clamd.EICAR),)
    capture = services.capture(clerk, letter("OA-1", components=parts)).number
    (item,) = services.form(clerk, "MZJ", [[capture]])
    (number,) = services.place(clerk, "MZJ", [item], HERE)
    with clamd.daemon(tmp_path) as address:
        monkeypatch.setenv("LANTAI_CLAMD", address)
        found = report(clerk, number)
        assert failed(found) == {"GD-4-2"}
        with pytest.raises(Invalid, match=r"desk\.check\.malware"):
            services.answer(clerk, number, str(found.uuid), {"GD-4-2": "误报"})
        (fault,) = faulty(found)
        assert [one.name for one in fault.files.values()] == ["正文.txt"]
        spot = Spot(item, capture, 1)
        mend_file(clerk, spot, fresh("正文.txt", "干净".encode()), reason="查出病毒", seen=1)
        services.recheck(clerk, number)
        assert failed(report(clerk, number)) == set()


def test_answers_are_for_what_waits_and_each_is_given_once(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    check = str(report(clerk, number).uuid)
    for reasons, code in (
        ({}, "reason_missing"),
        ({"GD-4-1": "  "}, "reason_missing"),
        ({"GD-1-2": "好"}, "not_open"),
        ({"GD-9-9": "好"}, "not_open"),
    ):
        with pytest.raises(Invalid, match=rf"desk\.check\.{code}"):
            services.answer(clerk, number, check, reasons)
    assert services.answer(clerk, number, check, {"GD-4-1": "查过", "GD-4-7": "在内网归档"}) == 2
    assert services.answer(clerk, number, check, {"GD-4-1": "又查过"}) == 0
    found = report(clerk, number)
    assert found.waiting == ("GD-4-2",) and found.run is not None
    assert [(one.code, one.note) for one in found.run.signed] == [
        ("GD-4-1", "查过"),
        ("GD-4-7", "在内网归档"),
    ]


def test_the_forms_stay_what_they_were_when_the_class_was_closed(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    with pytest.raises(NotFound, match=r"desk\.check\.early"):
        filing_register.report(clerk, number)
    found = report(clerk, number)
    services.answer(clerk, number, str(found.uuid), dict.fromkeys(NO_SCANNER, EXPLAINED))
    with pytest.raises(NotFound, match=r"desk\.filing_register\.early"):
        filing_register.printed(clerk, number)
    services.close(clerk, number, seen=revision(clerk, number))
    told = json.loads(store.read(queries_checks.closing_check(clerk, number).register))
    assert told["amounts"] == {
        "volumes": "", "items": 2, "sheets": "", "minutes": "", "files": 4, "bytes": found.bytes
    }  # fmt: skip
    assert (told["unit"], told["first_ref"][-4:], told["last_ref"][-4:]) == ("区民政局", "0001", "0002")
    assert [one["reason"] for one in told["explained"]] == [EXPLAINED, EXPLAINED]
    assert EXPLAINED in told["tests"]["malware"] and "载体" in told["tests"]["carrier"]
    made = filing_register.printed(clerk, number)
    assert made.startswith(b"%PDF") and filing_register.printed(clerk, number) == made
    assert filing_register.report(clerk, number).startswith(b"%PDF")
    item = arrangement.in_class(clerk, number)[0]
    values = arrangement.item(clerk, item.uuid).values
    services.edit(clerk, item.uuid, {**values, "title": "编号后改的题名"}, seen=item.revision)
    assert filing_register.printed(clerk, number) == made
    services.reopen(clerk, number, seen=revision(clerk, number))
    with pytest.raises(NotFound, match=r"desk\.filing_register\.early"):
        filing_register.printed(clerk, number)
    with pytest.raises(Conflict, match=r"desk\.class\.unchecked"):
        services.close(clerk, number, seen=revision(clerk, number))


def test_a_check_of_a_class_that_changes_meanwhile_is_stopped(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    uuid = ordered(clerk, number)
    assert ordered(clerk, number) == uuid, "the same class is checked once"
    services.sort(clerk, number, "title", seen=revision(clerk, number))
    first, second = arrangement.in_class(clerk, number)
    services.move(clerk, number, second.uuid, 1, seen=revision(clerk, number))
    assert advance_filing_check(uuid) == "stopped"
    newest, reported = queries_checks.checks_of(clerk, number)
    assert newest is not None and newest.problem is not None and reported is None
    assert newest.problem["code"] == "desk.check.changed"
    other = ordered(clerk, number)
    services.move(clerk, number, first.uuid, 1, seen=revision(clerk, number))
    last = ordered(clerk, number)
    states = {str(one.uuid): one.state for one in FilingCheck.objects.all()}
    assert states == {uuid: "stopped", other: "stopped", last: "ordered"}
    left = queries_checks.folder_of(FilingCheck.objects.get(uuid=other).uuid)
    left.mkdir(parents=True)
    assert collect_checks() == 1 and not left.exists()


def test_a_worker_that_is_to_end_leaves_the_check_to_the_next_one(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    uuid = ordered(clerk, number)
    assert advance_filing_check(uuid, lambda: False) == "ordered"
    assert not queries_checks.folders()
    assert advance_filing_check(uuid) == "done"


def test_strangers_see_and_do_nothing(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, tmp_path)
    found = report(clerk, number)
    capture, order, _place, item = part(clerk, number, "附件.txt")
    for name in ("他局", "方正", "何恒", "系统管理员"):
        other = cast[name]
        with pytest.raises(NotFound):
            queries_checks.checks_of(other, number)
        with pytest.raises(NotFound):
            filing_register.report(other, number)
        with pytest.raises(Forbidden):
            services.order_check(other, number, seen=revision(clerk, number))
        with pytest.raises(Forbidden):
            services.answer(other, number, str(found.uuid), {"GD-4-1": "x"})
        with pytest.raises(Forbidden):
            mend_file(other, Spot(item, capture, order), fresh("x.txt", b"x"), reason="x", seen=1)
    assert queries_checks.checks_of(cast["陆安"], number)[1] is not None
    with pytest.raises(Forbidden):
        services.order_check(cast["陆安"], number, seen=revision(clerk, number))


def test_a_class_by_volume_is_checked_with_its_volumes(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    clerk = cast["沈文"]
    first = vouchers(clerk, 4)
    items = [one.uuid for one in arrangement.in_class(clerk, first)]
    for some in (items[:2], items[2:3]):
        services.make_volume(clerk, first, some, title="", seen=revision(clerk, first))
    found = report(clerk, first)
    assert "GD-2-6" not in failed(found)
    told = queries_checks.told(found.content)
    assert [len(one["items"]) for one in told["volumes"]] == [2, 1]
    assert [one["order"] for one in told["records"]] == [1, 2, 3, 4]
    with pytest.raises(Lacking):  # one item lies in no volume
        services.close_or_check(clerk, first, seen=revision(clerk, first))
    services.make_volume(clerk, first, items[3:], title="", seen=revision(clerk, first))
    check = checked(clerk, first)
    assert failed(check) == set() and services.close(clerk, first, seen=revision(clerk, first)) == 4
    register = json.loads(store.read(queries_checks.closing_check(clerk, first).register))
    assert (register["amounts"]["volumes"], register["amounts"]["items"]) == (3, 4)
    other = vouchers(clerk, 2, first=5, where=Where(2024, "10年"))
    mine = [one.uuid for one in arrangement.in_class(clerk, other)]
    services.make_volume(clerk, other, mine, title="", seen=revision(clerk, other))
    assert failed(report(clerk, other)) == set()


def test_numbers_that_another_class_took_since_are_checked_anew(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    first, second = vouchers(clerk, 2), vouchers(clerk, 2, where=Where(2024, "10年"))
    for number in (first, second):
        mine = [one.uuid for one in arrangement.in_class(clerk, number)]
        services.make_volume(clerk, number, mine, title="", seen=revision(clerk, number))
        assert checked(clerk, number).waiting
    services.close(clerk, first, seen=revision(clerk, first))
    with pytest.raises(
        Conflict, match=r"desk\.class\.unchecked"
    ):  # it was checked with the numbers of the first
        services.close(clerk, second, seen=revision(clerk, second))
    assert services.close_or_check(clerk, second, seen=revision(clerk, second)) is None
    checked(clerk, second)
    assert services.close_or_check(clerk, second, seen=revision(clerk, second)) == 2
    told = queries_checks.told(queries_checks.closing_check(clerk, second).content)
    assert [one["ref"] for one in told["volumes"]] == ["Z109-KU·PZ·2024-002"]


def test_a_class_is_closed_by_who_asked_for_it_and_never_by_itself_once_it_is_open_again(
    cast: Mapping[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = cast["沈文"]
    add_account(SYSTEM, "linxiao", "林晓", password=PASSWORD)
    grant_role(SYSTEM, "linxiao", "clerk", unit="MZJ")
    other = people.actor("linxiao")
    number = filed(clerk, tmp_path, 1)
    with clamd.daemon(tmp_path) as address:
        monkeypatch.setenv("LANTAI_CLAMD", address)
        uuid = ordered(clerk, number)
        assert ordered(other, number, closing=True) == uuid
        assert advance_filing_check(uuid) == "done"
        assert arrangement.filing_class(clerk, number).closed_by == other.username
        services.reopen(clerk, number, seen=revision(clerk, number))
        assert advance_filing_check(services.recheck(clerk, number)) == "done"
    assert arrangement.filing_class(clerk, number).state == "open"


def test_a_document_in_anothers_place_is_of_the_same_department_and_year(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    brings = contributor("zhouqi", "周琦")
    department(clerk, "YM", "移民科", "zhouqi")
    number = filed(clerk, tmp_path, 1)
    capture, order, _place, item = part(clerk, number, "附件.txt")
    give(clerk, [capture], "YM")
    Capture.objects.filter(number=capture).update(year=2025)
    seen = revision(clerk, number)
    new = mend_file(clerk, Spot(item, capture, order), fresh("附件.txt", b"better"), reason="换", seen=1)
    assert (owner(new), Capture.objects.get(number=new).year) == ("YM", 2025)
    assert queries.capture(brings, new).line.number == new
    assert revision(clerk, number) == seen + 1
    sequence()
    (*_, entry) = ledger.history([f"urn:uuid:{item}"])
    assert (entry.act, entry.data["department"]) == ("desk.item.replace", "YM")
