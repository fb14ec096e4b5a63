"""The inbox is swept while the worker runs, not only when it starts."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.ingest.steps import collect_inbox
from lantai.site import work


def left(name: str) -> Path:
    place = home().inbox / name
    place.mkdir(parents=True)
    os.utime(place, (0, 0))
    return place


@pytest.mark.django_db(transaction=True)
def test_what_becomes_a_day_old_goes_while_the_worker_runs(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, rounds = threading.Event(), []

    def sweep() -> int:
        rounds.append(collect_inbox())
        if len(rounds) == 3:
            stop.set()
        left(f"left-{len(rounds)}.part")
        return rounds[-1]

    left("left-0.part")
    monkeypatch.setattr(work, "collect_inbox", sweep)
    monkeypatch.setattr(work, "SWEEP_SECONDS", 0.01)
    work.work(stop)
    assert rounds == [1, 1, 1]
