"""Archives of all kinds: what is sound comes out byte for byte, what is hostile leaves nothing behind."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Invalid, LantaiError
from lantai.kernel.packages import Container, Limits, unpack
from tests.corpora import need

SOUND = ("opens", "sound ZIP", "plain zip", "nested tar", "old tar without magic", "CP437 names")
LONGEST = "档" * 85
AWKWARD = [
    "档案/关于做好二〇一一年度归档工作的通知.ofd",
    f"长/{LONGEST}",
    "𠮷𪚥/㐂.txt",
    unicodedata.normalize("NFC", "é/ñ.txt"),
    unicodedata.normalize("NFD", "é/ñ.txt"),
    "Readme.TXT",
    "README.txt",
    " 前后空格 /a ",
    "CON",
    "a%b/c'd\"e$(f).txt",
]


def _zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return path


def _tar(path: Path, files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w", format=form) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def _refused(source: Path, into: Path, limits: Limits | None = None) -> LantaiError:
    with pytest.raises(LantaiError) as refusal:
        unpack(source, into, limits or Limits())
    assert not into.exists()
    assert refusal.value.code
    return refusal.value


def _holds(container: Container, into: Path, files: dict[str, bytes]) -> None:
    assert {member.path for member in container.members} == set(files)
    for member in container.members:
        data = files[member.path]
        assert (into / member.path).read_bytes() == data
        assert container.digests[member.path] == digest_bytes(data)
        assert member.size == len(data)
    assert Container.from_json(json.loads(json.dumps(container.as_json(digests=True)))) == container


def test_every_hostile_archive_is_refused_or_contained(tmp_path: Path) -> None:
    folder = need("11-archives-hostile")
    with open(folder / "cases.csv", newline="", encoding="utf-8") as stream:
        cases = list(csv.DictReader(stream))
    before = set(os.listdir("/tmp"))
    for number, case in enumerate(cases):
        into = tmp_path / "outer" / str(number)
        try:
            container = unpack(folder / case["case"], into, Limits(files=10_000))
        except LantaiError as error:
            assert not into.exists(), case
            assert error.code.startswith("packages."), case
        else:
            assert all((into / m.path).resolve().is_relative_to(into.resolve()) for m in container.members)
            assert not case["case"].startswith("pypi/reject"), case
    new = set(os.listdir("/tmp")) - before
    assert not {name for name in new if "evil" in name}
    assert set(os.listdir(tmp_path)) == {"outer"}


def test_sound_archives_of_the_corpus_open(tmp_path: Path) -> None:
    folder = need("11-archives-hostile")
    with open(folder / "cases.csv", newline="", encoding="utf-8") as stream:
        sound = [c["case"] for c in csv.DictReader(stream) if c["expected"] in SOUND]
    for number, case in enumerate(sound):
        if case.endswith("short_usize.zip"):
            # Its directory is sound but its stream holds more than the declared 9 bytes.
            assert _refused(folder / case, tmp_path / "no").code == "packages.member.size"
            continue
        assert unpack(folder / case, tmp_path / str(number)).kind in ("zip", "tar")


@pytest.mark.slow
def test_no_archive_takes_half_a_gigabyte_of_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.tar.xz"
    member = tarfile.TarInfo("zeros")
    member.size = 1 << 30
    with lzma.open(bomb, "wb", preset=0) as stream:
        stream.write(member.tobuf())
        for _ in range(256):
            stream.write(bytes(1 << 20))
    pax = tmp_path / "pax.tar.gz"
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 1 << 30
    pax.write_bytes(gzip.compress(header.tobuf() + bytes(64 << 20)))
    big = _zip(tmp_path / "big.zip", {"zeros": bytes(300 << 20)})
    script = """
import resource, sys
from pathlib import Path
from lantai.kernel.errors import LantaiError
from lantai.kernel.packages import Limits, unpack
from tests.memory import peak_bytes
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for number, name in enumerate(sys.argv[2:]):
    try:
        unpack(Path(name), Path(sys.argv[1]) / str(number), Limits(ratio_floor=1 << 29))
    except LantaiError:
        pass
