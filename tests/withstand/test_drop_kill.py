"""A worker dies while it takes things out of a drop folder: nothing is lost, nothing is filed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.withstand.stage import Stage

STRIDE = 17


@pytest.mark.slow
def test_death_while_a_folder_is_taken_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        stage.run("found")
        deaths = 0
        while True:
            stage.run("drop_pieces.lay", f"通知{deaths}")
            died = stage.start("drop_pieces.look_until", 1 + deaths * STRIDE).ended() == 9
            told = stage.run("drop_pieces.look_at")
            assert told["wrong"] == [], deaths
            stage.run("drop_pieces.look_until", 10**6)
            told = stage.run("drop_pieces.look_at")
            assert told["titles"] == [f"通知{n}" for n in range(deaths + 1)]
            assert (told["left"], told["open"], told["wrong"]) == ([], 0, [])
            assert not [name for name in told["results"] if name.startswith(".")]
            assert f"通知{deaths}.receipt.txt" in told["results"]
            if not died:
                break
            deaths += 1
            assert deaths < 40
        assert deaths > 3
