"""The one-file program for a clerk's PC: it runs where nothing is installed, and packs the bytes that the site packs."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree as lxml

from lantai.cli import main as cli
from lantai.cli.portable import etree
from lantai.cli.portable.making import make
from lantai.kernel.packages import FORMS

LIST = (
    "档号,题名,责任者,日期,年度,保管期限,密级\n"
    "Z109-WS·2011·Y-0001,关于移民安置的请示,区民政局,20110304,2011,永久,公开\n"
    "Z109-WS·2011·Y-0002,关于<低保>&“通知”,区民政局,20110305,2011,永久,公开\n"
)
PYTHON = Path(sys.base_prefix) / "bin" / "python3"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder with the program, a list and its files, and nothing else."""
    folder = tmp_path / "desk"
    (folder / "files").mkdir(parents=True)
    make(folder / "lantai-package.pyz")
    (folder / "list.csv").write_text(LIST, "utf-8")
    for number in (1, 2):
        (folder / "files" / f"Z109-WS·2011·Y-000{number}.txt").write_text(f"正文{number}", "utf-8")
    return folder


def _run(desk: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program with an interpreter that has no site-packages and sees no environment."""
    command = [str(PYTHON), "-I", "-S", "-X", "utf8", "lantai-package.pyz", *arguments]
    return subprocess.run(command, cwd=desk, capture_output=True, text=True, check=False)


def _build(form: str, out: str) -> list[str]:
    told = ["--fonds", "Z109", "--sender", "区民政局", "--at", "2026-11-22T08:00:00+08:00"]
    return ["build", "list.csv", "files", *told, "--form", form, "-o", out]


def test_nothing_of_the_project_or_its_libraries_is_there(desk: Path) -> None:
    for name in ("django", "lxml", "cryptography", "lantai"):
        asked = subprocess.run(
            [str(PYTHON), "-I", "-S", "-c", f"import {name}"], cwd=desk, capture_output=True
        )
        assert asked.returncode == 1, name
    with zipfile.ZipFile(desk / "lantai-package.pyz") as program:
        assert not [name for name in program.namelist() if "/site/" in name or "django" in name]


@pytest.mark.parametrize("form", FORMS)
def test_it_packs_the_same_bytes_and_checks_them(
    desk: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _run(desk, *_build(form, "there.zip"))
    assert (done.returncode, done.stderr) == (0, "")
    monkeypatch.chdir(desk)
    assert cli.main(["package", *_build(form, "here.zip")]) == 0
    assert (desk / "there.zip").read_bytes() == (desk / "here.zip").read_bytes()
    checked = _run(desk, "check", "--json", "there.zip")
    assert checked.returncode == 0
    told = json.loads(checked.stdout)
    assert (told["form"], told["records"], told["verdict"], told["findings"]) == (form, 2, "pass", [])


def test_a_change_is_found_and_said(desk: Path) -> None:
    assert _run(desk, *_build("dat93", "out"), "--folder").returncode == 0
    next((desk / "out").rglob("*0001.txt")).write_text("改了", "utf-8")
    checked = _run(desk, "check", "out")
    assert checked.returncode == 1
    assert "有错误" in checked.stdout and "0001.txt" in checked.stdout


def test_a_workbook_is_declined_with_the_way_out(desk: Path) -> None:
    (desk / "list.xlsx").write_bytes(b"PK")
    done = _run(desk, "build", "list.xlsx", "files", "--fonds", "Z109", "-o", "out.zip")
    assert done.returncode == 2
    assert "cli.portable.list" in done.stderr and "CSV" in done.stderr


def test_the_same_sources_make_the_same_program(tmp_path: Path) -> None:
    make(tmp_path / "1.pyz")
    make(tmp_path / "2.pyz")
    assert (tmp_path / "1.pyz").read_bytes() == (tmp_path / "2.pyz").read_bytes()


# --- the stand-in for lxml

TEXT = st.text(st.sampled_from("a档&<>\"'\n\t \r]\u00a0𠮷"), max_size=6)
ATTRIBUTES = st.dictionaries(st.sampled_from(["a", "档号", "{urn:x}b"]), TEXT, max_size=2)
TREES = st.recursive(
    st.tuples(ATTRIBUTES, st.none() | TEXT, st.just(())),
    lambda inner: st.tuples(ATTRIBUTES, st.none() | TEXT, st.lists(inner, max_size=3)),
    max_leaves=6,
)


@given(tree=TREES, indented=st.booleans())
def test_the_stand_in_writes_what_lxml_writes_and_reads_it_back(tree: tuple, indented: bool) -> None:  # type: ignore[type-arg]
    def made(module: object) -> bytes:
        root = module.Element("{urn:r}根", nsmap={None: "urn:r", "x": "urn:x"})  # type: ignore[attr-defined]
        waiting = [(root, tree)]
        while waiting:
            above, (attributes, text, children) = waiting.pop(0)
            element = module.SubElement(above, "{urn:r}项", attributes)  # type: ignore[attr-defined]
            element.text = text
            waiting.extend((element, child) for child in children)
        if indented:
            module.indent(root, "  ")  # type: ignore[attr-defined]
        written: bytes = module.tostring(root, encoding="UTF-8", xml_declaration=True)  # type: ignore[attr-defined]
        return written

    data = made(lxml)
    assert made(etree) == data
    ours, theirs = etree.fromstring(data), lxml.fromstring(data)
    assert [(e.tag, e.text, dict(e.attrib)) for e in ours.iter()] == [
        (e.tag, e.text, dict(e.attrib)) for e in theirs.iter()
    ]
    assert "".join(ours.itertext()) == "".join(theirs.itertext())


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b"<a/><b/>", b"<!DOCTYPE a []><a/>", b"<a>&x;</a>", b"<a>" * 300 + b"</a>" * 300]
)
def test_the_stand_in_refuses_what_is_not_well_formed_or_not_safe(data: bytes) -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(data)
