"""The official forms: same data same bytes, nothing in the data is markup, nothing runs off the page."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from lantai.kernel.errors import NotFound, Unavailable
from lantai.kernel.printing import fonts, render, render_png
from lantai.kernel.printing.typesetting import printable
from tests.corpora import need

REF = "Z109-WS·2011·Y·云溪街道办事处水库移民安置工作领导小组办公室-0001"
HOSTILE = [
    '#panic("no") *bold* _it_ $x^2$ <label> @ref // gone \\ #read("/etc/passwd")',
    "\u202egnp.exe\u0000\ufffe\ue000 \U00020000 😀 العربية",
    "</text>&lt;" + "ب" * 5 + "{{7*7}}${jndi:x}`id`",
    "=1+1\r\n第二行\t制表",
    "长" * 3000,
    "a" * 3000,
]


def report(**more: Any) -> dict[str, Any]:
    """Return a check report with one item of each property and a failing one."""
    items = [
        {"code": f"YJ-{n}-1", "name": "检测项", "property": name, "outcome": "pass", "findings": []}
        for n, name in enumerate(("authenticity", "integrity", "usability", "security"), 1)
    ]
    items[1] |= {
        "outcome": "fail",
        "findings": [
            {"code": "x", "path": REF, "message": "页数不一致。", "expected": "12 页", "found": "11 页"}
        ],
    }
    told = {"verdict": "fail", "stage": "YJ", "scheme": "DA/T 70-2018", "items": items, "files": 3}
    return told | {"bytes": 1234567, "seconds": 1.5, "unit": "云岭区民政局", "number": "YL-1"} | more


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_check_report_says_what_was_found() -> None:
    text = squeezed(text_of(render("check_report", report())))
    for said in (
        "电子档案四性检测报告",
        "不合格",
        "YJ-2-1",
        "页数不一致",
        "12页",
        "11页",
        "第1页共",
        REF,
        "1,234,567",
    ):
        assert squeezed(said) in text


def test_register_counts_gigabytes_with_three_decimals() -> None:
    data = {
        "title": "交接",
        "bytes": 3 * 2**30 + 2**29,
        "records": 12000,
        "sides": {"unit": {"name": "甲局"}},
    }
    text = text_of(render("transfer_register", data))
    assert "3.500 GB" in text
    assert "12,000 件" in text
    assert "不足 0.001 GB" in text_of(render("transfer_register", data | {"bytes": 12}))


def test_receipt_holds_the_whole_digest() -> None:
    digest = hashlib.sha512(b"").hexdigest()
    text = squeezed(text_of(render("receipt", {"sha512": digest, "entry": 1234, "number": "R-7"})))
    assert digest in text
    assert "1,234" in text


@pytest.mark.parametrize("name", ["check_report", "transfer_register", "receipt"])
def test_empty_data_is_an_empty_form(name: str) -> None:
    assert render(name, {}).startswith(b"%PDF-")


def test_same_data_same_bytes_in_another_process() -> None:
    data = report(printed_at="2026-11-22T09:31:00+08:00")
    code = (
        "import sys, json, hashlib; from lantai.kernel.printing import render;"
        "print(hashlib.sha256(render('check_report', json.loads(sys.argv[1]))).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, json.dumps(data)], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == hashlib.sha256(render("check_report", data)).hexdigest()


def test_pdf_is_archival_and_dated_by_the_data() -> None:
    with pikepdf.open(BytesIO(render("receipt", {"printed_at": "2026-11-22T01:02:03"}))) as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        assert str(document.docinfo["/CreationDate"]).startswith("D:20261122010203")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["check_report", "transfer_register", "receipt"])
def test_hostile_text_is_printed_as_text(name: str, text: str) -> None:
    item = {"code": text, "name": text, "property": text, "outcome": text, "findings": [{"path": text}]}
    side = {"name": text, "accuracy": text}
    data = report(
        title=text, unit=text, fonds=text, number=text[:40], items=[item], sha512=text, first_ref=text
    )
    pdf = render(name, data | {"sides": {"unit": side, "archives": side}})
    assert pdf.startswith(b"%PDF-")
    if text.startswith("#panic"):
        assert squeezed('#panic("no")*bold*') in squeezed(text_of(pdf))


def test_corpus_of_hostile_strings_prints() -> None:
    sources = sorted(need("12-hostile-strings").glob("*.*"))
    assert sources
    for path in sources:
        lines = path.read_text("utf-8", errors="replace").splitlines()
        findings = [{"path": line[:400], "message": line[:400]} for line in lines[:300]]
        items = [{"code": "YJ-1-1", "name": "x", "property": "1", "outcome": "warn", "findings": findings}]
        assert render("check_report", {"items": items, "findings_limit": 300}).startswith(b"%PDF-")


def _ink_outside(png: bytes, dpi: int) -> bool:
    """Return whether anything is drawn in the outer 12 mm of the page."""
    import numpy as np
    import pyvips

    image = pyvips.Image.new_from_buffer(png, "").colourspace("b-w")
    pixels = np.asarray(image.numpy()).reshape(image.height, image.width, -1)[:, :, 0]
    edge = int(12 / 25.4 * dpi)
    return bool((pixels[:, :edge] < 128).any() or (pixels[:, -edge:] < 128).any())


def test_long_values_stay_on_the_page() -> None:
    long = {"path": REF * 3 + "a" * 200, "message": "1" * 300, "expected": "f" * 128, "found": REF}
    item = {"code": "YJ-1-10", "name": REF * 2, "property": "1", "outcome": "fail", "findings": [long]}
    data = report(items=[item], sha512="f" * 128, package="x" * 300, fonds=REF, first_ref=REF, last_ref=REF)
    for name in ("check_report", "transfer_register", "receipt"):
        for page in render_png(name, data, dpi=72):
            assert not _ink_outside(page, 72), name


def test_findings_over_the_limit_are_counted() -> None:
    findings = [{"path": str(n)} for n in range(120)]
    item = {"code": "YJ-1-1", "name": "x", "property": "1", "outcome": "fail", "findings": findings}
    assert "另有70条" in squeezed(text_of(render("check_report", {"items": [item]})))


def test_what_the_font_lacks_is_named() -> None:
    assert printable({"a": ["甲\U0002ffff", 1, None]}) == {"a": ["甲[U+2FFFF]", 1, None]}
    assert printable("档号·〔2014〕 é") == "档号·〔2014〕 é"


def test_unknown_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        render("no_such_form", {})
    assert caught.value.code == "printing.template.missing"
    with pytest.raises(NotFound):
        render(tmp_path / "none.typ", {})


def test_missing_font_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "PACKAGE", "no-such-font-package-of-lantai")
    fonts.font_file.cache_clear()
    try:
        with pytest.raises(Unavailable) as caught:
            fonts.font_file()
    finally:
        fonts.font_file.cache_clear()
    assert caught.value.code == "printing.font.missing"
