"""Drafts to build packages from: one by hand, and any number at random."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from lantai.kernel.packages import Draft, DraftFile, DraftRecord, Package
from lantai.kernel.recordtypes import RecordType, load

FIRST = "Z109-WS·2011·Y·办公室-0001"
VOLUME = "Z109-WS·2011·Y-001"
INNER = "Z109-WS·2011·Y-001-002"


@cache
def types() -> dict[str, RecordType]:
    return dict(load())


def draft(folder: Path) -> Draft:
    """Return three records: an item with two files, a volume and an item in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a").write_bytes(b"hello")
    (folder / "b").write_bytes(b"%PDF" * 1000)
    values = {
        "title": " 关于=cmd|'/C calc'!A0 的\x00通知\n第二行 ",
        "author": "某局",
        "date": "20110102",
        "year": "2011",
        "retention": "永久",
        "pages": "3",
        "doc_number": "某发〔2011〕1号",
        "keywords": "档案；移交",
        "house_rule": "x",
    }
    files = (
        DraftFile(folder / "a", "正文 (1).txt", "正本", "x-fmt/111"),
        DraftFile(folder / "b", "附件/b.pdf", "附件"),
    )
    records = (
        DraftRecord(FIRST, "item", "WS", values, files),
        DraftRecord(VOLUME, "file", "WS", {"title": "案卷"}),
        DraftRecord(
            INNER, "item", "WS", {"title": "卷内"}, (DraftFile(folder / "a", "元数据.xml"),), parent=VOLUME
        ),
    )
    description = {"内容描述": "两行\n第二行", "软硬件环境": "Linux", "载体编号": "2011-1"}
    return Draft("Z109", "某局办公室", records, description, {"移交说明.txt": folder / "a"})


def same(given: Draft, package: Package) -> None:
    """Assert that the package holds the draft's records: values, files in order, levels, parents."""
    read = {record.ref: record for record in package.records}
    assert set(read) == {record.ref for record in given.records}
    for record in given.records:
        found = read[record.ref]
        assert dict(found.values) == {"ref": record.ref} | {k: v for k, v in record.values.items() if v}
        assert (found.level, found.type, found.parent) == (record.level, record.type, record.parent)
        assert [component.role for component in found.components] == [file.role for file in record.files]
        for component, file in zip(found.components, record.files, strict=True):
            assert component.path.endswith(f"/{record.ref}/{file.name}")
            assert (package.root / component.path).read_bytes() == file.source.read_bytes()
            assert component.declared_size == file.source.stat().st_size


TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)
NAME = (
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=20)
    .filter(lambda name: name not in (".", ".."))
    .filter(lambda name: name != "电子档案元数据.XML")
)
KEYS = st.sampled_from(
    ["title", "author", "date", "retention", "pages", "doc_number", "note", "abstract", "自定"]
)


@st.composite
def random_records(pick: st.DrawFn) -> list[tuple[str, dict[str, str], dict[str, bytes]]]:
    """Return 档号, values and files by name of up to four records."""
    records = []
    for number in range(pick(st.integers(1, 4))):
        ref = f"Z109-WS·2011·Y·{pick(st.sampled_from(['办公室', '𠮷', 'BGS']))}-{number:04}"
        values = pick(st.dictionaries(KEYS, TEXT, max_size=6))
        files = pick(st.dictionaries(NAME, st.binary(max_size=50), min_size=1, max_size=3))
        records.append((ref, values, files))
    return records
