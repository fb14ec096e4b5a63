"""What comes again with more or less than before: told, never answered with the receipt of the first."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from lantai.base.actors import Actor
from lantai.desk.models import Arrival, Capture
from tests.office import VALUES
from tests.rooms.test_desk_folders import Watch, message


@pytest.fixture
def watch(cast: Mapping[str, Actor]) -> Watch:
    return Watch()


def test_a_file_that_the_description_does_not_list_is_told_though_the_rest_is_known(watch: Watch) -> None:
    meta = {
        "external_id": "OA-1",
        "values": VALUES,
        "components": [{"role": "正本", "name": "正文.txt"}],
    }
    for name in ("甲", "乙"):
        watch.lay(f"{name}/meta.json", json.dumps(meta))
        watch.lay(f"{name}/正文.txt", "正文")
        if name == "乙":
            watch.lay("乙/附件.txt", "附件")
        watch.settle()
    assert [row.state for row in Arrival.objects.order_by("id")] == ["done", "refused"]
    assert [one["code"] for one in Arrival.objects.get(name="乙").reasons] == ["desk.meta.unlisted"]
    assert (watch.folder / "乙" / "附件.txt").exists() and Capture.objects.count() == 1


def test_what_is_mended_a_day_later_is_waited_for_anew(watch: Watch) -> None:
    listed = [{"role": "正本", "name": "正文.txt"}, {"role": "附件", "name": "表.csv"}]
    watch.lay("甲/meta.json", json.dumps({"values": VALUES, "components": listed}))
    watch.look()
    watch.look(25 * 3600)
    assert Arrival.objects.get().state == "refused"
    watch.lay("甲/正文.txt", "正文")
    watch.look(60)
    watch.look(60)
    assert Arrival.objects.get().state == "waiting", "one of two has come"
    watch.lay("甲/表.csv", "甲,乙")
    watch.look(60)
    watch.look(11)
    assert Arrival.objects.get().state == "done" and Capture.objects.get().files == 2


def test_what_nobody_lists_waits_longer(watch: Watch) -> None:
    watch.lay("夹/正文.txt", "正文")
    watch.lay("信箱.mbox", "From shenwen@example.org Mon Jan  5 10:00:00 2026\n" + message("b1"))
    watch.look()
    watch.look(11)
    assert {row.state for row in Arrival.objects.all()} == {"waiting"}
    watch.look(50)
    assert {row.state for row in Arrival.objects.all()} == {"done"}
