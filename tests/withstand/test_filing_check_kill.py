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
