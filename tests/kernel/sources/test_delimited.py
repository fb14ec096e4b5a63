"""Delimited text of any encoding and size: the same rows, or an error that names the row."""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.formulas import armed
from lantai.kernel.sources import SourceLimits, open_source
from tests.corpora import need

TEXT = "档号,题名,责任者\nX001-1,关于城乡建设工作的通知,云岭区人民政府办公室\nX001-2,会议纪要与批复,民政局\n"
ROWS = [("X001-1", "关于城乡建设工作的通知", "云岭区人民政府办公室"), ("X001-2", "会议纪要与批复", "民政局")]


def _cells(path: Path, **asked: object) -> list[tuple[str, ...]]:
    return [row.cells for row in open_source(path, **asked).rows()]  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_encoding_and_delimiter_gives_the_same_rows(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((TEXT * 1).replace(",", delimiter).encode(encoding))
    source = open_source(path)
    assert source.kind == "csv"
    assert source.headings == ("档号", "题名", "责任者")
    assert [row.cells for row in source.rows()] == ROWS
    assert [row.number for row in source.rows()] == [2, 3], "rows can be read again"


def test_line_ends_quotes_and_blank_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('题名,备注\r\n"甲\n乙","他说""是"""\r\n\r\n,\r\n丙,丁\u2028戊'.encode())
    assert [(row.number, row.cells) for row in open_source(path).rows()] == [
        (2, ("甲\n乙", '他说"是"')),
        (5, ("丙", "丁\u2028戊")),
    ]


def test_old_macintosh_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("题名,年度\r甲,1990\r乙,1991\r".encode())
    assert _cells(path) == [("甲", "1990"), ("乙", "1991")]


def test_excel_says_its_separator_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\n题名;说明\n甲,乙;丙\n", "utf-8")
    assert _cells(path) == [("甲,乙", "丙")]


def test_text_that_turns_chinese_late_is_read_right(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = ["no,title", *(f"{n},plain ascii title number {n}" for n in range(30_000))]
    lines.append("30000,关于印发城乡建设工作要点的通知和会议纪要")
    path.write_bytes("\n".join(lines).encode("gb18030"))
    source = open_source(path)
    assert source.encoding == "gb18030"
    assert list(source.rows())[-1].cells[1] == "关于印发城乡建设工作要点的通知和会议纪要"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_byte_that_does_not_belong_is_named_with_its_row(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    line = "云岭区人民政府关于城乡建设的通知,民政局\n".encode(encoding)
    line = line[2:] if encoding == "utf-16" else line
    bad = b"\x00\xd8\n\x00" if encoding == "utf-16" else b"\xff\xff,x\n"
    mark = b"\xff\xfe" if encoding == "utf-16" else b""
    path.write_bytes(mark + line * 40_000 + bad + line * 10)
    with pytest.raises(Invalid) as raised:
        list(open_source(path).rows())
    assert raised.value.code == "sources.text.undecodable"
    assert raised.value.facts["row"] == 40_001


def test_guessed_encodings_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("号,名\n1,甲\n".encode("gb18030"))
    source = open_source(path)
    assert [finding.code for finding in source.findings] == ["encodings.text.guessed"]
    assert next(source.rows()).cells == ("1", "甲")


@pytest.mark.parametrize("name", ["gb18030", "gb2312", "big5", "euc_kr", "shift_jis"])
def test_text_in_other_encodings_is_read_as_its_twin_in_utf8(tmp_path: Path, name: str) -> None:
    folder = need("14-text-encodings") / "cjk"
    rows = []
    for path in (folder / f"{name}.txt", folder / f"{name}-utf8.txt"):
        source = open_source(path)
        rows.append((source.headings, [row.cells for row in source.rows()]))
        if path.name == f"{name}.txt" and rows[0] != rows[-1]:
            assert source.findings
    doubted = open_source(folder / f"{name}.txt").findings
    assert rows[0] == rows[1] or doubted, "mojibake never without a warning"


def test_an_open_quote_at_the_end_is_a_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('题名,备注\n甲,乙\n丙,"丁', "utf-8")
    with pytest.raises(Invalid) as raised:
        list(open_source(path).rows())
    assert (raised.value.code, raised.value.facts["row"]) == ("sources.text.unfinished", 3)


def test_an_open_quote_in_a_large_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("题名,备注\n" + "甲,乙\n" * 100 + '"' + "甲,乙\n" * 400_000, "utf-8")
    with pytest.raises(Invalid) as raised:
        list(open_source(path).rows())
    assert (raised.value.code, raised.value.facts["row"]) == ("sources.cell.too_long", 102)


def test_a_line_without_end_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with open(path, "wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(1 << 30)
    with pytest.raises(Invalid, match=r"sources\.file\.kind"):
        list(open_source(path).rows())
    with open(path, "wb") as file:
        for _ in range(256):
            file.write(b"x" * (1 << 20))
    code = (
        "import sys, pathlib; from lantai.kernel.sources import open_source\n"
        "try: list(open_source(pathlib.Path(sys.argv[1])).rows())\n"
        "except Exception as error: print(error.code)\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    told, kilobytes = done.stdout.split()
    assert told in {"sources.line.too_long", "sources.cell.too_long"}
    assert int(kilobytes) < 100 << 10


@pytest.mark.parametrize(
    "data", [b"\x03\x01\x00\x00binary\x00", b"a,b\n1,\x00\n", bytes(range(128, 256)) * 9]
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"sources\.(file\.kind|text\.undecodable)"):
        list(open_source(path).rows())


@pytest.mark.parametrize("data", [b"", b" \n\r\n", b"\xef\xbb\xbf"])
def test_nothing_is_told_as_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"sources\.file\.empty"):
        open_source(path)


def test_size_and_width_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,3\n", "utf-8")
    with pytest.raises(Invalid, match=r"sources\.file\.too_large"):
        open_source(path, limits=SourceLimits(text=5))
    with pytest.raises(Invalid, match=r"sources\.table\.too_wide"):
        open_source(path, limits=SourceLimits(columns=2))


def test_cells_beyond_the_headings_are_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"{n},甲\n" for n in range(100))
    path.write_text("号,名\n" + rows + "100,乙,丙，因逗号多出\n7\n", "utf-8")
    last = list(open_source(path).rows())[-2:]
    assert [(row.cells, row.extra) for row in last] == [
        (("100", "乙"), ("丙，因逗号多出",)),
        (("7", ""), ()),
    ]


def test_formulas_stay_the_text_they_are(tmp_path: Path) -> None:
    payloads = (need("12-hostile-strings") / "csv-injection.txt").read_text("utf-8").splitlines()
    path = tmp_path / "a.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["题名", "号"], *([payload, "1"] for payload in payloads)])
    assert _cells(path) == [(payload, "1") for payload in payloads]


def test_naughty_strings_come_back_unchanged(tmp_path: Path) -> None:
    strings = [
        one for one in json.loads((need("12-hostile-strings") / "blns-half.json").read_text("utf-8")) if one
    ]
    path = tmp_path / "a.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["题名", "号"], *([one, "1"] for one in strings)])
    assert _cells(path) == [(one, "1") for one in strings]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"题名": one, "号": 1} for one in strings]), "utf-8")
    assert _cells(path) == [(one, "1") for one in strings]


# Marks that this reader keeps for itself, zeros, and halves of surrogate pairs are no text of a catalogue.
cell = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\ufdd0\ufdd1\ufeff"), max_size=20
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(cell, cell, cell), max_size=12))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("题名", "责任者", "备注"), *rows])
    told = [tuple(map(armed, row)) for row in rows]  # a mark before a formula's sign is taken away
    assert _cells(path, heading_known={"题名", "责任者", "备注"}.__contains__) == [
        row for row in told if any(map(str.strip, row))
    ]


def test_a_large_file_is_read_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(f"列{n}" for n in range(25)) + "\n")
        line = ",".join(["云岭区人民政府办公室关于通知"] * 25) + "\n"
        for _ in range(60):
            file.write(line * 1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in open_source(path).rows()) == 60_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 << 10
