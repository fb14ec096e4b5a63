"""A full disk, at every moment: refused or waiting, nothing half-made, and it goes on when there is room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.withstand.faults import compiled
from tests.withstand.packs import pack
from tests.withstand.stage import Stage

STRIDE = 7
SILENT = ("checking", "described", "indexed", "closed")
"""States in which no problem need be told: a person must act, the ledger or the index found no room, the
quarantine is emptied and only the closing entry is missing, or all is done."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    library = compiled(tmp_path / "library")
    home = tmp_path / "site"
    with Stage(home, tmp_path / "stage", LD_PRELOAD=str(library), LANTAI_FULL_ROOT=str(home)) as stage:
        stage.run("found")
        yield stage


def _consistent(stage: Stage, told: dict[str, Any]) -> None:
    """What stands still says why in two languages; nothing half-made is to be seen."""
    assert stage.run("audit")["wrong"] == []
    for number, state in told["states"].items():
        if told["was_full"] and state not in SILENT:
            assert told["problems"][number].rpartition(".")[2] in {"full", "failed", "short"}, told
            assert all("{" not in words for words in told["said"][number]), told


@pytest.mark.slow
@pytest.mark.parametrize("archive", [True, False])
def test_full_at_every_moment(stage: Stage, tmp_path: Path, archive: bool) -> None:
    """The room grows from try to try, so that every write of every step once meets a full disk."""
    path, refs = pack(tmp_path / "packages", "packet", 1990, items=2, archive=archive)
    stage.run("submit", str(path))
    for goal in ("checking", "closed"):
        tries = 0
        while True:
            told = stage.run("faults.fill", STRIDE * tries)
            _consistent(stage, told)
            if not told["was_full"]:
                break
            tries += 1
        assert tries > 2
        stage.run("settle")
        assert list(told["states"].values()) == [goal]
        if goal == "checking":
            stage.run("accept_waiting")
    assert stage.run("audit")["refs"] == refs
    proof = stage.run("prove")
    assert (proof["ledger"], proof["damaged"], proof["verifier"]) == ([], [], 0), proof
    assert proof["indexed"] == len(refs)
    assert stage.run("leftovers") == []


@pytest.mark.slow
def test_the_same_process_goes_on_when_there_is_room(stage: Stage, tmp_path: Path) -> None:
    refs: list[str] = []
    for number in range(8):
        path, more = pack(tmp_path / "packages", f"packet-{number}", 1990 + number, items=2)
        refs += more
        stage.run("submit", str(path))
        for goal, room in (("checking", 11 * number), ("closed", 25 * number)):
            told = stage.run("faults.fill", room, True)
            _consistent(stage, told)
            assert set(told["after"].values()) <= {goal, "closed"}, (room, told, stage.said()[-3000:])
            stage.run("accept_waiting")
    assert stage.run("audit")["refs"] == sorted(refs)
    proof = stage.run("prove")
    assert (proof["ledger"], proof["damaged"], proof["verifier"]) == ([], [], 0), proof
    assert proof["indexed"] == len(refs)
