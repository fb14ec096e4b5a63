from __future__ import annotations

import json
from pathlib import Path

import pytest

from lantai.kernel.errors import NotFound
from lantai.kernel.fourprops import Report, Stage, scheme
from lantai.kernel.fourprops.loader import BUILTIN
from lantai.kernel.fourprops.results import CHECKS
from lantai.kernel.texts import catalogue
from tests.kernel.fourprops.packs import Clean, Pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack.sound(tmp_path / "package")


def outcomes(report: Report) -> dict[str, str]:
    return {item.code: item.outcome.value for item in report.items}


def test_verdicts(pack: Pack) -> None:
    assert pack.run().verdict == "manual"
    pack.change(0, pages="7")
    assert pack.run().verdict == "fail"


@pytest.mark.parametrize("stage", list(Stage))
def test_a_sound_package_fails_nowhere(pack: Pack, stage: Stage) -> None:
    report = pack.run(stage)
    assert "fail" not in outcomes(report).values()
    assert report.scheme == f"{stage.value}-WS/1"
    assert all(item.code.startswith((stage.value, "LT-")) for item in report.items)


def test_the_document_is_as_promised_and_comes_back(pack: Pack) -> None:
    pack.change(0, pages="7")
    report = pack.run()
    document = json.loads(json.dumps(report.as_json("zh")))
    assert document["schema"] == "lantai.check/1"
    assert {"verdict", "stage", "scheme", "items", "files", "bytes", "seconds"} <= document.keys()
    item = next(entry for entry in document["items"] if entry["code"] == "YJ-2-7")
    assert (item["name"], item["property"], item["outcome"]) == ("内容数据完整性检测", "integrity", "fail")
    assert {"code", "path", "message", "expected", "found"} <= item["findings"][0].keys()
    again = Report.from_json(document)
    assert again.as_json("zh") == document
    assert again.as_json("en") == report.as_json("en")
    assert "页数" not in again.as_json("en")["items"][0]["name"]


def test_progress_reaches_its_total_and_never_goes_back(pack: Pack) -> None:
    from lantai.kernel.fourprops import Context, run
    from tests.kernel.fourprops.packs import TODAY, TYPES

    told: list[tuple[int, int, str]] = []
    context = Context(types=TYPES, today=TODAY, scanner=Clean(), threads=1)
    run(pack.package(), Stage.YJ, context, lambda *step: told.append(step))
    done = [step[0] for step in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1]
    assert "YJ-4-2" in {step[2] for step in told}


def test_known_digests_are_not_computed_again(pack: Pack) -> None:
    from lantai.kernel import digests

    package = pack.package()
    known = {file.path: digests.digest_file(pack.root / file.path) for file in package.files}
    pack.changes["digests"] = pack.digests()
    samples_changed = pack.root / "Z109/1/0001.jpg"
    samples_changed.write_bytes(samples_changed.read_bytes() + b"x")
    assert pack.item("1-1", digests=known).outcome == "pass"


def test_schemes_hold_together() -> None:
    for stage in Stage:
        for type in ("", "WS", "ZP", "LY"):
            plan = scheme(type, stage)
            assert len({item.code for item in plan.items}) == len(plan.items)
            for item in plan.items:
                assert item.basis in {"A", "B", "C", "c", "K", "house"}
                if item.name.zh:
                    assert item.auto in {"A", "S", "M"}
                    assert item.name.en and item.group.zh and item.group.en
                    assert item.method.zh and item.method.en
                    assert (item.check in CHECKS) == (item.auto != "M")
    slots = [item.code for item in scheme("WS", Stage.GD).items if not item.name.zh]
    assert slots == ["GD-1-9", "GD-3-6", "GD-3-7"]


def test_the_stages_speak_of_their_own_package() -> None:
    groups = {stage: {item.group.zh for item in scheme("WS", stage).items} for stage in Stage}
    assert "归档信息包真实性" in groups[Stage.GD]
    assert "移交信息包真实性" in groups[Stage.YJ]
    assert "保存信息包真实性" in groups[Stage.CQ]
    assert not any("移交移交" in group for group in groups[Stage.YJ])
    assert "GD-2-9" in {item.code for item in scheme("WS", Stage.GD).items}
    assert "YJ-2-9" not in {item.code for item in scheme("WS", Stage.YJ).items}


def test_types_have_their_own_parameters() -> None:
    def pages(type: str) -> str:
        return str(next(i for i in scheme(type, Stage.YJ).items if i.code == "YJ-2-7").parameters["pages"])

    assert (pages("WS"), pages("LY"), pages("")) == ("count", "none", "count")


def test_a_site_may_lay_its_own_scheme_over_ours(tmp_path: Path, pack: Pack) -> None:
    own = (BUILTIN / "yj.toml").read_text("utf-8").replace("version = 1", "version = 9")
    (tmp_path / "yj.toml").write_text(own.replace('drop = ["2-9"]', 'drop = ["2-9", "4-2"]'), "utf-8")
    report = pack.run(schemes=tmp_path)
    assert report.scheme == "YJ-WS/9"
    assert "YJ-4-2" not in outcomes(report)


def test_a_missing_scheme_is_said(tmp_path: Path) -> None:
    (tmp_path / "cq.toml").write_text('based_on = "zz"\nid = "CQ"\nversion = 1\nzh = ""\nen = ""', "utf-8")
    with pytest.raises(NotFound):
        scheme("WS", Stage.CQ, tmp_path)


def test_texts_are_used_and_used_texts_are_there() -> None:
    import re

    import lantai.kernel.fourprops as here

    folder = Path(here.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    used = set(re.findall(r'"(fourprops\.[a-z_]+\.[a-z_]+)"', code))
    rows = {name for name in catalogue() if name.startswith("fourprops.")}
    assert used == rows
