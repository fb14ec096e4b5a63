"""A worker dies while it checks a class: the next one begins the check anew, and it is recorded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.withstand.stage import Stage

STRIDE = 12


@pytest.mark.slow
def test_death_while_a_class_is_checked_leaves_the_check_to_the_next_worker(tmp_path: Path) -> None:
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        stage.run("found")
        number, check = stage.run("check_pieces.order")
        deaths = 0
        while stage.start("check_pieces.run_until", check, 1 + deaths * STRIDE).ended() == 9:
            told = stage.run("check_pieces.look_at", number)
            deaths += 1
            if told["state"] == "done":
                break
            assert told == {"state": "ordered", "runs": 0, "entries": 0, "class": "open"}, deaths
            assert deaths < 40
        assert deaths > 2
        told = stage.run("check_pieces.look_at", number)
        assert told == {"state": "done", "runs": 1, "entries": 1, "class": "open", "left": 0}


@pytest.mark.slow
def test_death_while_a_file_is_replaced_leaves_the_old_one_and_the_next_try_completes_it(
    tmp_path: Path,
) -> None:
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        stage.run("found")
        number, _check = stage.run("check_pieces.order")
        before = stage.run("check_pieces.look_at_item", number)
        deaths = 0
        while stage.start("check_pieces.mend_until", number, 1 + deaths * STRIDE).ended() == 9:
            told = stage.run("check_pieces.look_at_item", number)
            deaths += 1
            assert deaths < 40
            if told["replaced"]:
                break
            assert {**told, "states": told["states"][:2]} == before, deaths
            assert told["states"][2:] in ([], ["tray"])
        assert deaths > 2
        told = stage.run("check_pieces.look_at_item", number)
        assert (told["states"], told["replaced"], told["revision"]) == (
            ["replaced", "arranged", "arranged"],
            1,
            2,
        )
        assert told["files"] == before["files"] and told["captures"] != before["captures"]
