"""The DA/T 93 folder: what is built reads back equal, and every fault in it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding, failed
from lantai.kernel.packages import (
    Draft,
    DraftFile,
    DraftRecord,
    Package,
    build_bagit,
    build_dat93,
    compare_digests,
    open_package,
    unpack,
    validate_bag,
)
from tests.corpora import need
from tests.kernel.packages.samples import FIRST, INNER, VOLUME, draft, random_records, same, types


def _codes(findings: Sequence[Finding]) -> set[str]:
    assert all(finding.message() and finding.message("en") for finding in findings)
    return {finding.code for finding in findings}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    build_dat93(draft(tmp_path / "in"), tmp_path / "out", types())
    return tmp_path / "out"


def _open(root: Path) -> Package:
    return open_package(root, types())


@pytest.mark.parametrize("build", [build_dat93, build_bagit])
def test_a_package_reads_back_equal_as_folder_and_as_zip(
    tmp_path: Path, build: Callable[..., dict[str, object]]
) -> None:
    given_draft = draft(tmp_path / "in")
    digests = build(given_draft, tmp_path / "out", types())
    zipped = build(given_draft, tmp_path / "out.zip", types(), archive=True)
    container = unpack(tmp_path / "out.zip", tmp_path / "unzipped")
    assert digests == zipped == container.digests
    for root in (tmp_path / "out", tmp_path / "unzipped"):
        package = _open(root)
        assert package.findings == ()
        same(given_draft, package)
        assert (package.fonds, package.sender) == ("Z109", "某局办公室")
        assert package.description["内容描述"] == "两行\n第二行"
        register = package.register
        assert (register.items, register.files, register.bytes) == (2, 3, 4010)
        assert (register.first_ref, register.last_ref) == (FIRST, INNER)
        assert package.declared[FIRST]["title"] == given_draft.records[0].values["title"]
        assert compare_digests(package, container.digests) == []
        assert {file.path for file in package.files} == set(digests)


def test_equal_drafts_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("1", "2"):
        build_dat93(draft(tmp_path / name), tmp_path / f"{name}.zip", types(), archive=True)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_nothing_is_written_over_and_nothing_half_is_left(tmp_path: Path) -> None:
    made = draft(tmp_path / "in")
    for archive in (False, True):
        out = tmp_path / "out"
        out.write_bytes(b"kept")
        with pytest.raises(Conflict, match=r"packages\.target\.exists"):
            build_dat93(made, out, types(), archive=archive)
        assert out.read_bytes() == b"kept"
        out.unlink()
        gone = DraftRecord("A-1", "item", "WS", {}, (DraftFile(tmp_path / "none", "x"),))
        with pytest.raises(NotFound, match=r"packages\.draft\.source_missing") as missing:
            build_dat93(Draft("A", "", (gone,)), out, types(), archive=archive)
        assert str(tmp_path) not in str(missing.value), "no path of this machine is told"
        assert {path.name for path in tmp_path.iterdir()} == {"in"}


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([("a/b", "x", "")], "packages.draft.ref"),
        ([("..", "x", "")], "packages.draft.ref"),
        ([("A-1", "x", ""), ("A-1", "x", "")], "packages.draft.ref_twice"),
        ([("A-1", "x", "A-9")], "packages.draft.parent"),
        ([("A-1", "x", "A-1")], "packages.draft.parent"),
        ([("A-1", "../x", "")], "packages.draft.file_name"),
        ([("A-1", "电子档案元数据.XML", "")], "packages.draft.file_name"),
        ([("A-1", "a\nb", "")], "packages.name.control"),
        ([("档" * 86, "x", "")], "packages.name.long"),
    ],
)
def test_a_draft_that_cannot_be_packed_is_refused(
    tmp_path: Path, records: list[tuple[str, str, str]], code: str
) -> None:
    (tmp_path / "f").write_bytes(b"1")
    made = tuple(
        DraftRecord(ref, "item", "WS", {}, (DraftFile(tmp_path / "f", name),), parent)
        for ref, name, parent in records
    )
    with pytest.raises(Invalid) as refused:
        build_dat93(Draft("A", "", made), tmp_path / "out", types())
    assert refused.value.code == code
    assert not (tmp_path / "out").exists()


def _remove_note(root: Path) -> None:
    (root / "说明文件.TXT").unlink()


def _remove_catalogue(root: Path) -> None:
    (root / "目录文件.XML").unlink()
    (root / "案卷目录.XML").unlink()


def _rename_folder(root: Path) -> None:
    folder = next(root.rglob(FIRST))
    folder.rename(folder.with_name("别的"))


def _remove_folder(root: Path) -> None:
    folder = next(root.rglob(INNER))
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def _remove_metadata(root: Path) -> None:
    next(next(root.rglob(FIRST)).glob("*.XML")).unlink()


def _break_metadata(root: Path) -> None:
    next(next(root.rglob(FIRST)).glob("*.XML")).write_bytes(b"<a><b></a>")


def _doctype(root: Path) -> None:
    next(next(root.rglob(FIRST)).glob("*.XML")).write_bytes(b"<!DOCTYPE a><a/>")


def _remove_content(root: Path) -> None:
    (next(root.rglob(INNER)) / "元数据.xml").unlink()


def _add_content(root: Path) -> None:
    (next(root.rglob(FIRST)) / "多.txt").write_bytes(b"1")


def _add_stray(root: Path) -> None:
    (root / "多余").mkdir()
    (root / "多余" / "x.txt").write_bytes(b"1")


def _break_catalogue(root: Path) -> None:
    (root / "目录文件.XML").write_bytes(b"<")


def _break_note(root: Path) -> None:
    (root / "说明文件.TXT").write_bytes(b"\xff\xff\xff" * 9)


def _link(root: Path) -> None:
    (next(root.rglob(FIRST)) / "l").symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("harm", "codes"),
    [
        (_remove_note, {"packages.dat93.note_missing"}),
        (_remove_catalogue, {"packages.dat93.catalogue_missing"}),
        (_rename_folder, {"packages.dat93.folder_name"}),
        (_remove_folder, {"packages.dat93.folder_missing"}),
        (_remove_metadata, {"packages.dat93.metadata_missing"}),
        (_break_metadata, {"xml.document.broken"}),
        (_doctype, {"xml.document.doctype"}),
        (_remove_content, {"packages.dat93.component_missing", "packages.dat93.content_missing"}),
        (_add_content, {"packages.dat93.component_extra"}),
        (_add_stray, {"packages.dat93.astray"}),
        (_break_catalogue, {"xml.document.broken"}),
        (_break_note, {"encodings.text.damaged", "packages.note.item_missing"}),
        (_link, {"packages.contents.special"}),
    ],
)
def test_every_fault_is_a_finding(built: Path, harm: Callable[[Path], None], codes: set[str]) -> None:
    harm(built)
    package = _open(built)
    assert codes <= _codes(package.findings)
    assert failed(package.findings)


def test_an_entry_without_folder_and_a_folder_without_entry(built: Path) -> None:
    catalogue = built / "目录文件.XML"
    catalogue.write_text(catalogue.read_text("utf-8").replace(FIRST, "Z109-WS·2011·Y-0009"), "utf-8")
    found = {(f.code, f.path) for f in _open(built).findings}
    assert ("packages.dat93.folder_missing", "Z109-WS·2011·Y-0009") in found
    assert ("packages.dat93.folder_extra", FIRST) in found


def test_changed_content_is_told_by_every_declared_digest(built: Path) -> None:
    path = next(built.rglob(FIRST)) / "正文 (1).txt"
    path.write_bytes(b"hellO!")
    package = _open(built)
    assert package.findings == ()
    digests = {file.path: digest_file(built / file.path) for file in package.files}
    findings = compare_digests(package, digests)
    assert _codes(findings) == {"packages.digest.differs", "packages.size.differs"}
    assert {finding.path for finding in findings} == {path.relative_to(built).as_posix()}
    assert {str(f.facts["algorithm"]) for f in findings if f.facts} >= {"sm3", "sha512"}


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "GB2312"])
def test_the_folder_of_2012_is_read_in_its_encodings(tmp_path: Path, encoding: str) -> None:
    ref = "Z109-WS·2011·Y-0001"
    codec = "utf-8" if encoding == "UTF-8" else "gb18030"  # Python's gb2312 misplaces the middle dot
    folder = tmp_path / "移交" / "电子档案" / "2011" / "永久"
    folder.mkdir(parents=True)
    row = f"<文件><顺序号>1</顺序号><档号>{ref}</档号><责任者>某局</责任者>"
    row += "<题名>关于镇村档案的通知</题名><电子档案名称>0001.pdf</电子档案名称></文件>"
    text = f'<?xml version="1.0" encoding="{encoding}"?><文件目录>{row}</文件目录>'
    (tmp_path / "移交" / "文件目录.XML").write_bytes(text.encode(codec))
    (tmp_path / "移交" / "说明文件.TXT").write_bytes("移交单位：某局\r\n档案数量：1件\r\n".encode(codec))
    (folder / "0001.pdf").write_bytes(b"%PDF-")
    package = _open(tmp_path)
    (record,) = package.records
    assert (package.base, package.form, record.ref) == ("移交", "dat93", ref)
    assert record.values["title"] == "关于镇村档案的通知"
    assert [component.path for component in record.components] == ["移交/电子档案/2011/永久/0001.pdf"]
    assert (package.register.items, package.sender, package.fonds) == (1, "某局", "Z109")
    assert not {"encodings.text.guessed", "encodings.text.damaged"} & _codes(package.findings)


def test_a_nested_metadata_file_of_other_makers_is_understood(tmp_path: Path) -> None:
    folder = tmp_path / "Z109" / "WS" / "Z109-WS·2011·Y-0001"
    folder.mkdir(parents=True)
    (folder / "正文.ofd").write_bytes(b"x")
    (folder / "电子档案Z109元数据.xml").write_text(
        """<?xml version="1.0" encoding="UTF-8"?>
