"""The four-property check on every form that is written: clean ones fail nowhere, harm is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.kernel.fourprops import Context, Report, Stage, run
from lantai.kernel.packages import FORMS, WrittenForm, build, opened
from tests.kernel.fourprops.packs import TODAY, TYPES, Clean
from tests.kernel.fourprops.test_packages import draft, failing


def _check(path: Path) -> Report:
    context = Context(types=TYPES, today=TODAY, scanner=Clean(), threads=1)
    with opened(path, TYPES) as (package, _):
        return run(package, Stage.YJ, context)


def _built(folder: Path, form: WrittenForm) -> Path:
    build(draft(folder), folder / "out", TYPES, form=form)
    return folder / "out"


@pytest.mark.parametrize("form", FORMS)
def test_what_we_build_fails_nowhere(tmp_path: Path, form: WrittenForm) -> None:
    report = _check(_built(tmp_path, form))
    assert failing(report) == {}
    outcomes = {item.code: item.outcome for item in report.items}
    for code in ("YJ-2-7", "YJ-2-11", "YJ-3-1"):
        assert outcomes[code] == "pass", code
    for code in ("YJ-2-1", "YJ-2-2"):  # EEP files declare no counts: a person compares with the register
        assert outcomes[code] == ("manual" if form == "eep" else "pass")


def test_an_eep_file_has_no_description_to_check(tmp_path: Path) -> None:
    outcomes = {item.code: item.outcome for item in _check(_built(tmp_path, "eep")).items}
    assert outcomes["YJ-1-12"] == "not_applicable"


def test_a_damaged_content_of_an_eep_file_is_found(tmp_path: Path) -> None:
    out = _built(tmp_path, "eep")
    first = sorted(out.glob("*.eep"))[0]
    first.write_bytes(first.read_bytes().replace(b"/9j/", b"/9j$", 1))
    found = failing(_check(out))
    assert "packages.eep.data_damaged" in found["YJ-2-11"]
    assert "fourprops.digest.differs" in found["YJ-1-1"]


def test_a_broken_eep_file_cannot_be_read_as_metadata(tmp_path: Path) -> None:
    out = _built(tmp_path, "eep")
    first = sorted(out.glob("*.eep"))[0]
    first.write_bytes(first.read_bytes()[:-20])
    assert "packages.eep.broken" in failing(_check(out))["YJ-3-1"]


def test_what_was_done_to_a_sip_afterwards_is_found(tmp_path: Path) -> None:
    out = _built(tmp_path, "eark")
    gone, changed = sorted(out.rglob("0001.jpg"))
    gone.unlink()
    changed.write_bytes(changed.read_bytes() + b"x")
    found = failing(_check(out))
    assert "packages.eark.file_missing" in found["YJ-2-11"]
    assert "fourprops.digest.differs" in found["YJ-1-1"]
