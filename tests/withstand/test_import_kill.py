"""An import killed at any moment goes on where it was, doubles nothing and shows no half batch."""

from __future__ import annotations

import csv
import random
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.withstand.import_pieces import BATCH
from tests.withstand.stage import Stage

ROWS = 2_500
SEED = 20261122


def _list(path: Path) -> Path:
    with open(path, "w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["档号", "题名", "责任者", "日期", "年度", "保管期限", "密级"])
        for number in range(1, ROWS + 1):
            day = "某日" if number % 50 == 0 else "20110304"
            ref = f"Z109-WS·2011·Y-{number - (number % 70 == 0):04d}"
            writer.writerow([ref, f"第{number}件", "云岭区民政局", day, "2011", "永久", "公开"])
    return path


def _killed_until(stage: Stage, number: str, state: str, chance: random.Random, longest: float) -> int:
    """Let the import walk and kill it, again and again, looking each time; return how often it was killed."""
    kills = 0
    while True:
        child = stage.start("import_pieces.walk", number)
        threading.Event().wait(chance.uniform(0.0, longest))
        child.kill()
        told = _looked_at(stage, number)
        if told["state"] == state:
            return kills
        kills += 1
        if kills > 60:
            assert stage.run("import_pieces.walk", number) == state


def _looked_at(stage: Stage, number: str) -> dict[str, Any]:
    told: dict[str, Any] = stage.run("import_pieces.look", number)
    assert told["records"] == told["done"] == told["rows_done"] or told["state"] in {"received", "planned"}
    assert told["records"] == told["done"]
    if told["state"] in {"received", "planned", "undone"}:
        assert told["records"] == 0
    return told


@pytest.mark.slow
def test_killed_again_and_again_it_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    path = _list(tmp_path / "目录.csv")
    chance = random.Random(SEED)
    with Stage(tmp_path / "calm", tmp_path / "a") as stage:
        stage.run("found")
        number = stage.run("import_pieces.begin", str(path))
        assert stage.run("import_pieces.walk", number) == "planned"
        calm = stage.run("import_pieces.look", number)
        stage.run("import_pieces.order", number, "order_run")
        assert stage.run("import_pieces.walk", number) == "done"
        calm_end = stage.run("import_pieces.look", number)
    assert calm["figures"][4] > 50 and len(calm["digests"]) > ROWS // BATCH - 3

    with Stage(tmp_path / "stormy", tmp_path / "b") as stage:
        stage.run("found")
        number = stage.run("import_pieces.begin", str(path))
        _killed_until(stage, number, "planned", chance, 0.6)
        planned = _looked_at(stage, number)
        assert (planned["figures"], planned["problems"]) == (calm["figures"], calm["problems"])
        assert planned["digests"] == calm["digests"], "the plan is the same to the byte"
        stage.run("import_pieces.order", number, "order_run")
        assert _killed_until(stage, number, "done", chance, 0.6)
        end = _looked_at(stage, number)
        assert (end["refs"], end["entries"]) == (calm_end["refs"], calm_end["entries"])
        stage.run("import_pieces.order", number, "undo")
        _killed_until(stage, number, "undone", chance, 0.6)
        assert _looked_at(stage, number)["records"] == 0
