"""Folders: copied and hashed in one read, durable before reported, resumable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lantai.kernel.digests import FileDigests, digest_bytes
from lantai.kernel.errors import Invalid
from lantai.kernel.packages import Limits, copy_folder


def _source(root: Path) -> dict[str, bytes]:
    files = {f"卷{n % 7}/页{n}.jpg": os.urandom(n * 31) for n in range(120)} | {"大": os.urandom(6 << 20)}
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return files


def test_a_copy_has_all_bytes_and_digests(tmp_path: Path) -> None:
    files = _source(tmp_path / "in")
    told: dict[str, FileDigests] = {}
    container = copy_folder(tmp_path / "in", tmp_path / "out", {}, told.__setitem__)
    assert told == {path: digest_bytes(data) for path, data in files.items()} == container.digests
    assert all((tmp_path / "out" / path).read_bytes() == data for path, data in files.items())
    assert [m.path for m in container.members] == sorted(files, key=str.encode)


def test_a_second_run_copies_only_what_is_missing(tmp_path: Path) -> None:
    files = _source(tmp_path / "in")
    done: dict[str, FileDigests] = {}
    copy_folder(tmp_path / "in", tmp_path / "out", {}, done.__setitem__)
    gone, cut = "卷1/页1.jpg", "卷2/页30.jpg"
    (tmp_path / "out" / gone).unlink()
    (tmp_path / "out" / cut).write_bytes(b"half")
    again: dict[str, FileDigests] = {}
    container = copy_folder(tmp_path / "in", tmp_path / "out", done, again.__setitem__)
    assert set(again) == {gone, cut}
    assert container.digests == done
    assert all((tmp_path / "out" / path).read_bytes() == data for path, data in files.items())


def test_an_interrupted_run_goes_on_from_what_was_reported(tmp_path: Path) -> None:
    files = _source(tmp_path / "in")
    done: dict[str, FileDigests] = {}

    def power_cut(path: str, digests: FileDigests) -> None:
        if len(done) == 50:
            raise KeyboardInterrupt
        done[path] = digests

    with pytest.raises(KeyboardInterrupt):
        copy_folder(tmp_path / "in", tmp_path / "out", {}, power_cut)
    container = copy_folder(tmp_path / "in", tmp_path / "out", done)
    assert container.digests == {path: digest_bytes(data) for path, data in files.items()}


def test_names_that_are_not_utf8_are_escaped_and_kept_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    raw = "档案".encode("gb18030") + b".txt"
    (tmp_path / "in" / os.fsdecode(raw)).write_bytes(b"1")
    (member,) = copy_folder(tmp_path / "in", tmp_path / "out").members
    assert (member.raw, member.path) == (raw, "%B5%B5%B0%B8.txt")
    assert (tmp_path / "out" / member.path).read_bytes() == b"1"


def test_limits_and_special_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"123")
    with pytest.raises(Invalid, match=r"packages\.limit\.bytes"):
        copy_folder(tmp_path / "in", tmp_path / "out", limits=Limits(bytes=2))
    os.mkfifo(tmp_path / "in" / "fifo")
    with pytest.raises(Invalid, match=r"packages\.member\.special"):
        copy_folder(tmp_path / "in", tmp_path / "out")
