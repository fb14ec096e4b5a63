"""The lists and forms on paper: nothing in the data is markup, nothing runs off, rows stay whole."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest

from lantai.kernel.printing import render, render_png
from tests.corpora import need
from tests.kernel.printing.test_printing import HOSTILE, squeezed, text_of

COLUMNS = [
    {"label": "序号", "width": 11, "align": "center"},
    {"label": "档号", "width": 43, "align": "left"},
    {"label": "题名", "width": 0, "align": "left"},
    {"label": "页数", "width": 12, "align": "center"},
]


def listed(rows: list[list[str]], **more: Any) -> dict[str, Any]:
    group = {"facts": [["全宗号", "Z109"], ["年度", "2011"]], "columns": COLUMNS, "rows": rows}
    return {"title": "归档文件目录", "landscape": True, "archives": "云岭区档案馆", "groups": [group], **more}


def rows(count: int, title: str = "关于水库移民安置工作有关问题的请示") -> list[list[str]]:
    return [[str(n), f"Z109-WS·2011·Y-{n:04d}", f"{title}{n}", "3"] for n in range(1, count + 1)]


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [squeezed(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def test_title_facts_and_headings_stand_on_every_page() -> None:
    pages = pages_of(render("list", listed(rows(60))))
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        for said in ("归档文件目录", "全宗号：Z109", "序号", "题名", f"第{number}页共{len(pages)}页"):
            assert said in text
    assert sum(text.count("请示") for text in pages) == 60


def test_rows_are_never_split_unless_a_page_cannot_hold_them() -> None:
    title = "关于进一步做好灾后重建和受灾群众生活救助工作的意见的通知及附件" * 6
    told = rows(40, title)
    for text in pages_of(render("list", listed(told))):
        assert text.count("Z109-WS") * 6 == text.count("灾后重建")
    long = [*told[0][:2], "长" * 4000, "3", ""]
    pages = pages_of(render("list", listed([long, told[1]])))
    assert len(pages) > 1 and sum(text.count("长") for text in pages) == 4000


@pytest.mark.parametrize("tags", [True, False])
def test_lists_are_archival_pdf_and_the_same_every_time(tags: bool) -> None:
    made = render("list", listed(rows(30)), tags=tags)
    assert made == render("list", listed(rows(30)), tags=tags)
    with pikepdf.open(BytesIO(made)) as pdf, pdf.open_metadata() as metadata:
        assert metadata.get("pdfaid:part") == "2"


def cell(label: str, value: str, *, upright: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "share": 1.0, "upright": upright}


def forms(text: str) -> dict[str, dict[str, Any]]:
    """Return data of every form with ``text`` in each place where a catalogue's words stand."""
    sheet = {"title": "备考表", "about": "说明", "facts": [["档号", text]], "text": [text]}
    signed = {"arranged_by": text, "arranged_on": "", "checked_by": "", "checked_on": "2026-11-22"}
    return {
        "list": listed([["1", text, text, text, ""]], archives=text, part=text),
        "note": {"archives": text, "sheets": [{**sheet, **signed}]},
        "spine": {
            "archives": text,
            "paper": "a4",
            "width": 20,
            "spines": [{"cells": [cell("全宗号", text), cell("题名", text, upright=True)]}],
        },
        "label": {"archives": text, "labels": [{"title": text, "facts": [["全宗号", text]]}]},
        "fonds_file": {
            **{"archives": text, "number": text, "name": text, "unit": text, "years": text, "totals": text},
            "printed_on": "2026-11-22",
            "sections": [[text, text]],
            "tables": [{"title": text, "columns": ["门类", text], "rows": [[text, "12"]]}],
        },
    }


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["list", "note", "spine", "label", "fonds_file"])
def test_hostile_words_are_words(form: str, text: str) -> None:
    assert render(form, forms(text)[form]).startswith(b"%PDF")


def test_the_naughty_strings_of_the_corpus_are_printed() -> None:
    naughty = json.loads((need("12-hostile-strings") / "blns-half.json").read_text("utf-8"))
    told = [[str(n), text, text, "1"] for n, text in enumerate(naughty, 1)]
    assert "1" in text_of(render("list", listed(told)))
    for start in range(0, len(naughty), 60):
        spines = [forms(text)["spine"]["spines"][0] for text in naughty[start : start + 60]]
        assert render("spine", {**forms("")["spine"], "spines": spines}).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("paper", "width", "across"), [("a4", 20, 7), ("a4", 50, 3), ("a3", 20, 10), ("a3", 50, 4)]
)
def test_spines_stand_side_by_side_in_their_true_width(paper: str, width: int, across: int) -> None:
    one = {"cells": [cell("全宗号", "Z109"), cell("机构（问题）", "办公室", upright=True)]}
    told = {"archives": "云岭区档案馆", "paper": paper, "width": width, "spines": [one] * (across + 1)}
    pages = render_png("spine", told, dpi=50)
    assert len(pages) == 2
    assert len(render_png("spine", {**told, "spines": [one] * across}, dpi=50)) == 1
