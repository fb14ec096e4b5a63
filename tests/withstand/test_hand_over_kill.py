"""A worker dies while it builds a package for hand-over: the next one builds it whole, with the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.withstand.stage import Stage

STRIDE = 9


@pytest.mark.slow
def test_death_while_a_package_is_built_leaves_it_to_the_next_worker(tmp_path: Path) -> None:
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        stage.run("found")
        number = stage.run("hand_pieces.order")
        deaths = 0
        while stage.start("hand_pieces.build_until", number, 1 + deaths * STRIDE).ended() == 9:
            told = stage.run("hand_pieces.look_at", number)
            deaths += 1
            if told["state"] == "built":
                break
            assert told == {"state": "ordered", "runs": 0}, deaths
            assert deaths < 80
        assert deaths > 5
        told = stage.run("hand_pieces.look_at", number)
        assert (told["state"], told["runs"], told["same"], told["kept"]) == ("built", 1, True, True)
        assert len(told["files"]) == 4, told["files"]
