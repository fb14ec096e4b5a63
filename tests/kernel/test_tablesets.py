"""Table sets: CSV becomes XML with a schema and comes back cell for cell; what was changed is found."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.packages import unpack
from lantai.kernel.tablesets import check_set, read_schema, rows, write_csv, write_set

CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff\ufeff")
    | st.sampled_from("\t\n,\"'<&"),
    max_size=12,
)


def table(path: Path, lines: list[list[str]]) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
    return path


def made(folder: Path, **tables: list[list[str]]) -> Path:
    """Return the folder of an unpacked set."""
    files = {name: table(folder / f"{name}.csv", lines) for name, lines in tables.items()}
    write_set(files, folder / "set.zip", "库")
    unpack(folder / "set.zip", folder / "out")
    return folder / "out"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
def test_every_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("set")
    wanted = [["编号", "名称", "备注"], *([f"x{a}", b, c] for a, b, c in lines)]
    root = made(folder, 登记=wanted)
    told = read_schema(root).tables[0]
    assert [list(told.columns), *rows(root, told)] == wanted
    assert (told.name, told.rows) == ("登记", len(lines)) and not check_set(root)
    (back,) = write_csv(root, folder / "back")
    with open(back, encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == wanted


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", [["a"], ["1"]])
    for name in ("1.zip", "2.zip"):
        write_set({"a": file}, tmp_path / name, "库")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_chinese_encodings_are_read(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_bytes("姓名,地址\r\n沈文,云岭区溪口镇水库路\r\n".encode("gb18030"))
    write_set({"g": tmp_path / "g.csv"}, tmp_path / "g.zip", "库")
    unpack(tmp_path / "g.zip", tmp_path / "out")
    told = read_schema(tmp_path / "out").tables[0]
    assert next(rows(tmp_path / "out", told)) == ["沈文", "云岭区溪口镇水库路"]


def test_what_cannot_be_a_set_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"a,b\n1\n", b"a\n\x01\n", b"\n\n", b'a\n"' + b"x" * (17 << 20))):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(data)
        with pytest.raises(Invalid, match=r"tablesets\."):
            write_set({"t": file}, tmp_path / f"{number}.zip", "库")
        assert not (tmp_path / f"{number}.zip").exists()


def test_whatever_is_changed_is_found(tmp_path: Path) -> None:
    root = made(tmp_path, a=[["x", "y"], ["1", "2"], ["3", "4"]])
    file, whole = root / "tables/t1.xml", (root / "tables/t1.xml").read_bytes()
    changes = {
        whole.replace(b"<c1>1", b"<c1>9"): {"tablesets.table.digest"},
        whole.replace(b"<row><c1>3</c1><c2>4</c2></row>", b""): {
            "tablesets.table.digest",
            "tablesets.table.rows",
        },
        whole[:-9]: {"tablesets.table.digest", "tablesets.table.broken"},
        whole.replace(b"c2", b"c7"): {"tablesets.table.digest", "tablesets.table.broken"},
    }
    for data, codes in changes.items():
        file.write_bytes(data)
        assert {finding.code for finding in check_set(root)} == codes
    file.unlink()
    assert [finding.code for finding in check_set(root)] == ["tablesets.table.missing"]
    (root / "schema.xml").write_text(
        '<tableset schema="lantai.tables/1"><table file="../../x" rows="1"/></tableset>'
    )
    assert [finding.code for finding in check_set(root)] == ["tablesets.schema.table"]
    (root / "schema.xml").unlink()
    assert [finding.code for finding in check_set(root)] == ["tablesets.schema.missing"]


def test_an_existing_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "there.zip").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_set({"a": table(tmp_path / "a.csv", [["a"]])}, tmp_path / "there.zip", "库")
    assert (tmp_path / "there.zip").read_bytes() == b"mine"
    assert zipfile.is_zipfile(tmp_path / "there.zip") is False


def test_the_command_line_makes_and_opens_a_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lantai.cli.main import main

    (tmp_path / "in").mkdir()
    wanted = table(tmp_path / "in" / "登记.csv", [["a", "b"], ["1", ""], ["", "2"]]).read_text("utf-8")
    assert main(["table-set", "make", str(tmp_path / "in"), str(tmp_path / "s.zip")]) == 0
    assert "登记" in capsys.readouterr().out
    assert main(["table-set", "open", str(tmp_path / "s.zip"), str(tmp_path / "back")]) == 0
    assert (tmp_path / "back" / "登记.csv").read_text("utf-8-sig") == wanted
    assert main(["table-set", "make", str(tmp_path / "back" / "none"), str(tmp_path / "t.zip")]) != 0
