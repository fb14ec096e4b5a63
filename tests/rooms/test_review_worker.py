"""What a hostile reader looked for in the worker: one bad transfer, hot loops, a second process at work."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.locks import busy, held
from lantai.ingest import queries
from lantai.ingest.models import State
from lantai.ingest.services import submit
from lantai.ingest.steps import advance_all
from lantai.ingest.workspace import workspace
from lantai.ledger import queries as ledger
from lantai.ledger.services import Follower, register
from lantai.site.work import Patience, settle, work_once
from tests.packages import package


def _lost(cast: dict[str, Actor], folder: Path) -> str:
    """Return the number of a transfer whose next step fails with an error that nobody foresaw."""
    number = submit(cast["沈文"], "MZJ", package(folder / "lost"))
    row = queries.transfer(SYSTEM, number)
    root = workspace(row.uuid).root
    root.mkdir(parents=True, exist_ok=True)
    (root / "container.json").write_text("[]", "utf-8")
    return number


def test_one_bad_transfer_does_not_stop_the_others(cast: dict[str, Actor], tmp_path: Path) -> None:
    bad = _lost(cast, tmp_path)
    good = submit(cast["沈文"], "MZJ", package(tmp_path / "good"))
    settle()
    assert queries.transfer(SYSTEM, good).state == State.CHECKING
    stuck = queries.transfer(SYSTEM, bad)
    assert stuck.state == State.SUBMITTED
    assert stuck.progress
    assert stuck.progress.problem
    assert stuck.progress.problem["code"] == "ingest.step.broken"


def test_a_failing_transfer_counts_as_nothing_done_and_rests(cast: dict[str, Actor], tmp_path: Path) -> None:
    bad = _lost(cast, tmp_path)
    patience = Patience()
    work_once(patience)
    assert bad in patience.resting()
    assert work_once(patience) == 0, "a worker that calls this done spins"
    assert advance_all(patience.resting()).failed == ()
    assert Patience(0).resting() == frozenset()


def test_a_full_disk_that_cannot_even_be_told_stops_nobody(
    cast: dict[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantai.ingest.workspace import Workspace

    def full(place: Workspace, step: str, problem: object) -> None:
        raise OSError(28, "No space left on device")

    bad = _lost(cast, tmp_path)
    good = submit(cast["沈文"], "MZJ", package(tmp_path / "good"))
    monkeypatch.setattr(Workspace, "stuck", full)
    assert advance_all().failed == (bad,)
    assert queries.transfer(SYSTEM, good).state == State.CHECKING


def test_the_command_line_waits_for_the_worker_that_was_quicker(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    number = submit(cast["沈文"], "MZJ", package(tmp_path))
    uuid = queries.transfer(SYSTEM, number).uuid
    came, go = threading.Event(), threading.Event()

    def worker() -> None:
        with held(f"transfer-{uuid}") as got:
            assert got
            came.set()
            go.wait(10)

    thread = threading.Thread(target=worker)
    thread.start()
    came.wait(10)
    assert busy(f"transfer-{uuid}")
    threading.Timer(0.5, go.set).start()
    settle()
    thread.join()
    assert queries.transfer(SYSTEM, number).state == State.CHECKING


def test_while_a_thread_imports_followers_take_a_portion_each(cast: dict[str, Actor]) -> None:
    portions: list[int] = []
    register(Follower("sharing", lambda entries: portions.append(len(entries)), batch=2))
    sharing = threading.Event()
    sharing.set()
    work_once(importing=False, sharing=sharing)
    assert portions == [2], "the other worker has the index"
    sharing.clear()
    work_once(importing=False, sharing=sharing)
    assert sum(portions) == ledger.size()
