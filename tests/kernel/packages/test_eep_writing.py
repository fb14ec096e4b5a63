"""EEP files made ahead of their writing: the same bytes however they come, in order, and nothing after an error."""

from __future__ import annotations

import base64
import random
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.digests import FileDigests, digest_bytes
from lantai.kernel.errors import Unavailable
from lantai.kernel.packages import Draft, DraftFile, DraftRecord, build
from lantai.kernel.packages.eep import eep_size, stream
from lantai.kernel.packages.eep.ahead import AHEAD, SMALL
from tests.kernel.packages.samples import types

STEP = 57 * 512


@given(st.lists(st.sampled_from([0, 1, 56, 57, 58, STEP - 1, STEP, STEP + 40, 3 * STEP + 57]), max_size=5))
def test_content_is_coded_alike_in_whatever_pieces_it_is_read(sizes: list[int]) -> None:
    chunks = [random.Random(place).randbytes(size) for place, size in enumerate(sizes)]
    record = DraftRecord("1", "item", "WS", {}, (DraftFile(Path("a"), "a"),))
    for steps in (1, 2):
        written = b"".join(stream((b"<", b">"), record, lambda _: iter(chunks), steps=steps))
        assert written == b"<" + base64.encodebytes(b"".join(chunks)) + b">"
        assert eep_size((b"<", b">"), [sum(sizes)]) == len(written)


def test_small_and_large_files_have_the_digests_of_their_bytes_in_every_form_of_package(
    tmp_path: Path,
) -> None:
    made = _draft(tmp_path, [9, SMALL, 100_000, 0, *range(AHEAD + 2)])
    told = build(made, tmp_path / "folder", types(), form="eep")
    assert build(made, tmp_path / "a.zip", types(), form="eep", archive=True) == told
    assert [path for path in told if path.endswith(".eep")] == [
        f"{record.ref}.eep" for record in made.records
    ]
    with ZipFile(tmp_path / "a.zip") as archive:
        for path, digests in told.items():
            data = (tmp_path / "folder" / path).read_bytes()
            assert archive.read(path) == data
            assert digest_bytes(data) == digests


@pytest.mark.parametrize("known", ["sha512", "sm3"])
def test_a_source_that_changed_is_told_in_its_turn_and_nothing_is_left(tmp_path: Path, known: str) -> None:
    made = _draft(tmp_path, [10, 20, 30, 40, 50])
    source = made.records[1].files[0].source
    digests = FileDigests(20, {known: digest_bytes(source.read_bytes()).digests[known]})
    source.write_bytes(b"-" * 20)
    file = replace(made.records[1].files[0], digests=digests)
    records = (made.records[0], replace(made.records[1], files=(file,)), *made.records[2:])
    made.records[4].files[0].source.unlink()
    before = set(tmp_path.iterdir())
    with pytest.raises(Unavailable) as raised:
        build(replace(made, records=records), tmp_path / "a.zip", types(), form="eep", archive=True)
    assert (raised.value.code, raised.value.facts["member"]) == ("packages.source.changed", "R1/R1.bin")
    assert set(tmp_path.iterdir()) == before


def _draft(folder: Path, sizes: list[int]) -> Draft:
    records = []
    for place, size in enumerate(sizes):
        source = folder / f"{place}.bin"
        source.write_bytes(random.Random(place).randbytes(size))
        files = (DraftFile(source, f"R{place}.bin", "正本"),)
        records.append(DraftRecord(f"R{place}", "item", "WS", {"title": "题"}, files))
    return Draft("Z109", "某局", tuple(records), {"内容描述": "文书"})
