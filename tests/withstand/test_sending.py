"""Two sites on one machine, both killed while a package goes from one to the other: it arrives once, and whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench.capture import Server

from tests.withstand.stage import Stage

PATIENCE = 120.0
RATE = 1 << 20


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as wanted, and return it."""
    end = time.monotonic() + PATIENCE
    while not wanted(told := ask()):
        assert time.monotonic() < end, told
        threading.Event().wait(0.2)
    return told


@pytest.mark.slow
def test_a_package_arrives_once_whoever_is_killed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    ours, theirs = tmp_path / "a" / "site", tmp_path / "b" / "site"
    with Stage(ours, tmp_path / "ours") as desk, Stage(theirs, tmp_path / "theirs") as archives:
        token = archives.run("send_pieces.found_archives")
        desk.run("send_pieces.found_unit")
        number = desk.run("send_pieces.build", 6)
        unit, hall = Server(ours), Server(theirs)
        try:
            hall.start()
            desk.run("send_pieces.send", number, f"http://127.0.0.1:{hall.port}", token, RATE)

            def far() -> dict[str, Any]:
                told: dict[str, Any] = desk.run("send_pieces.far", number)
                return told

            unit.start()
            seen = [until(far, lambda told: told["offset"] > 0 or told["state"] != "going")["offset"]]
            for one in (hall, unit):
                one.kill()
                seen.append(far()["offset"])
                one.start()
                desk.run("send_pieces.hurry", number)
            told = until(far, lambda told: told["state"] == "delivered")
            assert seen == sorted(seen), "what has arrived is not sent again"
            until(
                lambda: archives.run("send_pieces.there"), lambda told: told["transfers"][0][1] == "checking"
            )
            left = archives.run("send_pieces.there")
            assert left["transfers"] == [[told["transfer"], "checking", told["sha512"]]]
            assert (left["deliveries"], left["uploads"]) == (["taken"], 0)
            archives.run("send_pieces.accept_there", told["transfer"])
            hall.kill()
            hall.start()
            until(lambda: archives.run("send_pieces.sign_there"), bool)

            def heard() -> bool:
                desk.run("send_pieces.hurry", number)
                return bool(desk.run("send_pieces.sign_here", number))

            until(heard, bool)
            unit.kill()
            unit.start()
            desk.run("send_pieces.hurry", number)
            both = until(
                lambda: (
                    desk.run("send_pieces.register_here", number),
                    archives.run("send_pieces.register_there"),
                ),
                lambda told: len(told[0]["signed"]) == len(told[1]["signed"]) == 2,
            )
            assert both[0] == both[1]
        finally:
            unit.stop()
            hall.stop()
