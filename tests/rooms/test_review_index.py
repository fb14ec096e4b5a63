"""Rebuilding the index while the worker writes to it; files that give no text."""

from __future__ import annotations

import threading
from pathlib import Path

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.holdings import queries as holdings
from lantai.ingest.services import register_catalogue
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.queries import Question, indexed, search
from lantai.search.services import documents, rebuild
from lantai.site.work import settle
from tests.rooms.test_review_belonging import _entry


def _lists(count: int) -> None:
    refs = [f"Z109-WS·2001·Y-{number:04d}" for number in range(1, count + 1)]
    register_catalogue(SYSTEM, [_entry(ref) for ref in refs], source="旧目录")
    settle()


def test_a_rebuild_waits_for_a_follower_that_writes(cast: dict[str, Actor], tmp_path: Path) -> None:
    _lists(3)
    swapped, ready = threading.Event(), threading.Event()

    def follower() -> None:
        with held("follower-search") as got:
            assert got
            ready.set()
            swapped.wait(20)
            mine = TantivyEngine.open(home().index)
            mine.upsert(documents.documents([holdings.record(SYSTEM, "Z109-WS·2001·Y-0001")]))
            mine.commit()
            timer = threading.Event()
            timer.wait(0.5)
            mine.close()

    thread = threading.Thread(target=follower)
    thread.start()
    ready.wait(10)

    def told(done: int, total: int) -> None:
        if done == total:
            swapped.set()

    rebuilt = rebuild(SYSTEM, told)
    thread.join()
    assert (rebuilt.records, indexed()) == (3, 3)
    assert search(SYSTEM, Question(text="旧目录")).total == 3
