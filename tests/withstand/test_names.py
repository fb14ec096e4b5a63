"""Names stay what they are, byte for byte: in the vault, in its documents, and on the way out again."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest

from lantai.access.services import export
from lantai.base.actors import SYSTEM, Actor
from lantai.holdings import queries as holdings
from lantai.ingest import queries
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.kernel.errors import Invalid
from lantai.kernel.packages import build_dat93
from lantai.kernel.packages.model import DraftFile
from lantai.site.work import settle
from lantai.vault import queries as vault
from tests.withstand.packs import draft, material, pack, record, types

CHINESE_255 = "档" * 83 + "12.txt"
AWKWARD = (
    CHINESE_255,
    "𠮷𪚥㐂.txt",
    unicodedata.normalize("NFC", "é附件.txt"),
    unicodedata.normalize("NFD", "é附件.txt"),
    "Readme.txt",
    "README.txt",
    "readme.TXT",
    "a'b\"c.txt",
    " 前后有空格 .txt",
    "a%2Fb$(c)`d`;&|<>*?.txt",
    "-rf.txt",
    "CON.txt",
    "点....txt",
)


def test_the_longest_name_has_255_bytes() -> None:
    assert len(CHINESE_255.encode()) == 255


def _package(folder: Path, archive: bool) -> tuple[Path, dict[str, bytes]]:
    """Build a package of one record whose files have awkward names; return it and its files by name."""
    files, contents = [], {}
    for place, name in enumerate(AWKWARD):
        source = material(folder / "material" / str(place), 20_000 + place, 1)[0].source
        files.append(DraftFile(source, name))
        contents[name] = source.read_bytes()
    out = folder / ("names.zip" if archive else "names")
    build_dat93(draft([record(2001, 1, files)]), out, types(), archive=archive)
    return out, contents


def _take(path: Path) -> queries.TransferView:
    number = submit(SYSTEM, "MZJ", path)
    settle()
    return queries.transfer(SYSTEM, number)


def _keep(path: Path) -> queries.TransferView:
    view = _take(path)
    sign_waiting(SYSTEM, view.number, note="")
    accept(SYSTEM, view.number)
    settle()
    kept = queries.transfer(SYSTEM, view.number)
    assert kept.state == "closed"
    return kept


def _received(view: queries.TransferView) -> dict[str, bytes]:
    """Put together again what was received, from the vault alone: path → bytes, by ``where.tsv``."""
    with vault.open_file(view.urn, "where.tsv") as stream:
        lines = stream.read().decode("utf-8").split("\n")
    found = {}
    for line in filter(None, lines):
        urn, inside, received = line.split("\t")
        with vault.open_file(urn, inside) as stream:
            found[received] = stream.read()
    return found


def _container(view: queries.TransferView) -> dict[str, object]:
    with vault.open_file(view.urn, "container.json") as stream:
        told: dict[str, object] = json.load(stream)
    return told


def _given(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {str(f.relative_to(path)): f.read_bytes() for f in path.rglob("*") if f.is_file()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("archive", [True, False])
def test_awkward_names_come_out_as_they_went_in(
    cast: Mapping[str, Actor], tmp_path: Path, archive: bool
) -> None:
    path, contents = _package(tmp_path, archive)
    given = _given(path)
    view = _keep(path)
    assert _received(view) == given
    told = _container(view)
    members = told["members"]
    assert isinstance(members, list)
    assert {member["path"] for member in members} == set(given)
    if archive:
        assert [member["path"] for member in members] == list(given)
        assert told["sha512"] == hashlib.sha512(path.read_bytes()).hexdigest()
        assert told["sm3"] == view.container_sm3
    out = export(SYSTEM, holdings.records_of_batch(SYSTEM, view.uuid).items[0].ref, tmp_path / "out")
    exported = {f.name: f.read_bytes() for f in (out / "files").iterdir()}
    assert {name: exported[name] for name in AWKWARD} == contents
    assert len(holdings.parts(holdings.records_of_batch(SYSTEM, view.uuid).items[0].id)) == len(AWKWARD)


def _renamed(source: Path, into: Path, encoding: str) -> list[bytes]:
    """Write the zip ``source`` again with member names in ``encoding`` and without the mark of UTF-8."""
    central, body, raws = io.BytesIO(), io.BytesIO(), []
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            raw, data = info.filename.encode(encoding), archive.read(info)
            raws.append(raw)
            sizes = struct.pack("<III", zlib.crc32(data), len(data), len(data))
            start = body.tell()
            body.write(b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 0, 0, 33) + sizes)
            body.write(struct.pack("<HH", len(raw), 0) + raw + data)
            central.write(b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 0, 0, 33) + sizes)
            central.write(struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, start) + raw)
    count, size = len(raws), central.tell()
    tail = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, body.tell(), 0)
    into.write_bytes(body.getvalue() + central.getvalue() + tail)
    return raws


def test_a_zip_with_gb18030_names_keeps_their_bytes(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    path, refs = pack(tmp_path, "plain", 2002)
    coded = tmp_path / "国标.zip"
    raws = _renamed(path, coded, "gb18030")
    view = _keep(coded)
    told = _container(view)
    members = told["members"]
    assert isinstance(members, list)
    kept = [
        base64.b64decode(member["raw"]) if "raw" in member else member["path"].encode() for member in members
    ]
    assert (told["encoding"], kept) == ("gb18030", raws)
    assert told["sha512"] == hashlib.sha512(coded.read_bytes()).hexdigest()
    assert _received(view) == _given(path)
    assert [r.ref for r in holdings.records_of_batch(SYSTEM, view.uuid).items] == refs


@pytest.mark.parametrize("sign", ["\n", "\t", "\r", "\x01", "\x7f"])
@pytest.mark.parametrize("archive", [True, False])
def test_control_characters_in_names_are_refused(
    cast: Mapping[str, Actor], tmp_path: Path, sign: str, archive: bool
) -> None:
    path, _ = pack(tmp_path, "packet", 2003, archive=archive)
    if archive:
        with zipfile.ZipFile(path, "a") as out:
            out.writestr(f"其他/a{sign}b.txt", b"x")
    else:
        (path / "其他" / f"a{sign}b.txt").write_bytes(b"x")
    view = _take(path)
    assert view.state == "returned"
    assert view.refusal and view.refusal["code"] == "packages.name.control"


def test_two_names_that_would_become_one_are_refused(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    """A name that is not UTF-8 is kept percent-escaped; a neighbour may bear just that name."""
    path, _ = pack(tmp_path, "packet", 2004, archive=False)
    odd = bytes(path) + "/其他/".encode() + b"\xff.txt"
    Path(odd.decode("utf-8", "surrogateescape")).write_bytes(b"one")
    view = _take(path)
    assert view.state == "checking"
    again, _ = pack(tmp_path, "again", 2005, archive=False)
    (again / "%FF.txt").write_bytes(b"two")
    Path((bytes(again) + b"/\xff.txt").decode("utf-8", "surrogateescape")).write_bytes(b"one")
    assert (view := _take(again)).state == "returned"
    assert view.refusal and view.refusal["code"] == "packages.name.twice"


def test_a_package_whose_own_name_is_not_utf_8_is_refused_in_words(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    path, _ = pack(tmp_path, "packet", 2006)
    odd = Path((bytes(tmp_path) + b"/\xd2\xc6\xbd\xbb.zip").decode("utf-8", "surrogateescape"))
    path.rename(odd)
    with pytest.raises(Invalid, match=r"ingest\.source\.name_invalid"):
        submit(SYSTEM, "MZJ", odd)
    assert queries.transfers(SYSTEM).items == []


def test_what_is_no_file_is_no_package(cast: Mapping[str, Actor]) -> None:
    with pytest.raises(Invalid, match=r"ingest\.source\.odd"):
        submit(SYSTEM, "MZJ", Path("/dev/zero"))


def test_received_bytes_are_never_changed(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    for number, archive in enumerate((True, False)):
        path, _ = pack(tmp_path, f"packet-{number}", 2007 + number, items=3, files=2, archive=archive)
        given = _given(path)
        view = _keep(path)
        assert {p: hashlib.sha512(b).hexdigest() for p, b in _received(view).items()} == {
            p: hashlib.sha512(b).hexdigest() for p, b in given.items()
        }
        assert isinstance(view.uuid, UUID)
