"""What the doctor finds at the desk: an index out of step, files lost, damaged or named by nobody, folders left behind."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.cli.main import main
from lantai.desk.models import Component, HandOver
from lantai.desk.queries_store import look_at_store, whose
from lantai.desk.searchable import engine
from lantai.desk.services import capture, hand_over
from lantai.desk.services.deliveries import folder_of as delivery_folder
from lantai.desk.services.leftovers import collect_leftovers, leftovers
from lantai.desk.store import keep, place
from lantai.site.doctor import Ailment, examine
from lantai.site.work import settle
from tests.filing import closed_class
from tests.office import letter

LONG_AGO = 1_600_000_000


def told(what: str) -> Ailment:
    (found,) = (one for one in examine() if one.what == what)
    return found


def aged(path: Path) -> Path:
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_the_index_of_the_desk_is_looked_at(cast: dict[str, Actor]) -> None:
    capture(SYSTEM, letter("OA-1"))
    settle()
    assert told("收文盘索引").ok
    engine().delete(_ids())
    engine().commit()
    found = told("收文盘索引")
    assert (found.ok, found.found, found.mend) == (False, "收文盘 1 件，索引 0 件", "lantai rebuild index")


def _ids() -> list[int]:
    from lantai.desk.models import Capture
    from lantai.desk.searchable import capture_id

    return [capture_id(pk) for pk in Capture.objects.values_list("pk", flat=True)]


def test_lost_and_damaged_files_are_found(
    cast: dict[str, Actor], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = capture(SYSTEM, letter("OA-1")).number
    hand_over.begin(cast["沈文"], "MZJ", [closed_class(cast["沈文"], 2)])
    seen = look_at_store(whole=True)
    assert seen.sound and not seen.unnamed and seen.files == seen.named > Component.objects.count()
    assert told("收文盘文件").ok
    first, second = Component.objects.filter(capture__number=number).order_by("order")[:2]
    file = place(first.sha512)
    data = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(b"x" + data[1:])
    place(second.sha512).unlink()
    seen = look_at_store(whole=True)
    assert (seen.missing, seen.damaged) == ((second.sha512,), (first.sha512,))
    assert whose(first.sha512) == f"{number} {first.name}"
    found = told("收文盘文件")
    assert not found.ok and found.mend == "lantai desk verify" and "缺 1 个，损坏 1 个" in found.found
    monkeypatch.setattr("sys.argv", ["lantai"])
    assert main(["desk", "verify", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [one["of"] for one in said["missing"]] == [f"{number} {second.name}"]
    file.write_bytes(data)


def test_a_document_that_only_the_ledger_names_is_missed(cast: dict[str, Actor]) -> None:
    """Numbers and orders of classes lie in documents: lost, rows could not be made again."""
    closed_class(cast["沈文"], 2)
    of_files = set(Component.objects.values_list("sha512", flat=True))
    documents = [one for one in home().desk.glob("*/*/*") if one.name not in of_files]
    assert len(documents) > 3
    documents[0].unlink()
    assert look_at_store(whole=True).missing == (documents[0].name,)


def test_what_nobody_names_is_told_once_it_is_old(cast: dict[str, Actor]) -> None:
    keep({"ab" * 64: b"nobody's"})
    assert look_at_store().unnamed == (), "its row may come in a moment"
    aged(place("ab" * 64))
    assert look_at_store().unnamed == ("ab" * 64,)
    found = told("收文盘文件")
    assert found.ok and "1 个文件没有记录提到" in found.found


def test_folders_that_nobody_needs_are_told_and_collected(cast: dict[str, Actor]) -> None:
    number = hand_over.begin(cast["沈文"], "MZJ", [closed_class(cast["沈文"], 1)])
    packages = home().root / "packages"
    ours = packages / str(HandOver.objects.get(number=number).uuid)
    left = [packages / str(uuid.uuid4()), packages / f"check-{uuid.uuid4()}", delivery_folder(uuid.uuid4())]
    foreign = packages / "说明"
    for one in (ours, foreign, *left):
        one.mkdir(parents=True)
    assert leftovers() == () and told("工作文件夹").ok, "whoever made them may be at work"
    for one in (ours, foreign, *left):
        aged(one)
    found = told("工作文件夹")
    assert set(leftovers()) == set(left) and not found.ok and found.advice
    assert collect_leftovers() == 3 and leftovers() == ()
    assert ours.is_dir() and foreign.is_dir()
    shutil.rmtree(foreign)
