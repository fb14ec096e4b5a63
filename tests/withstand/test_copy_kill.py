"""A worker dies anywhere while copies are made and the log is sent: nothing half-made counts, nothing is made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import rounds
from tests.withstand.stage import Stage

STRIDE = rounds(61, 3)
TOGETHER = 2


@pytest.mark.slow
def test_death_anywhere_leaves_no_false_copy_and_no_second_object(tmp_path: Path) -> None:
    disk = str(tmp_path / "site-disk")  # watched like the site itself: its name begins with the site's
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        target = stage.run("copy_pieces.begin", disk)
        deaths = 0
        while True:
            stage.run("copy_pieces.lay", [deaths * TOGETHER, deaths * TOGETHER + 1])
            died = stage.start("copy_pieces.copy_until", target, 1 + deaths * STRIDE).ended() == 9
            told = stage.run("copy_pieces.compare", disk)
            assert told["other"] == [], (deaths, "only whole files under their names")
            assert told["good"] == told["made"] <= told["objects"], deaths
            stage.run("copy_pieces.copy_until", target, 10**6)
            told = stage.run("copy_pieces.compare", disk)
            wanted = (deaths + 1) * TOGETHER
            assert (told["states"], told["objects"], told["made"]) == ({"good": wanted}, wanted, wanted), (
                deaths
            )
            assert (told["differ"] or 0, told["staging"]) == (0, 0), deaths
            if not died:
                break
            deaths += 1
            assert deaths < 400
        assert deaths > 3
