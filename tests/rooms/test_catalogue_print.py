"""Printed lists and forms of real records: what stands on them, who may have them, that each is recorded."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pypdfium2
import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.catalogue import prints
from lantai.catalogue.prints import lists
from lantai.catalogue.prints.model import TITLES, Options
from lantai.catalogue.selection import Selection
from lantai.catalogue.services.export import print_out
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.printing import forms
from lantai.ledger.models import Entry
from lantai.search.queries import Question
from tests.pages import library

FONDS = Selection(Place(fonds="Z109"))


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        told = "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
    return "".join(told.split())


def printed(actor: Actor, selection: Selection, form: str, **options: object) -> str:
    out = io.BytesIO()
    prints.write(actor, selection, form, out, Options(**options))  # type: ignore[arg-type]
    return text_of(out.getvalue())


def item(number: int, *, series: str = "WS·2011·D30·办公室", **more: str) -> library.Description:
    ref = f"Z109-{series}-{number:04d}"
    told = {"retention": "30年", "function": "办公室", "doc_number": f"云民〔2011〕{number}号", "pages": "3"}
    values = library.values(ref, f"关于{library.word(number)}的通知", open_status="控制", **{**told, **more})
    return library.Description(library.urn_of(ref), ref, "item", "WS", "Z109", values)


@pytest.fixture
def shelf(cast: Mapping[str, Actor]) -> list[str]:
    """Thirty loose items in two classes, and a file of four items; return the 档号 of those."""
    library.add([item(n) for n in range(1, 21)])
    library.add([item(n, series="WS·2011·Y·办公室", retention="永久") for n in range(21, 31)])
    return library.file_of_items(count=4)


def test_an_item_list_says_what_its_records_share_and_numbers_them(shelf: list[str]) -> None:
    text = printed(SYSTEM, FONDS, "item_list")
    for said in (
        "归档文件目录",
        *("序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"),
        "全宗号：Z109",
        "全宗名称：云岭区民政局",
        *("保管期限：30年", "保管期限：永久", "机构（问题）：办公室", "年度：2011"),
        *("云民〔2011〕20号", f"关于{library.word(30)}的通知"),
        *("第1页", "共", "云岭区档案馆"),
    ):
        assert said in text, said


def test_a_file_list_and_what_lies_in_a_file(shelf: list[str]) -> None:
    text = printed(SYSTEM, FONDS, "file_list")
    for said in ("案卷目录", "案卷题名", "起止日期", "总页数", "Z109-001-001", "民政案卷"):
        assert said in text, said
    file = holdings.record(SYSTEM, "Z109-001-001")
    for selection in (
        FONDS,
        Selection(Place(fonds="Z109", file=file.ref)),
        Selection(Place(urns=(file.urn,))),
    ):
        text = printed(SYSTEM, selection, "inner_list")
        for said in (
            "卷内文件目录",
            "顺序号",
            "页号",
            "档号：Z109-001-001",
            "案卷题名：民政案卷",
            "卷内第4件",
        ):
            assert said in text, said


def test_page_numbers_in_a_file_follow_from_the_pages() -> None:
    rows = [{"pages": "3"}, {"pages": "1"}, {"pages": "5"}]
    assert [row["page_number"] for row in forms.paged(rows)] == ["1", "4", "5-9"]
    assert forms.paged([*rows, {"pages": ""}]) == [*rows, {"pages": ""}]
    told = [{"pages": "3", "page_number": "7"}, {"pages": "1"}]
    assert forms.paged(told) == told


def test_a_long_list_comes_in_volumes(
    shelf: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PART", 12)
    made = print_out(SYSTEM, FONDS, "item_list", tmp_path / "目录.pdf", Options())
    assert made.path.name == "目录.zip" and made.count == 34 and made.files == 3
    with zipfile.ZipFile(made.path) as archive:
        texts = {name: text_of(archive.read(name)) for name in archive.namelist()}
    assert list(texts) == [f"归档文件目录-00{n}.pdf" for n in (1, 2, 3)]
    for number, text in enumerate(texts.values(), 1):
        assert f"第{number}分册" in text
    assert "".join(texts.values()).count("的通知") == 30


def test_notes_count_what_lies_in_files_and_boxes(shelf: list[str]) -> None:
    text = printed(SYSTEM, FONDS, "note", per_box=15)
    for said in (
        *("卷内备考表", "备考表", "本卷共有文件4件", "盒内文件情况说明"),
        *("整理人", "整理日期", "检查人", "检查日期"),
        *("本盒共有归档文件15件，45页。", "本盒共有归档文件5件，15页。", "本盒共有归档文件10件，30页。"),
    ):
        assert said in text, said


@pytest.mark.parametrize("width", prints.WIDTHS)
@pytest.mark.parametrize("paper", prints.PAPERS)
def test_spines_of_every_width(shelf: list[str], width: int, paper: str) -> None:
    out = io.BytesIO()
    made = prints.write(SYSTEM, FONDS, "spine", out, Options(width=width, paper=paper, per_box=15))
    assert made.count == 4
    text = text_of(out.getvalue())
    for said in (
        "全宗号",
        "年度",
        "保管期限",
        "机构（问题）",
        "起止件号",
        "盒号",
        "案卷号",
        "Z109",
        "0015",
    ):
        assert said in text, said


def test_boxes_follow_their_numbers(cast: Mapping[str, Actor]) -> None:
    library.add([item(n, box_number="7" if n < 4 else "8") for n in range(1, 6)])
    found = list(prints.boxes.boxes(SYSTEM, FONDS, 2, counted=False))
    assert [(box.number, box.items, box.first[-4:], box.last[-4:]) for box in found] == [
        ("7", 3, "0001", "0003"),
        ("8", 2, "0004", "0005"),
    ]
    text = printed(SYSTEM, FONDS, "label")
    assert "盒号7" in text and "起止件号0004—0005" in text


def test_a_fonds_file_has_a_cover_and_figures(shelf: list[str], cast: Mapping[str, Actor]) -> None:
    from lantai.holdings.models import Fonds

    Fonds.objects.filter(number="Z109").update(
        values={"agency_history": "1978年成立。\n1998年并入救灾办。", "note": "内部情况"}
    )
    text = printed(cast["顾闻"], FONDS, "fonds_file")
    for said in (
        "全宗卷",
        "全宗介绍",
        "组织机构沿革",
        "1998年并入救灾办。",
        "内部情况",
        "馆藏统计",
        "1卷34件",
    ):
        assert said in text, said
    assert "内部情况" not in printed(cast["他局"], FONDS, "fonds_file")
    with pytest.raises(Invalid, match=r"catalogue\.print\.fonds"):
        printed(SYSTEM, Selection(), "fonds_file")


def test_prints_show_what_their_reader_may_see(cast: Mapping[str, Actor]) -> None:
    entries = library.catalogue(count=60)
    for name, actor in {**cast, "公众": PUBLIC}.items():
        for selection in (FONDS, Selection(question=Question(text="通知"))):
            seen = {one.ref for one in selection.records(actor)}
            try:
                text = printed(actor, selection, "item_list")
            except NotFound:
                text = ""
            for one in entries:
                assert ("".join(f"关于{one.word}的通知".split()) in text) == (one.ref in seen), (name, one)


def test_nothing_to_print_and_wrong_wishes_are_told(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    library.many(3)
    for form in ("file_list", "inner_list"):
        with pytest.raises(NotFound, match=r"catalogue\.print\.empty"):
            printed(SYSTEM, FONDS, form)
    with pytest.raises(Invalid, match=r"catalogue\.print\.form"):
        printed(SYSTEM, FONDS, "poster")
    for wrong in ({"width": 31}, {"paper": "a5"}, {"per_box": -1}):
        with pytest.raises(Invalid, match=r"catalogue\.print\.size"):
            printed(SYSTEM, FONDS, "spine", **wrong)
    with pytest.raises(NotFound):
        print_out(SYSTEM, FONDS, "file_list", tmp_path / "x.pdf", Options())
    assert not list(tmp_path.glob("*.pdf")) and not list(tmp_path.glob(".lantai*"))


def test_a_print_is_recorded(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    library.many(3)
    made = print_out(cast["顾闻"], FONDS, "label", tmp_path / "x.pdf", Options())
    told = json.loads(Entry.objects.get(act="catalogue.records.print").text)
    assert told["actor"] == "guwen" and made.path == tmp_path / "x.pdf"
    assert told["data"] == {
        **{"selection": {"fonds": "Z109"}, "form": "label", "count": 1},
        "sha256": made.sha256,
    }


def test_a_card_tells_every_element_and_to_outsiders_the_public_ones(shelf: list[str]) -> None:
    ref = "Z109-WS·2011·D30·办公室-0040"
    told = {"doc_number": "云民〔2011〕40号", "persons": "赵一", "abstract": "移民安置" * 150}
    values = library.values(ref, "关于移民的通知", open_status="开放", **told)
    library.add([library.Description(library.urn_of(ref), ref, "item", "WS", "Z109", values)])
    one = Selection(Place(fonds="Z109", series="WS·2011·D30·办公室"))
    cards = printed(SYSTEM, one, "card")
    assert cards.count("档案著录卡") >= 21 and "著录层级：文件级" in cards
    assert "人名赵一" in cards and "文件编号云民〔2011〕40号" in cards
    outside = printed(PUBLIC, one, "card")
    assert "云民〔2011〕40号" in outside and "赵一" not in outside and "云民〔2011〕1号" not in outside


def test_the_page_and_the_command_line_offer_every_form() -> None:
    from lantai.catalogue.views_export import PRINTS
    from lantai.cli.catalogue_export import _PRINTS as verbs

    assert {name for name, *_ in PRINTS} | {"spine", "label"} == set(TITLES)
    assert {name.replace("-", "_") for name in verbs} == set(TITLES)
