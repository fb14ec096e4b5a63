"""An ordered export killed at any moment is made anew: nothing half is promised, and the same file comes of it."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.withstand.stage import Stage

ROWS = 3_000
SEED = 20261122
KILLS = 12


@pytest.mark.slow
def test_killed_again_and_again_the_same_file_comes_of_it(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with Stage(tmp_path / "site", tmp_path / "a") as stage:
        stage.run("found")
        number = stage.run("export_pieces.begin", ROWS)
        for _ in range(KILLS):
            child = stage.start("export_pieces.walk", number)
            threading.Event().wait(chance.uniform(0.0, 0.5))
            child.kill()
            seen = stage.run("export_pieces.look", number)
            if seen["state"] == "done":
                break
            assert seen["state"] in {"ordered", "running"} and not seen["told"] and not seen["found"]
        assert stage.run("export_pieces.walk", number) == "done"
        end = stage.run("export_pieces.look", number)
        assert end["told"] == [end["sha256"]] == [end["found"]] and end["beside"] == ["file.csv"]
        assert end["total"] == ROWS
