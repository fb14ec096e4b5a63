"""What the text of a document tells: proposed with its reason, taken over by a person, stopped where it is a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.desk import queries
from lantai.desk.errors import Lacking, Refused
from lantai.desk.models import Capture
from lantai.desk.services.capture import capture
from lantai.desk.services.describe import adopt, describe
from lantai.desk.services.items import form
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger import queries as ledger
from tests.kernel.formats import samples
from tests.office import VALUES, brought, letter

LETTER = """云岭区民政局文件
云民〔2026〕8号
云岭区民政局关于加强汛期值班工作的通知
各镇人民政府：
请按要求值班。
云岭区民政局
2026年5月6日
"""
MARKED = "秘密★1年\n" + LETTER


def test_hints_are_proposed_with_their_reason_and_decide_nothing(cast: Mapping[str, Actor]) -> None:
    parts = (brought("main", "通知.txt", LETTER.encode()),)
    filing = letter(components=parts, source="upload", process=(), values={"title": "扫描件"})
    told = capture(cast["沈文"], filing)
    row = Capture.objects.get(number=told.number)
    hints = {hint["fills"]: hint["value"] for hint in row.hints}
    assert hints["title"] == "云岭区民政局关于加强汛期值班工作的通知"
    assert (hints["doc_number"], hints["date"], hints["author"]) == (
        "云民〔2026〕8号",
        "20260506",
        "云岭区民政局",
    )
    assert hints["record_form"] == "通知"
    assert all(hint["code"].startswith("letters.") for hint in row.hints)
    assert row.values == {"title": "扫描件"} and row.title == "扫描件"
    assert {one.path for one in told.notes} >= {"values.date", "values.author", "values.security"}


def test_a_hint_is_taken_over_by_a_person(cast: Mapping[str, Actor]) -> None:
    parts = (brought("main", "通知.txt", LETTER.encode()),)
    filing = letter(components=parts, source="upload", process=(), values={"title": "扫描件"})
    clerk, number = cast["沈文"], capture(cast["沈文"], filing).number
    describe(clerk, number, {"title": "关于值班的通知", "date": "2026年5月6日"})
    row = Capture.objects.get(number=number)
    assert row.values == {"title": "扫描件"}
    assert row.described == {"title": "关于值班的通知", "date": "20260506"}
    assert row.title == "关于值班的通知"
    assert [one.number for one in queries.captures(clerk, text="关于值班").items] == [number]
    with pytest.raises(Lacking) as refused:
        describe(clerk, number, {"date": "20261399", "xyz": "1", "author": "机密★10年"})
    found = {(one.path, one.code) for one in refused.value.reasons}
    assert found == {
        ("values.date", "recordtypes.date.unreadable"),
        ("values.xyz", "desk.value.unknown"),
        ("values.author", "desk.secret.refused"),
    }
    describe(clerk, number, {"title": ""})
    row.refresh_from_db()
    assert row.title == "扫描件" and row.given == {"date": "20260506"}
    with pytest.raises(Forbidden):
        describe(cast["陆安"], number, {"title": "x"})
    with pytest.raises(NotFound):
        describe(cast["他局"], number, {"title": "x"})


def test_many_are_completed_at_once_and_nothing_that_holds_is_changed(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    clerk = cast["沈文"]
    scan = samples.pdf(tmp_path / "扫描件.pdf", pages=2).read_bytes()
    numbers = []
    for n, (name, data, values) in enumerate(
        (
            ("通知.txt", LETTER.encode(), {"title": "通知"}),  # the name of its file
            ("函.txt", LETTER.encode(), {"title": "关于值班的函", "author": "区民政局办公室"}),
            ("扫描件.pdf", scan, {"title": "扫描件"}),
        )
    ):
        parts = (brought("main", name, data),)
        filing = letter(f"UP-{n}", components=parts, source="upload", process=(), values=values)
        numbers.append(capture(clerk, filing).number)
    before = ledger.pending()
    assert adopt(clerk, "MZJ", numbers, {"security": "公开", "pages": ""}) == 3
    assert ledger.pending() == before + 1, "one entry for all"
    named, said, bare = (Capture.objects.get(number=number) for number in numbers)
    assert named.title == "云岭区民政局关于加强汛期值班工作的通知" and named.values == {"title": "通知"}
    assert (named.described["author"], named.described["date"]) == ("云岭区民政局", "20260506")
    assert (said.title, said.described["author"]) == ("关于值班的函", "区民政局办公室")
    assert bare.described == {"title": "扫描件", "pages": "2", "security": "公开"}
    assert adopt(clerk, "MZJ", numbers, {"security": "内部"}) == 0
    with pytest.raises(Lacking):
        adopt(clerk, "MZJ", numbers[2:], {"doc_number": "x" * 3_000})
    with pytest.raises(Invalid):
        adopt(clerk, "MZJ", [], {})
    with pytest.raises(Forbidden):
        adopt(cast["陆安"], "MZJ", numbers, {})
    with pytest.raises(Forbidden):
        adopt(cast["他局"], "MZJ", numbers, {})
    form(clerk, "MZJ", [[numbers[2]]])
    with pytest.raises(Conflict):
        adopt(clerk, "MZJ", numbers, {"note": "整理时补"})
    assert "note" not in Capture.objects.get(number=numbers[0]).described, "all or nothing"


@pytest.mark.parametrize("role", ["main", "attachment"])
def test_a_secrecy_mark_in_the_text_stops_the_document(cast: Mapping[str, Actor], role: str) -> None:
    def parts() -> tuple[object, ...]:
        first = brought("main", "正文.txt", (MARKED if role == "main" else LETTER).encode())
        return first, brought("attachment", "附件.txt", (MARKED if role != "main" else "附表").encode())

    with pytest.raises(Refused) as refused:
        capture(cast["沈文"], letter(components=parts()))
    place = 0 if role == "main" else 1
    assert [(one.path, one.code) for one in refused.value.reasons] == [
        (f"components[{place}]", "desk.text.secret")
    ]
    assert queries.captures(cast["沈文"]).items == []


def test_a_letter_about_secrets_is_no_secret(cast: Mapping[str, Actor]) -> None:
    text = LETTER + "密级标志由密级、★和保密期限组成，如秘密★1年。严守国家秘密。\n"
    capture(cast["沈文"], letter(components=(brought("main", "通知.txt", text.encode()),), values=VALUES))


def test_hints_come_from_office_files_too(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    file = samples.word(tmp_path / "通知.docx", *LETTER.splitlines())
    parts = (brought("main", "通知.docx", file.read_bytes()),)
    told = capture(cast["沈文"], letter(components=parts, source="upload", process=(), values={"title": "x"}))
    hints = {hint["fills"]: hint["value"] for hint in Capture.objects.get(number=told.number).hints}
    assert (hints["doc_number"], hints["date"]) == ("云民〔2026〕8号", "20260506")


def test_what_was_declassified_is_filed_with_a_remark(cast: Mapping[str, Actor]) -> None:
    parts = (brought("main", "通知.txt", MARKED.encode()),)
    values = {**VALUES, "security": "已解密"}
    told = capture(cast["沈文"], letter(components=parts, values=values, source="upload"))
    assert "desk.text.declassified" in {note.code for note in told.notes}
