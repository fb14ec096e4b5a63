"""Everything hostile that the corpora hold goes through the real services: refused, or contained."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.kernel.digests import digest_file
from lantai.kernel.packages import build_dat93
from lantai.kernel.packages.model import DraftRecord
from lantai.kernel.packages.papers import DIGESTS, OTHERS, write_digests
from tests.corpora import need
from tests.withstand.hostile import tree
from tests.withstand.packs import draft, material, pack, record, ref, types
from tests.withstand.stage import Stage

MEMORY = 512 << 20
CODINGS = (
    ("UTF-8", "utf-8"),
    ("UTF-8", "utf-8-sig"),
    ("GB18030", "gb18030"),
    ("GB2312", "gb18030"),  # Python's own GB2312 lacks the middle dot of the standard
    ("UTF-16", "utf-16"),
)
"""What the documents declare, and how their bytes are written."""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hostile")]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("hostile")
    with Stage(folder / "site", folder / "stage") as stage:
        stage.run("found")
        yield stage
        assert "Traceback" not in stage.said(), stage.said()[-6000:]


def _cases(corpus: str) -> list[str]:
    with open(need(corpus) / "cases.csv", newline="", encoding="utf-8") as stream:
        return [row["case"] for row in csv.DictReader(stream)]


def _words() -> list[str]:
    folder = need("12-hostile-strings")
    words: list[str] = json.loads((folder / "blns-half.json").read_text("utf-8"))
    return words + (folder / "csv-injection.txt").read_text("utf-8").splitlines()


def test_every_hostile_archive(stage: Stage, tmp_path: Path) -> None:
    folder = need("11-archives-hostile")
    home = stage.home
    before = tree(str(home.parent), str(home)), {name for name in os.listdir("/tmp") if "evil" in name}
    taken = 0
    for case in _cases("11-archives-hostile"):
        told = stage.run("hostile.take", str(folder / case))
        assert told["memory"] < MEMORY, case
        assert told["problem"] is None, case
        assert (told["escaped"], told["odd"]) == ([], []), case
        if told["state"] == "returned":
            assert told["refusal"] and all("{" not in words for words in told["refusal"]), (case, told)
        else:
            taken += 1
            assert told["state"] == "checking" and told["failed"], (case, told)
            assert not case.startswith("pypi/reject"), case
    after = tree(str(home.parent), str(home)), {name for name in os.listdir("/tmp") if "evil" in name}
    assert [p for p in after[0] if "/stage/" not in p] == [p for p in before[0] if "/stage/" not in p]
    assert after[1] == before[1]
    assert taken > 5
    assert stage.run("audit")["wrong"] == []


@pytest.mark.parametrize("case", ["slip.zip", "slip.tar", "absolute.zip", "device.tar", "then-write.zip"])
def test_a_refusal_names_the_member(stage: Stage, case: str) -> None:
    name = next(name for name in _cases("11-archives-hostile") if name.endswith(case))
    told = stage.run("hostile.take", str(need("11-archives-hostile") / name))
    assert told["state"] == "returned"
    assert told["member"] and all(told["member"] in words for words in told["refusal"])


def test_hostile_words_as_names(stage: Stage) -> None:
    assert stage.run("hostile.names", _words()) == []


def test_hostile_words_in_the_catalogue(stage: Stage) -> None:
    words = _words()
    assert stage.run("hostile.catalogue", words) == []
    assert stage.run("hostile.ask", words) == []
    told = stage.run("audit")
    assert told["wrong"] == []
    proof = stage.run("prove")
    assert (proof["ledger"], proof["damaged"], proof["verifier"]) == ([], [], 0), proof["said"]
    assert proof["indexed"] == len(told["refs"])


def test_hostile_words_in_a_list_with_files(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    rows = [["档号", "题名", "责任者", "日期", "年度", "保管期限", "密级", "页数", "文件名"]]
    kept = 0
    for place, word in enumerate(_words(), 1):
        name = f"{place}.txt"
        if word and len(word.encode()) < 200 and not set(word) & set("/\\\0") and word.isprintable():
            name = f"{place} {word}.txt"
        (folder / name).write_text(word, "utf-8")
        kept += 1
        rows.append([ref(1955, place), word, word, word, "1955", "永久", "公开", word, name])
    with open(folder / "目录.csv", "w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerows(rows)
    told = stage.run("hostile.take", str(folder))
    assert told["state"] == "checking", told
    assert told["items"] > kept // 2
    assert told["failed"]


@pytest.mark.parametrize("where", ["目录文件.XML", "电子档案元数据.XML", "说明文件.TXT"])
def test_hostile_xml_is_never_followed(stage: Stage, tmp_path: Path, where: str) -> None:
    for number, case in enumerate(name for name in _cases("12-hostile-strings") if name.startswith("xxe/")):
        path, _ = pack(tmp_path, f"xxe-{where[0]}-{number}", 1956, archive=False)
        target = next(path.rglob(where))
        target.write_bytes((need("12-hostile-strings") / case).read_bytes())
        told = stage.run("hostile.take", str(path))
        assert told["state"] == "checking" and told["failed"], case
        assert told["memory"] < MEMORY, case
        assert "root:" not in told["report"] and "localhost" not in told["report"], case


@pytest.mark.parametrize("place", range(len(CODINGS)))
def test_a_package_in_any_coding_is_the_same_package(stage: Stage, tmp_path: Path, place: int) -> None:
    year = 1970 + place
    declared, coding = CODINGS[place]
    path, refs = pack(tmp_path, f"coded-{place}", year, archive=False)
    for paper in [*path.rglob("*.XML"), *path.rglob("*.TXT")]:
        text = paper.read_text("utf-8").replace("encoding='UTF-8'", f"encoding='{declared}'")
        paper.write_bytes(text.encode(coding))
    table = path / OTHERS / DIGESTS
    table.unlink()
    files = [file for file in path.rglob("*") if file.is_file()]
    table.write_bytes(write_digests({str(f.relative_to(path)): digest_file(f) for f in files}, ""))
    told = stage.run("hostile.take", str(path))
    assert (told["state"], told["failed"]) == ("checking", []), told["report"]
    done = stage.run("hostile.accept", told["number"])
    assert done["state"] == "closed"
    assert [done["records"][one]["title"] for one in refs] == [
        f"关于{year}年第{number}号水库移民安置的请示" for number in (1, 2)
    ]


def test_text_in_any_coding_is_kept_as_it_came(stage: Stage, tmp_path: Path) -> None:
    folder = need("14-text-encodings")
    cases = _cases("14-text-encodings")
    for sound, year in ((False, 1980), (True, 1981)):
        records: list[DraftRecord] = []
        for case in (name for name in cases if not sound or name.endswith("-utf8.txt")):
            number = len(records) + 1
            files = material(tmp_path / "made", year * 100 + number, 1)
            files[0].source.write_bytes((folder / case).read_bytes())
            records.append(record(year, number, files))
        out = tmp_path / f"codings-{year}.zip"
        build_dat93(draft(records), out, types(), archive=True)
        told = stage.run("hostile.take", str(out))
        assert (told["state"], told["problem"], told["items"]) == ("checking", None, len(records))
        if sound:
            assert told["failed"] == []
            assert stage.run("hostile.accept", told["number"])["state"] == "closed"
    assert stage.run("audit")["wrong"] == []
