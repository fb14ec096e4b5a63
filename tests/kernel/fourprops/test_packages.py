"""Real packages, built and opened by the kernel, through the whole check."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.kernel.fourprops import Context, Report, Stage, run
from lantai.kernel.packages import Draft, DraftFile, DraftRecord, open_package
from lantai.kernel.packages.building import build_bagit, build_dat93
from tests.kernel.formats import samples
from tests.kernel.fourprops.packs import TODAY, TYPES, Clean, values


def draft(folder: Path) -> Draft:
    records = []
    for number in (1, 2):
        page, text = samples.picture(folder / f"{number}.jpg"), samples.pdf(folder / f"{number}.pdf", 1)
        files = (DraftFile(page, "0001.jpg", "正文", "JPEG"), DraftFile(text, "附件.pdf", "附件", "PDF"))
        told = values(number, pages="1")
        records.append(DraftRecord(told["ref"], "item", "WS", told, files))
    return Draft("Z109", "云岭区档案局", tuple(records), {"内容描述": "文书档案", "软硬件环境": "无特殊要求"})


def check(root: Path) -> Report:
    context = Context(types=TYPES, today=TODAY, scanner=Clean(), threads=1)
    return run(open_package(root, TYPES), Stage.YJ, context)


def failing(report: Report) -> dict[str, list[str]]:
    return {i.code: [f.code for f in i.findings] for i in report.items if i.outcome == "fail"}


@pytest.mark.parametrize("build", [build_dat93, build_bagit])
def test_a_package_built_by_us_fails_nowhere(tmp_path: Path, build: object) -> None:
    out = tmp_path / "out"
    build(draft(tmp_path), out, TYPES)  # type: ignore[operator]
    report = check(out)
    assert failing(report) == {}
    outcomes = {item.code: item.outcome for item in report.items}
    for code in ("YJ-1-14", "YJ-2-1", "YJ-2-2", "YJ-2-7", "YJ-2-8", "YJ-2-10", "YJ-2-11"):
        assert outcomes[code] == "pass", code


@pytest.mark.parametrize("build", [build_dat93, build_bagit])
def test_what_was_done_to_it_afterwards_is_found(tmp_path: Path, build: object) -> None:
    out = tmp_path / "out"
    build(draft(tmp_path), out, TYPES)  # type: ignore[operator]
    gone, changed = sorted(out.rglob("0001.jpg"))
    gone.unlink()
    samples.picture(changed, 77)
    found = failing(check(out))
    assert "fourprops.digest.differs" in found["YJ-1-1"]
    assert {"YJ-1-10", "YJ-1-11", "YJ-1-14", "YJ-2-2", "YJ-2-11"} <= found.keys()