sys.stdout.write(str(peak_bytes()))
"""
    hostile = [str(path) for path in sorted(need("11-archives-hostile").rglob("*.*")) if path.is_file()]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out"), str(bomb), str(pax), str(big), *hostile],
        capture_output=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
        text=True,
    )
    assert int(done.stdout) < 512 << 20


@pytest.mark.parametrize("make", [_zip, _tar])
def test_awkward_names_are_kept_byte_for_byte(
    tmp_path: Path, make: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    files = {name: name.encode() * 3 for name in AWKWARD}
    container = unpack(make(tmp_path / "a", files), tmp_path / "out")
    _holds(container, tmp_path / "out", files)
    assert [member.raw for member in container.members] == [name.encode() for name in AWKWARD]
    alike = [f for f in container.findings if f.code == "packages.name.alike"]
    assert len(alike) == 2


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("wrap", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_tars_of_all_forms_and_wrappings_open(
    tmp_path: Path, form: int, wrap: Callable[[bytes], bytes]
) -> None:
    files = {f"{'长' * 20}/{'名' * 25}-{n}.txt": os.urandom(n * 997) for n in range(9)}
    files |= {"大.bin": os.urandom(1 << 20) * 5, "empty": b""}
    plain = _tar(tmp_path / "a.tar", files, form)
    packed = tmp_path / "a.wrapped"
    packed.write_bytes(wrap(plain.read_bytes()))
    container = unpack(packed, tmp_path / "out")
    _holds(container, tmp_path / "out", files)
    assert container.sha512 == digest_bytes(packed.read_bytes()).sha512


def test_folders_are_copied_like_archives(tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "空").mkdir(parents=True)
    (source / "a").write_bytes(b"1")
    container = unpack(source, tmp_path / "out")
    _holds(container, tmp_path / "out", {"a": b"1"})
    assert (container.kind, container.sha512, container.empty_folders) == ("folder", "", ("空",))
    assert (tmp_path / "out" / "空").is_dir()
    with pytest.raises(Conflict, match=r"packages\.target\.exists"):
        unpack(source, tmp_path / "out")


def test_names_without_the_utf8_mark_are_read_as_one_encoding(tmp_path: Path) -> None:
    def packed(names: list[bytes]) -> Path:
        path = _zip(tmp_path / "a.zip", {f"{'x' * (len(n) - 2)}{i:02}": b"" for i, n in enumerate(names)})
        data = path.read_bytes()
        for i, name in enumerate(names):
            data = data.replace(f"{'x' * (len(name) - 2)}{i:02}".encode(), name)
        path.write_bytes(data)
        return path

    for number, (encoding, names) in enumerate(
        {
            "gb18030": ["档案.txt", "说明文件.TXT", "plain"],
            "utf-8": ["档案.txt", "é.txt"],
            "cp437": ["æoå.txt", "plain"],
        }.items()
    ):
        raw = [name.encode(encoding) for name in names]
        container = unpack(packed(raw), tmp_path / str(number))
        assert container.encoding == encoding
        assert [m.path for m in container.members] == names
        assert [m.raw for m in container.members] == raw


def test_a_tar_name_that_no_encoding_explains_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("\xff\xfe%.txt"))
    (member,) = unpack(path, tmp_path / "out").members
    assert (member.path, member.raw) == ("%FF%FE%25.txt", b"\xff\xfe%.txt")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../a", "traversal"),
        ("a/../../b", "traversal"),
        ("/a", "absolute"),
        ("C:/a", "absolute"),
        ("a\\b", "backslash"),
        ("..\\..\\a", "backslash"),
        ("a\x01b", "control"),
        ("a\nb", "control"),
        ("档" * 86, "long"),
        ("/".join("d" * 65), "deep"),
    ],
)
@pytest.mark.parametrize("make", [_zip, _tar])
def test_a_bad_name_is_refused_and_told(
    tmp_path: Path, make: Callable[[Path, dict[str, bytes]], Path], name: str, code: str
) -> None:
    error = _refused(make(tmp_path / "a", {"good": b"1", name: b"2"}), tmp_path / "out")
    assert error.code == f"packages.name.{code}"
    assert error.facts["member"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_doubles_and_clashes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for names, code in ((("a", "a"), "twice"), (("a", "./a"), "twice"), (("a", "a/b"), "clash")):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")
        assert _refused(path, tmp_path / "out").code == f"packages.name.{code}"


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("坏")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    error = _refused(path, tmp_path / "out")
    assert error.code in ("packages.member.link", "packages.member.special")
    assert error.facts["member"] == "坏"


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "l").symlink_to("/etc/passwd")
    assert _refused(tmp_path / "in", tmp_path / "out").code == "packages.member.link"


def test_limits_hold(tmp_path: Path) -> None:
    files = {f"{n}": bytes(100_000) for n in range(20)}
    for number, source in enumerate((_zip(tmp_path / "a.zip", files), _tar(tmp_path / "a.tar", files))):
        for limits, code in (
            (Limits(files=19), "files"),
            (Limits(bytes=1_999_999), "bytes"),
            (Limits(ratio=10, ratio_floor=1), "ratio"),
        ):
            if code == "ratio" and source.suffix == ".tar":
                packed = tmp_path / "a.tgz"
                packed.write_bytes(gzip.compress(source.read_bytes()))
                source = packed
            assert _refused(source, tmp_path / str(number), limits).code == f"packages.limit.{code}"


def test_a_zip_that_lies_about_sizes_is_stopped(tmp_path: Path) -> None:
    data = _zip(tmp_path / "a.zip", {"a": bytes(1 << 20)}).read_bytes()
    small = struct.pack("<I", 10)
    (tmp_path / "a.zip").write_bytes(data.replace(struct.pack("<I", 1 << 20), small))
    assert _refused(tmp_path / "a.zip", tmp_path / "out").code == "packages.member.size"


def test_every_flipped_byte_and_every_cut_is_refused_or_harmless(tmp_path: Path) -> None:
    files = {"档案/一.txt": b"content " * 30, "b": b"x"}
    for made in (_zip(tmp_path / "a.zip", files), _tar(tmp_path / "a.tar", files)):
        data = made.read_bytes()
        step = 1 if made.suffix == ".zip" else 97
        for position in range(0, len(data), step):
            for bad in (
                data[:position],
                data[:position] + bytes([data[position] ^ 0x41]) + data[position + 1 :],
            ):
                made.write_bytes(bad)
                try:
                    container = unpack(made, tmp_path / "out")
                except LantaiError:
                    assert not (tmp_path / "out").exists()
                    continue
                if made.suffix == ".zip":
                    assert len(container.members) == 2
                    assert sorted(d.sha512 for d in container.digests.values()) == sorted(
                        digest_bytes(content).sha512 for content in files.values()
                    )
                _remove(tmp_path / "out")


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    data = bytearray(_zip(tmp_path / "a.zip", {"密": b"x"}).read_bytes())
    data[6] |= 1
    data[data.find(b"PK\1\2") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    error = _refused(tmp_path / "a.zip", tmp_path / "out")
    assert (error.code, error.facts["member"]) == ("packages.member.encrypted", "密")


def test_data_descriptors_that_agree_are_taken(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """A target that cannot seek, so that sizes follow the data."""

        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[type-var]
        archive.writestr("一", b"abc" * 100)
    path = tmp_path / "a.zip"
    path.write_bytes(pipe.data)
    _holds(unpack(path, tmp_path / "out"), tmp_path / "out", {"一": b"abc" * 100})
    bad = pipe.data.replace(b"PK\7\x08" + struct.pack("<I", zlib.crc32(b"abc" * 100)), b"PK\7\x08\0\0\0\0")
    path.write_bytes(bad)
    assert _refused(path, tmp_path / "no").code == "packages.zip.disagrees"


def test_a_zip_within_bytes_of_another_is_refused(tmp_path: Path) -> None:
    data = _zip(tmp_path / "a.zip", {"a": b"1"}).read_bytes()
    for bad in (b"#!/bin/sh\n" + data, data + b"tail", data + data):
        (tmp_path / "a.zip").write_bytes(bad)
        assert _refused(tmp_path / "a.zip", tmp_path / "out").code.startswith("packages.")


def test_without_digests_nothing_is_hashed(tmp_path: Path) -> None:
    container = unpack(_zip(tmp_path / "a.zip", {"a": b"1"}), tmp_path / "out", digests=False)
    assert container.digests == {}
    assert container.members[0].size == 1


SEGMENT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=20
).filter(lambda s: s not in (".", "..") and ":" not in s[1:2])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.lists(SEGMENT, min_size=1, max_size=3).map("/".join), st.binary(max_size=99)))
def test_any_names_survive_zip_and_tar(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    folders = {name[:place] for name in files for place, c in enumerate(name) if c == "/"}
    files = {name: data for name, data in files.items() if name not in folders}
    base = tmp_path_factory.mktemp("names")
    for make in (_zip, _tar):
        out = base / make.__name__
        container = unpack(make(base / "a", files), out) if files or make is _zip else None
        if container:
            _holds(container, out, files)
            assert [member.raw.decode() for member in container.members] == list(files)


def test_a_foreign_archive_is_named(tmp_path: Path) -> None:
    for mark in (b"7z\xbc\xaf'\x1c rest", b"Rar!\x1a\x07\x00 rest", b"", b"plain text", gzip.compress(b"x")):
        (tmp_path / "a").write_bytes(mark)
        with pytest.raises(Invalid, match=r"packages\.archive\.kind"):
            unpack(tmp_path / "a", tmp_path / "out")