<s:文件实体 xmlns:s="http://example.org/x"><s:聚合层次>文件</s:聚合层次>
 <s:档号>Z109-WS·2011·Y-0001<s:年度>2011</s:年度></s:档号>
 <s:内容描述><s:题名> 通知 </s:题名><s:责任者>某局</s:责任者></s:内容描述>
 <s:形式特征><s:页数>3</s:页数></s:形式特征>
 <s:编码><s:电子属性><s:计算机文件名>正文.ofd</s:计算机文件名>
  <s:计算机文件大小>1字节</s:计算机文件大小></s:电子属性></s:编码>
</s:文件实体>""",
        "utf-8",
    )
    (record,) = _open(tmp_path).records
    assert {key: record.values[key] for key in ("ref", "title", "author", "pages", "year")} == {
        "ref": "Z109-WS·2011·Y-0001",
        "title": "通知",
        "author": "某局",
        "pages": "3",
        "year": "2011",
    }
    assert [(c.path.rpartition("/")[2], c.declared_size) for c in record.components] == [("正文.ofd", 1)]


def test_naughty_strings_survive_as_titles_and_as_file_names(tmp_path: Path) -> None:
    strings = json.loads((need("12-hostile-strings") / "blns-half.json").read_text("utf-8"))
    (tmp_path / "f").write_bytes(b"1")
    records = []
    for number, text in enumerate(strings):
        name = text if text and "/" not in text and len(text.encode()) < 250 else "plain"
        file = DraftFile(tmp_path / "f", name)
        record = DraftRecord(f"Z109-WS·2011·Y-{number:04}", "item", "WS", {"title": text}, (file,))
        try:
            build_dat93(Draft("Z109", "", (record,)), tmp_path / "one" / str(number), types())
        except Invalid as error:
            assert error.code.startswith(("packages.name.", "packages.draft.file_name")), text
            record = DraftRecord(record.ref, "item", "WS", {"title": text}, (DraftFile(tmp_path / "f", "f"),))
        records.append(record)
    whole = Draft("Z109", "单位", tuple(records), {"内容描述": "x", "软硬件环境": "x"})
    build_dat93(whole, tmp_path / "all", types())
    package = _open(tmp_path / "all")
    assert package.findings == ()
    same(whole, package)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_records())
def test_random_records_survive_both_forms(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, dict[str, str], dict[str, bytes]]]
) -> None:
    base = tmp_path_factory.mktemp("random")
    made = []
    for ref, values, files in records:
        drafts = []
        for number, (name, data) in enumerate(files.items()):
            source = base / f"{ref}-{number}"
            source.write_bytes(data)
            drafts.append(DraftFile(source, name, "正本"))
        made.append(DraftRecord(ref, "item", "WS", values, tuple(drafts)))
    whole = Draft("Z109", "单位", tuple(made), {"内容描述": "x", "软硬件环境": "x"})
    for build in (build_dat93, build_bagit):
        build(whole, base / build.__name__, types())
        package = _open(base / build.__name__)
        assert package.findings == ()
        same(whole, package)
    assert validate_bag(base / "build_bagit") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_content_whatever_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    base = tmp_path_factory.mktemp("fuzz")
    build = data.draw(st.sampled_from([build_dat93, build_bagit]))
    digests = build(draft(base / "in"), base / "out", types())
    for path in data.draw(st.lists(st.sampled_from(sorted(digests)), max_size=3, unique=True)):
        target = base / "out" / path
        whole = bytearray(target.read_bytes())
        match data.draw(st.sampled_from(["noise", "cut", "flip", "double"])):
            case "noise":
                whole = bytearray(data.draw(st.binary(max_size=200)))
            case "cut":
                whole = whole[: data.draw(st.integers(0, len(whole)))]
            case "flip":
                whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
            case "double":
                whole = whole * 2
        target.write_bytes(whole)
    package = _open(base / "out")
    found = {file.path: digest_file(base / "out" / file.path) for file in package.files}
    for finding in [*package.findings, *compare_digests(package, found), *validate_bag(base / "out")]:
        assert finding.message()
        assert finding.message("en")


def test_a_folder_of_no_form_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1")
    package = _open(tmp_path)
    assert "packages.package.unrecognised" in _codes(package.findings)
    assert package.records == ()


def test_the_volume_holds_its_items(built: Path) -> None:
    records = {record.ref: record for record in _open(built).records}
    assert (records[VOLUME].level, records[INNER].parent) == ("file", VOLUME)
