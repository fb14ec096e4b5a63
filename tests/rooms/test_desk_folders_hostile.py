"""What others lay into a drop folder to harm: nothing is followed, nothing waited for, no other unit stands still."""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.desk import dropped, results
from lantai.desk.described import read_described
from lantai.desk.models import Arrival, Capture
from lantai.desk.services.folders import look
from tests.rooms.test_desk_folders import Watch


@pytest.fixture
def watch(cast: Mapping[str, Actor]) -> Watch:
    return Watch()


def _link_to_the_same(place: Path) -> None:
    same = place.rename(place.parents[2] / "elsewhere.json")
    place.symlink_to(same)


def _huge(place: Path) -> None:
    place.unlink()
    with open(place, "wb") as out:
        out.truncate(1 << 40)


@pytest.mark.parametrize("laid", [_link_to_the_same, _huge])
def test_a_receipt_is_laid_again_whatever_lies_in_its_place(
    watch: Watch, laid: Callable[[Path], None]
) -> None:
    watch.lay("甲.txt", "甲")
    watch.settle()
    place = watch.folder / "甲.txt.receipt.json"
    before = place.read_bytes()
    laid(place)
    results.lay_receipt(watch.folder, Arrival.objects.get())
    assert not place.is_symlink() and place.stat().st_size == len(before)
    assert place.read_bytes() == before


def test_a_pipe_in_place_of_a_receipt_is_not_waited_for(watch: Watch) -> None:
    watch.lay("甲.txt", "甲")
    watch.settle()
    place = watch.folder / "甲.txt.receipt.json"
    place.unlink()
    os.mkfifo(place)
    keeper = os.open(place, os.O_RDWR | os.O_NONBLOCK)
    os.write(keeper, b"{}")
    os.close(keeper)
    results.lay_receipt(watch.folder, Arrival.objects.get())
    assert watch.told(place.name)["name"] == "甲.txt"


def test_a_link_in_place_of_the_readable_receipt_goes_away(watch: Watch) -> None:
    watch.lay("甲.txt", "甲")
    watch.settle()
    place = watch.folder / "甲.txt.receipt.txt"
    place.unlink()
    place.symlink_to("甲.txt.receipt.json")
    results.lay_receipt(watch.folder, Arrival.objects.get())
    assert not place.is_symlink() and "收件回执" in place.read_text("utf-8")


def test_a_filed_thing_that_cannot_be_finished_stops_no_other(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt of a row whose capture cannot be read fails as long as that lasts; the others go on."""
    watch.lay("甲.txt", "甲")
    watch.lay("丁.txt", "丁")
    watch.look()
    with monkeypatch.context() as patched:
        patched.setattr(dropped, "move", _full)
        watch.look(100)
    assert {row.state for row in Arrival.objects.all()} == {"filed"}
    Arrival.objects.filter(name="甲.txt").update(numbers=["C2026-9999"])
    watch.lay("乙.txt", "乙")
    assert look(now=watch.now).failed == ("MZJ/甲.txt",)
    assert look(now=watch.now + timedelta(seconds=100)).failed == ("MZJ/甲.txt",)
    assert Capture.objects.filter(title="乙").exists()
    assert dict(Arrival.objects.values_list("name", "state")) == {
        "甲.txt": "filed",
        "乙.txt": "done",
        "丁.txt": "done",
    }
    assert look(["MZJ/甲.txt"], watch.now).failed == (), "who rests is left alone"


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("text", "code"),
    [("题名\r甲的通知\r", ""), ("题名\n" + "长" * 200_000 + "\n", "desk.meta.table")],
)
def test_a_table_in_any_shape_is_read_or_told(tmp_path: Path, text: str, code: str) -> None:
    place = tmp_path / "meta.csv"
    place.write_bytes(text.encode())
    limit = csv.field_size_limit(131_072)
    try:
        described = read_described(place, "meta.csv")
    finally:
        csv.field_size_limit(limit)
    assert [one.code for one in described.faults] == ([code] if code else [])
    assert dict(described.values) == ({} if code else {"题名": "甲的通知"})
