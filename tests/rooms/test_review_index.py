"""Rebuilding the index while the worker writes to it; files that give no text."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lantai.access.queries import reading
from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.catalogue.services import register_catalogue
from lantai.cli.holdings import shown_values
from lantai.holdings import indexing
from lantai.holdings import queries as holdings
from lantai.ingest import queries
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.queries import Question, indexed, search
from lantai.search.services import documents, rebuild
from lantai.site.work import settle
from tests.packages import package
from tests.rooms.test_review_belonging import _entry


def _lists(count: int) -> None:
    refs = [f"Z109-WS·2001·Y-{number:04d}" for number in range(1, count + 1)]
    register_catalogue(SYSTEM, [_entry(ref) for ref in refs], source="旧目录")
    settle()


def test_a_rebuild_waits_for_a_follower_that_writes(cast: dict[str, Actor], tmp_path: Path) -> None:
    _lists(3)
    swapped, ready = threading.Event(), threading.Event()
    wrote: list[object] = []

    def follower() -> None:
        with held("follower-search") as got:
            assert got
            ready.set()
            swapped.wait(20)
            mine = TantivyEngine.open(home().index)
            [rows] = indexing.rows_of([holdings.record(SYSTEM, "Z109-WS·2001·Y-0001").id])
            wrote.append((mine.upsert(documents.documents(rows)), mine.commit()))
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
    assert wrote == [([], [])], "the follower did write"
    assert (rebuilt.records, indexed()) == (3, 3)
    assert search(SYSTEM, Question(text="旧目录")).total == 3


def _closed(cast: dict[str, Actor], folder: Path) -> None:
    """Bring a package to its end."""
    number = submit(cast["沈文"], "MZJ", package(folder))
    settle()
    sign_waiting(cast["陆安"], number, note="已核对")
    accept(cast["陆安"], number)
    settle()
    assert queries.transfer(SYSTEM, number).state == "closed"


@pytest.mark.parametrize("problem", [RecursionError("deep"), OSError(5, "Input/output error")])
def test_a_file_that_breaks_the_reader_stops_no_index_and_is_read_again(
    cast: dict[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    from lantai.search.services import texts

    def breaks(path: Path, form: object, limit: int) -> list[str]:
        raise problem

    with monkeypatch.context() as broken:
        broken.setattr(texts, "extract_text", breaks)
        _closed(cast, tmp_path)
    assert search(SYSTEM, Question(text="件正文")).total == 0
    rebuild(SYSTEM)
    assert search(SYSTEM, Question(text="件正文")).total == 3


def test_the_public_is_shown_public_elements_alone(cast: dict[str, Actor]) -> None:
    ref = "Z109-WS·2001·Y-0001"
    register_catalogue(SYSTEM, [_entry(ref, open_status="开放", persons="张三")], source="旧目录")
    assert "persons" in shown_values(reading(SYSTEM, ref))
    told = shown_values(reading(PUBLIC, ref))
    assert "persons" not in told
    assert told["ref"] == ref
