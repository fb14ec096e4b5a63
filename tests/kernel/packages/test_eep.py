"""EEP files: written ones read back equal, signatures are verified or told as not verifiable, hostile ones refused."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest

from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.packages import (
    Draft,
    DraftFile,
    DraftRecord,
    Limits,
    arrive,
    build,
    compare_digests,
    open_package,
    unfold,
    unpack,
)
from lantai.kernel.packages.contents import Contents
from lantai.kernel.packages.eep.unfolding import eep_files
from lantai.kernel.packages.model import PackageFile
from tests.corpora import need
from tests.kernel.packages.eeps import MOMENT, NAMESPACE, changed, codes, file_of, opened, single
from tests.kernel.packages.samples import FIRST, draft, types

REPO = Path(__file__).resolve().parents[3]


def test_what_is_written_reads_back_equal_as_folder_and_as_zip(tmp_path: Path) -> None:
    made = single(tmp_path / "in")
    digests = build(made, tmp_path / "out", types(), form="eep", moment=MOMENT)
    build(made, tmp_path / "out.zip", types(), form="eep", moment=MOMENT, archive=True)
    container = unpack(tmp_path / "out.zip", tmp_path / "unzipped")
    assert container.digests == digests
    for root in (tmp_path / "out", tmp_path / "unzipped"):
        parts = unfold(root)
        package = open_package(root, types())
        assert package.findings == ()
        assert (package.form, package.fonds, package.sender) == ("eep", "Z109", "某局办公室")
        assert compare_digests(package, {**digests, **parts}) == []
        (record,) = package.records
        (given,) = made.records
        assert (record.ref, record.type, record.source) == (given.ref, "WS", f"{FIRST}.eep")
        told = {key: text for key, text in record.values.items() if key != "aggregation"}
        assert told == {"ref": given.ref, **given.values}
        for part, file in zip(record.components, given.files, strict=True):
            assert part.path == f"{FIRST}.eep.parts/{file.name}"
            assert (part.role, part.declared_format) == (file.role, file.format)
            assert (root / part.path).read_bytes() == file.source.read_bytes()
            assert parts[part.path] == digest_bytes(file.source.read_bytes())


def test_it_says_when_it_was_made_and_nothing_of_the_clock(tmp_path: Path) -> None:
    for name in ("1", "2"):
        made = single(tmp_path / f"in{name}")
        build(made, tmp_path / f"{name}.zip", types(), form="eep", moment=MOMENT, archive=True)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert "<封装包创建时间>2026-11-22T08:00:00+00:00<" in (tmp_path / "1.zip").read_bytes().decode(
        "utf-8", "replace"
    )


def test_volumes_are_refused_and_changed_sources_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"packages\.eep\.volume"):
        build(draft(tmp_path / "in"), tmp_path / "out", types(), form="eep")
    source = tmp_path / "source"
    source.write_bytes(b"now")
    file = DraftFile(source, "a.txt", digests=digest_bytes(b"old"))
    made = Draft("A", "", (DraftRecord("A-1", "item", "WS", {}, (file,)),))
    with pytest.raises(Unavailable, match=r"packages\.source\.changed"):
        build(made, tmp_path / "out", types(), form="eep")
    assert not (tmp_path / "out").exists()


def test_unfolding_writes_over_nothing(eep: Path) -> None:
    folder = eep / f"{FIRST}.eep.parts"
    folder.mkdir()
    (folder / "mine").write_bytes(b"kept")
    with pytest.raises(Invalid, match=r"packages\.eep\.parts_exist"):
        unfold(eep)
    assert (folder / "mine").read_bytes() == b"kept"
    shutil.rmtree(folder)
    assert {finding.code for finding in open_package(eep, types()).findings} == {"packages.eep.folded"} | {
        "packages.eep.content_missing"
    }


def test_what_two_files_hold_counts_together_with_them(tmp_path: Path, eep: Path) -> None:
    """Of two EEP files each fits, with its two contents of 4005 bytes; both do not."""
    shutil.copy(file_of(eep), eep / "another.eep")
    sizes = [path.stat().st_size for path in eep.rglob("*") if path.is_file()]
    into = tmp_path / "into"
    for limits, code in (
        (Limits(files=len(sizes) + 3), "packages.limit.files"),
        (Limits(bytes=sum(sizes) + 6000), "packages.limit.bytes"),
    ):
        with pytest.raises(Invalid, match=re.escape(code)):
            arrive(eep, into, limits)
        assert not into.exists()
    enough = Limits(files=len(sizes) + 4, bytes=sum(sizes) + 8010)
    assert len(arrive(eep, into, enough).digests) == len(sizes) + 4


def test_nothing_is_unfolded_where_it_may_not_fit(eep: Path) -> None:
    with open(eep / "huge.eep", "wb") as file:
        file.truncate(shutil.disk_usage(eep).free + 1)
    with pytest.raises(Unavailable, match=r"packages\.eep\.disk_short"):
        unfold(eep, limits=Limits(bytes=1 << 62))
    assert not (eep / f"{FIRST}.eep.parts").exists()


def test_many_files_cost_no_square() -> None:
    names = [f"{n:05d}.eep" for n in range(20_000)]
    paths = [path for name in names for path in (name, f"{name}.parts/a", f"{name}.parts/b.eep")]
    contents = Contents(Path(), {path: PackageFile(path, 1) for path in paths}, (), ())
    began = process_time()
    assert eep_files(contents, "") == names
    assert process_time() - began < 3


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("aGVsbG8=", "aGVsbG8", "packages.eep.data_damaged"),
        ("aGVsbG8=", "aGV$bG8=", "packages.eep.data_damaged"),
        ("aGVsbG8=", "aGVsbG8=aGVs", "packages.eep.data_damaged"),
        ("<版本>2009", "<版本>2010", "packages.eep.version"),
        (NAMESPACE, "urn:x", "packages.eep.namespace"),
        ("电子文件封装包", "包", "packages.eep.structure"),
        ("被签名对象", "对象", "packages.eep.structure"),
        ("封装内容", "内容", "packages.eep.structure"),
        ("<文件数据>", "<文件数据><x>", "packages.eep.broken"),
        (
            "<?xml version='1.0' encoding='UTF-8'?>",
            "<?xml version='1.0' encoding='EBCDIC'?>",
            "packages.eep.encoding",
        ),
        ("<?xml version='1.0' encoding='UTF-8'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "packages.eep.doctype"),
        (
            "<编码数据 编码数据ID",
            "<编码数据 引用编码数据ID='none' 编码数据ID",
            "packages.eep.reference_missing",
        ),
        ("<版本>", "<版本>" + "<a>" * 200 + "</a>" * 200, "packages.eep.too_demanding"),
        ("<版本>", f"<{'a' * 2000}/>" * 17_000 + "<版本>", "packages.eep.too_demanding"),
        ("<版本>", f"<a {'b' * 2000}=''/>" * 17_000 + "<版本>", "packages.eep.too_demanding"),
    ],
)
def test_what_is_wrong_is_told(eep: Path, old: str, new: str, code: str) -> None:
    assert code in codes(opened(changed(eep, old, new)))


@pytest.mark.parametrize(
    "name", ["../../escaped", "/escaped", "a\\b", "C:\\x", "..", "附件/b.pdf", "x" * 300]
)
def test_names_of_contents_cannot_leave_their_folder_or_meet(eep: Path, name: str) -> None:
    before = set(eep.parent.rglob("*"))
    package = opened(changed(eep, "<计算机文件名>正文 (1).txt", f"<计算机文件名>{name}"))
    made = set(eep.parent.rglob("*")) - before
    assert made and all(path.is_relative_to(eep / f"{FIRST}.eep.parts") for path in made)
    (record,) = package.records
    assert [(package.root / part.path).stat().st_size for part in record.components] == [5, 4000]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings_are_read(eep: Path, encoding: str) -> None:
    text = file_of(eep).read_text("utf-8").replace("encoding='UTF-8'", f"encoding='{encoding}'")
    file_of(eep).write_bytes(text.encode(encoding))
    package = opened(eep)
    assert codes(package) == set()
    assert package.records[0].values["author"] == "某局"


def test_text_in_many_pieces_is_one(eep: Path) -> None:
    changed(eep, "某局办公室", "某<!-- -->局<![CDATA[办]]>公&#x5BA4;")
    assert opened(eep).sender == "某局办公室"


@pytest.mark.parametrize("width", [76, 1 << 30])
@pytest.mark.parametrize(
    ("around", "hidden"),
    [
        ("{}", False),
        ("<!-- > -->{}", False),
        ("<![CDATA[{}]]>", False),
        ("<!-- > {} -->", True),
        ("<?x > {}?>", True),
    ],
)
def test_large_contents_are_decoded_as_an_xml_reader_sees_them(
    eep: Path, width: int, around: str, hidden: bool
) -> None:
    """Blocks inside Base64 pass the parser by; nobody may hide content in a comment that way, or lose it."""
    data = bytes(range(256)) * 8192
    coded = base64.b64encode(data).decode()
    lines = "\n".join(coded[at : at + width] for at in range(0, len(coded), width))
    changed(eep, "aGVsbG8=", around.format(lines))
    package = opened(eep)
    (record,) = package.records
    contents = [(package.root / part.path).read_bytes() for part in record.components]
    assert contents[0] == (b"" if hidden else data)
    assert len(contents[1]) == 4000
    assert codes(package) == set()


_BIG = """
import json, sys
from pathlib import Path
from lantai.kernel import recordtypes
from lantai.kernel.packages import Draft, DraftFile, DraftRecord, build, open_package, unfold
from tests.memory import peak_bytes
folder, types = Path(sys.argv[1]), recordtypes.load()
source = folder / "big"
with open(source, "wb") as file:
    file.truncate(64 << 20)
small = DraftRecord("A-1", "item", "WS", {}, (DraftFile(folder / "small", "a"),))
(folder / "small").write_bytes(b"x")
def run(name, record):
    build(Draft("A", "", (record,)), folder / name, types, form="eep")
    sizes = [seen.size for seen in unfold(folder / name).values()]
    assert not [f for f in open_package(folder / name, types).findings]
    return sizes
run("first", small)
before = peak_bytes()
sizes = run("second", DraftRecord("A-2", "item", "WS", {}, (DraftFile(source, "a.bin"),)))
print(json.dumps({"grown": peak_bytes() - before, "sizes": sizes}))
"""


def test_memory_stays_flat_for_big_contents(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BIG, str(tmp_path)], cwd=REPO, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["sizes"] == [64 << 20]
    assert told["grown"] < 24 << 20


def test_hostile_xml_is_refused(tmp_path: Path) -> None:
    samples = sorted(path for path in need("12-hostile-strings").rglob("*.xml"))
    assert samples
    for number, sample in enumerate(samples):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.eep").write_bytes(sample.read_bytes())
        package = opened(folder)
        assert package.records == ()
        assert {"packages.eep.doctype", "packages.eep.broken", "packages.eep.encoding"} & codes(package)
