"""Killed at any moment, the index has every acknowledged entry, and every entry once."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from lantai.search.engine.protocol import Request
from lantai.search.engine.tantivy_engine import TantivyEngine
from tests.search import kill_me
from tests.soak import rounds

ROUNDS = rounds(8, 100)


def killed(home: Path, first: int, chance: random.Random) -> int:
    """Let a process index from ``first`` on, kill it somewhere, and return the last id it acknowledged."""
    command = [sys.executable, kill_me.__file__, str(home), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in range(chance.randrange(1, 4)))
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(chance.random() / 4)
        process.kill()
        return _last(said + process.stdout.read())


def _last(said: str) -> int:
    """Return the number in the last whole line."""
    return int(said.rpartition("\n")[0].splitlines()[-1])


@pytest.mark.slow
def test_killed_again_and_again(home: Path) -> None:
    chance = random.Random(20)
    acknowledged = 1
    for _ in range(ROUNDS):
        acknowledged = max(acknowledged, killed(home, acknowledged, chance))
        engine = TantivyEngine.open(home)
        ids = list(engine.ids())
        assert ids == list(range(1, len(ids) + 1))
        assert len(ids) >= acknowledged
        assert engine.count() == engine.search(Request(text="移民安置", acl=None, limit=0)).total == len(ids)
    assert acknowledged > ROUNDS * kill_me.BATCH // 2
