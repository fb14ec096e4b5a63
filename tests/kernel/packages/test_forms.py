"""One builder behind all written forms: equal drafts give equal bytes, and every form gives them back."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from lantai.kernel.digests import digest_file
from lantai.kernel.findings import failed
from lantai.kernel.packages import (
    FORMS,
    Draft,
    DraftFile,
    DraftRecord,
    PackageRecord,
    WrittenForm,
    build,
    open_package,
    unfold,
    unpack,
)
from tests.kernel.packages.samples import draft, random_records, types

MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)
Rows = list[tuple[str, dict[str, str], dict[str, bytes]]]


def _draft(folder: Path, rows: Rows) -> Draft:
    folder.mkdir()
    records = []
    for number, (ref, values, files) in enumerate(rows):
        made = []
        for place, (name, data) in enumerate(files.items()):
            source = folder / f"{number}-{place}"
            source.write_bytes(data)
            os.utime(source, (number, place))
            made.append(DraftFile(source, name, "附件" if place else "正本"))
        records.append(DraftRecord(ref, "item", "WS", values, tuple(made)))
    return Draft("Z109", "某局", tuple(records), {"内容描述": "文书", "软硬件环境": "通用"})


def _tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): digest_file(path, ("sha256",)).digests["sha256"]
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=random_records())
def test_any_draft_gives_the_same_bytes_twice_and_comes_back(form: WrittenForm, rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unique = list({row[0]: row for row in rows}.values())
        for place in ("1", "2"):
            made = _draft(folder / f"in{place}", unique)
            build(made, folder / place, types(), form=form, moment=MOMENT)
            build(made, folder / f"{place}.zip", types(), form=form, moment=MOMENT, archive=True)
        assert _tree(folder / "1") == _tree(folder / "2")
        assert (folder / "1.zip").read_bytes() == (folder / "2.zip").read_bytes()
        unpack(folder / "1.zip", folder / "unzipped")
        for root in (folder / "1", folder / "unzipped"):
            unfold(root)
            package = open_package(root, types())
            assert package.form == form
            assert not failed(package.findings)
            _same(unique, package.root, {record.ref: record for record in package.records})


def _same(rows: Rows, root: Path, read: dict[str, PackageRecord]) -> None:
    assert set(read) == {row[0] for row in rows}
    for ref, values, files in rows:
        record = read[ref]
        told = {k: v for k, v in record.values.items() if k not in ("ref", "aggregation")}
        assert told == {key: text for key, text in values.items() if text}
        contents = [(root / part.path).read_bytes() for part in record.components]
        assert contents == list(files.values())


@pytest.mark.parametrize("form", FORMS)
def test_another_moment_changes_only_forms_that_tell_it(tmp_path: Path, form: WrittenForm) -> None:
    made = draft(tmp_path / "in")
    made = replace(made, records=made.records[:1])
    trees = []
    for year in (2025, 2026):
        out = tmp_path / str(year)
        build(made, out, types(), form=form, moment=datetime(year, 1, 1, tzinfo=UTC))
        trees.append(_tree(out))
    assert (trees[0] == trees[1]) == (form in ("dat93", "bagit"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("archive", [False, True])
def test_names_in_any_order_of_other_files_give_the_same(
    tmp_path: Path, form: WrittenForm, archive: bool
) -> None:
    made = draft(tmp_path / "in")
    others = {"b.txt": tmp_path / "in" / "b", "a.txt": tmp_path / "in" / "a"}
    built = []
    for number, names in enumerate((others, dict(reversed(others.items())))):
        out = tmp_path / f"{number}"
        one = replace(made, records=made.records[:1], others=names)
        build(one, out, types(), form=form, moment=MOMENT, archive=archive)
        built.append(out.read_bytes() if archive else _tree(out))
    assert built[0] == built[1]
