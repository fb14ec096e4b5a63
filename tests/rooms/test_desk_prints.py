"""What is printed of a class at the desk: every form whole, boxes by item, stamps as data and on copies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lantai.base.actors import Actor
from lantai.desk import printed, queries_arrangement, services, stamps, store
from lantai.desk.printed import Options
from lantai.desk.services import Said
from lantai.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from lantai.kernel.printing import render
from lantai.kernel.printing.overlay import overlaid
from tests.filing import close, closed_class
from tests.office import brought, letter
from tests.rooms.test_desk_volumes import HERE, items_of, make, revision, vouchers


def text_of(pdf: bytes) -> tuple[int, str]:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    pages = [document[n].get_textpage().get_text_bounded() for n in range(len(document))]
    return len(pages), "".join("".join(pages).split())


def test_the_forms_of_a_class_by_volume_are_printed_whole(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    long = "云岭区民政局关于水库移民后期扶持资金" * 8
    number = vouchers(clerk, 40, title=long)
    items = items_of(clerk, number)
    first = make(clerk, number, items[:38], long)
    make(clerk, number, items[38:], "二季度凭证")
    said_of = Said(long, remarks="卷内缺第 3 号。", arranged_by="沈文", arranged_on=date(2026, 11, 22))
    services.edit_volume(clerk, first, said_of, seen=revision(clerk, number))
    assert "尚未编号" in text_of(printed.made(clerk, number, "file_list"))[1]
    close(clerk, number)
    told = {form: text_of(printed.made(clerk, number, form)) for form in printed.BY_VOLUME}
    assert all(
        long in text
        for form, (_, text) in told.items()
        if form in {"file_list", "inner_list", "cover", "note"}
    )
    assert "Z109-KU·PZ·2024-001" in told["cover"][1] and "自2024年1月28日至2024年12月28日" in told["cover"][1]
    assert "本卷共38件76页" in told["cover"][1] and told["cover"][0] == 2
    assert told["inner_list"][1].count("顺序号") == told["inner_list"][0] > 2, "each page repeats its head"
    assert "立卷人：沈文" in told["note"][1] and "2026年11月22日" in told["note"][1]
    assert "卷内缺第3号。" in told["note"][1]
    alone = text_of(printed.made(clerk, number, "cover", Options(volume=first)))
    assert alone[0] == 1
    with pytest.raises(NotFound, match=r"desk\.print\.empty"):
        printed.made(clerk, number, "cover", Options(volume="no-such"))
    with pytest.raises(Invalid, match=r"desk\.print\.size"):
        printed.made(clerk, number, "spine", Options(width=31))
    with pytest.raises(Invalid, match=r"desk\.print\.form"):
        printed.made(clerk, number, "card")
    assert "件号" in told["stamps"][1] and told["stamps"][0] == 2


def pdf_of(turn: int) -> bytes:
    """Return a PDF of two pages whose first is turned."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842)).rotate(turn, relative=False)
    document.add_blank_page(page_size=(595, 842))
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def test_a_long_print_is_made_part_by_part(
    cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is in two parts or in none, numbers go on from part to part, no volume is cut."""
    monkeypatch.setattr(printed, "AT_ONCE", 4)
    clerk = cast["沈文"]
    number = closed_class(clerk, 9)

    def told(form: str, **more: int) -> list[str]:
        parts = printed.parts_of(clerk, number, form, Options(**more))
        made = [printed.made(clerk, number, form, Options(part=part.number, **more)) for part in parts]
        return [text_of(one)[1] for one in made]

    listed = told("item_list")
    assert [text.count("关于第") for text in listed] == [4, 4, 1]
    assert "第2分册" in listed[1] and "关于第5批" in listed[1] and "关于第9批" in listed[2]
    assert [text.count("归档章") + text.count("件号") for text in told("stamps")] == [4, 4, 1]
    boxes = told("note", per_box=2)
    assert ["0001至" in text or "0005至" in text for text in boxes][:2] == [True, True] and len(boxes) == 3
    assert len(printed.parts_of(clerk, number, "note")) == 1, "one box is one sheet"
    with pytest.raises(Invalid, match=r"desk\.print\.part"):
        printed.made(clerk, number, "item_list", Options(part=4))
    number = vouchers(clerk, 9, where=HERE)
    items = items_of(clerk, number)
    for some in (items[:5], items[5:7], items[7:]):
        make(clerk, number, some, "凭证")
    assert [text.count("月份记账凭证") for text in told("inner_list")] == [5, 4]
    assert [(one.first, one.last) for one in printed.parts_of(clerk, number, "cover")] == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_stamp_stands_in_the_upper_margin_of_a_copy(cast: Mapping[str, Actor], turn: int) -> None:
    clerk = cast["沈文"]
    data = pdf_of(turn)
    filing = letter("PDF-1", type="KU", process=(), components=(brought("正本", "凭证.pdf", data),))
    values = {"title": "记账凭证", "date": "20240128", "accounting_class": "会计凭证", "pages": "2"}
    filing = type(filing)("MZJ", "PDF-1", "KU", values, filing.components, ())
    items = services.form(clerk, "MZJ", [[services.capture(clerk, filing).number]])
    (number,) = services.place(clerk, "MZJ", items, HERE)
    make(clerk, number, list(items))
    with pytest.raises(Conflict, match=r"desk\.stamp\.unnumbered"):
        stamps.stamped(clerk, items[0])
    with pytest.raises(Conflict, match=r"desk\.stamp\.unnumbered"):
        stamps.rows(clerk, number)
    close(clerk, number)
    ref, made = stamps.stamped(clerk, items[0])
    assert ref == "Z109-KU·PZ·2024-001-001"
    document = pypdfium2.PdfDocument(BytesIO(made))
    assert len(document) == 2
    picture = document[0].render(scale=0.5).to_pil().convert("RGB")
    width, height = picture.size
    red = [
        (x, y) for x in range(width) for y in range(height) if (p := picture.getpixel((x, y)))[0] > p[2] + 60
    ]
    assert red and max(y for _, y in red) < height * 0.2, "in the upper margin, however the page is turned"
    assert abs(sum(x for x, _ in red) / len(red) - width / 2) < width * 0.1
    assert store.read(queries_arrangement.item(clerk, items[0]).files[0].sha512) == data
    told = stamps.rows(clerk, number)
    assert told == [[ref, "记账凭证", "Z109", "2024", "001", "", "30年", "2"]]
    assert stamps.workbook(told)[:2] == b"PK"


def test_a_class_by_item_has_boxes(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = closed_class(clerk, 5)
    told = {form: text_of(printed.made(clerk, number, form, Options(per_box=2))) for form in printed.BY_ITEM}
    assert told["note"][0] == 3, "a box of two, of two, of one"
    assert "本盒共有归档文件2件，2页。" in told["note"][1] and "整理人" in told["note"][1]
    assert "0001—0002" in told["label"][1] and told["item_list"][1].count("关于第") == 5
    assert "永久" in told["stamps"][1] and "0005" in told["stamps"][1]
    with pytest.raises(NotFound, match=r"desk\.print\.empty"):
        printed.made(clerk, number, "cover")
    with pytest.raises(NotFound, match=r"desk\.class\.missing"):
        printed.made(cast["他局"], number, "note")


def test_a_picture_becomes_a_page_with_the_stamp_and_a_broken_file_says_so(
    cast: Mapping[str, Actor],
) -> None:
    clerk = cast["沈文"]
    picture = pypdfium2.PdfDocument(BytesIO(pdf_of(0)))[0].render(scale=2).to_pil()
    scan = BytesIO()
    picture.save(scan, "PNG")
    values = {"title": "扫描的凭证", "date": "20240128", "accounting_class": "会计凭证", "pages": "1"}
    parts = (brought("正本", "凭证.png", scan.getvalue()),)
    filing = letter("PNG-1", type="KU", values=values, process=(), components=parts)
    items = services.form(clerk, "MZJ", [[services.capture(clerk, filing).number]])
    (number,) = services.place(clerk, "MZJ", items, HERE)
    make(clerk, number, list(items))
    close(clerk, number)
    assert stamps.can_be_stamped(queries_arrangement.item(clerk, items[0]))
    document = pypdfium2.PdfDocument(BytesIO(stamps.stamped(clerk, items[0])[1]))
    assert [round(edge) for edge in document[0].get_size()] == [595, 842]
    assert "Z109" in document[0].get_textpage().get_text_bounded()
    store.place(queries_arrangement.item(clerk, items[0]).files[0].sha512).chmod(0o600)
    store.place(queries_arrangement.item(clerk, items[0]).files[0].sha512).write_bytes(b"no picture")
    with pytest.raises(Unavailable, match=r"printing\.overlay\.impossible"):
        stamps.stamped(clerk, items[0])
    store.place(queries_arrangement.item(clerk, items[0]).files[0].sha512).unlink()
    with pytest.raises(Unavailable, match=r"printing\.overlay\.impossible"):
        stamps.stamped(clerk, items[0])


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("/Rotate", pikepdf.Name("/Odd")),
        ("/Rotate", pikepdf.String("x")),
        ("/CropBox", pikepdf.Array([0, 0, 0, 0])),
        ("/CropBox", pikepdf.Array([0, 0])),
        ("/CropBox", pikepdf.Array([595, 842, 0, 0])),
        ("/CropBox", pikepdf.String("x")),
        ("/MediaBox", pikepdf.Name("/Odd")),
        ("/Contents", pikepdf.Name("/Odd")),
        ("/Resources", pikepdf.Array([])),
    ],
)
def test_a_page_that_is_not_what_it_should_be_is_stamped_or_said_to_be_so(
    key: str, told: pikepdf.Object, tmp_path: Path
) -> None:
    with pikepdf.open(BytesIO(pdf_of(0))) as document:
        document.pages[0][key] = told
        document.save(tmp_path / "odd.pdf")
    above = render("stamp_one", {"boxes": [["件号", "0001"]] * 6}, pdf_standard="1.7", tags=False)
    try:
        made = overlaid(tmp_path / "odd.pdf", "application/pdf", above)
    except Unavailable as refused:
        assert refused.code == "printing.overlay.impossible"
    else:
        assert made.startswith(b"%PDF")
        assert key != "/CropBox" or "0001" in text_of(made)[1]


def test_many_boxes_ask_the_database_no_more_than_one(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = closed_class(clerk, 6)
    asked = []
    for per_box in (0, 1):
        with CaptureQueriesContext(connection) as told:
            printed.made(clerk, number, "note", Options(per_box=per_box))
        asked.append(len(told))
    assert asked[0] == asked[1]
