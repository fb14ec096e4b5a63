"""What others lay into a drop folder to harm: nothing is followed, nothing waited for, no other unit stands still."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.desk import results
from lantai.desk.models import Arrival
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
