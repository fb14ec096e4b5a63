"""Builds beside each other, the swap, the locks, the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lantai.kernel.errors import Conflict, LantaiError, NotFound, Unavailable
from lantai.kernel.texts import sentence
from lantai.search.engine.index_home import IndexHome
from lantai.search.engine.protocol import Document, Request
from lantai.search.engine.rebuild import Rebuild
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.engine.tantivy_schema import index_name
from tests.search.asking import entries, fill

SMALL = 15_000_000
FREE = 1 << 40


def rebuild(home: Path) -> Rebuild:
    return Rebuild(home, heap=SMALL, threads=1)


def builds(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir() if path.is_dir())


def test_a_build_is_named_by_schema_folding_engine_and_number(home: Path) -> None:
    TantivyEngine.create(home)
    assert builds(home) == [f"{index_name()}-1"]
    assert (home / "current").read_text() == f"{index_name()}-1\n"
    assert index_name().endswith("-0.27.0")


def test_a_rebuild_is_seen_only_when_complete(home: Path) -> None:
    reader = TantivyEngine.create(home)
    fill(reader, entries(10))
    with rebuild(home) as building:
        assert building.add(entries(30)) == []
        assert building.add(entries(35)[20:]) == []
        assert reader.count() == 10
    assert reader.count() == 35
    assert reader.search(Request(acl=None)).total == 35
    assert builds(home) == [f"{index_name()}-2"]


def test_a_first_rebuild_needs_no_index(home: Path) -> None:
    with rebuild(home) as building:
        building.add(entries(5))
    assert TantivyEngine.open(home).count() == 5


def test_wrong_rows_of_a_rebuild_are_handed_back(home: Path) -> None:
    with rebuild(home) as building:
        (rejected,) = building.add([Document(id=0), *entries(3)])
    assert rejected.code == "search.document.id"
    assert TantivyEngine.open(home).count() == 3


def test_an_abandoned_rebuild_changes_nothing(home: Path) -> None:
    reader = TantivyEngine.create(home)
    fill(reader, entries(10))
    with pytest.raises(KeyError), rebuild(home) as building:
        building.add(entries(30))
        raise KeyError
    assert reader.count() == 10
    assert (home / "current").read_text() == f"{index_name()}-1\n"
    reader.upsert(entries(12))
    assert reader.commit() == []
    with Rebuild(home, fresh=True, heap=SMALL, threads=1) as building:
        assert building.last == 0
        building.add(entries(3))
    assert builds(home) == [f"{index_name()}-2"]


def test_a_rebuild_goes_on_where_a_killed_one_was(home: Path) -> None:
    reader = TantivyEngine.create(home)
    program = (
        "import os, sys; from pathlib import Path; from lantai.search.engine.rebuild import Rebuild\n"
        "from tests.search.asking import entries\n"
        "building = Rebuild(Path(sys.argv[1]), note='17', heap=15_000_000, threads=1).__enter__()\n"
        "building.add(entries(20)); building.flush(); building.add(entries(30)); os.kill(os.getpid(), 9)"
    )
    for _ in range(2):
        died = subprocess.run([sys.executable, "-c", program, str(home)], check=False)
        assert died.returncode == -9
        assert len(builds(home)) == 2
        assert reader.count() == 0
    with Rebuild(home, note="99", heap=SMALL, threads=1) as building:
        assert (building.last, building.note) == (20, "17")
        building.add(entries(40)[20:])
    assert len(builds(home)) == 1
    assert list(TantivyEngine.open(home).ids()) == list(range(1, 41))
    with Rebuild(home, note="99", heap=SMALL, threads=1) as building:
        assert (building.last, building.note) == (0, "99")


def test_an_unfinished_build_of_another_version_is_begun_anew(home: Path) -> None:
    fill(TantivyEngine.create(home), entries(3))
    with pytest.raises(KeyError), rebuild(home) as building:
        building.add(entries(2))
        building.flush()
        raise KeyError
    (home / f"{index_name()}-2").rename(home / "1-1.00000000-0.27.0-2")
    with rebuild(home) as building:
        assert building.last == 0
        assert builds(home) == [f"{index_name()}-1", f"{index_name()}-2"]


def test_there_is_one_rebuild_at_a_time(home: Path) -> None:
    with rebuild(home):
        with pytest.raises(Unavailable, match=r"search\.rebuild\.busy"), rebuild(home):
            pass
        with pytest.raises(Unavailable, match=r"search\.rebuild\.busy"):
            TantivyEngine.create(home)


def test_an_index_is_opened_while_it_is_rebuilt(home: Path) -> None:
    fill(TantivyEngine.create(home), entries(3))
    with rebuild(home):
        assert TantivyEngine.create(home).count() == 3


def test_a_full_disk_refuses_to_rebuild(home: Path) -> None:
    fill(TantivyEngine.create(home), entries(10))
    size = IndexHome(home, index_name()).size()
    assert size > 0
    with pytest.raises(Unavailable, match=r"search\.disk\.full") as refused:
        Rebuild(home, margin=5, free=lambda _: 2 * size + 4).__enter__()
    assert "磁盘空间不足" in sentence(refused.value)
    assert builds(home) == [f"{index_name()}-1"]
    with Rebuild(home, heap=SMALL, threads=1, margin=5, free=lambda _: 2 * size + 5):
        pass
    assert builds(home) == [f"{index_name()}-2"]


def test_a_disk_that_fills_up_loses_nothing(home: Path) -> None:
    TantivyEngine.create(home).close()
    left = [FREE]
    engine = TantivyEngine(IndexHome(home, index_name(), margin=100, free=lambda _: left[0]))
    fill(engine, entries(3))
    left[0] = 99
    engine.upsert(entries(5))
    with pytest.raises(Unavailable, match=r"search\.disk\.full"):
        engine.commit()
    assert engine.count() == 3
    left[0] = FREE
    assert engine.commit() == []
    assert engine.count() == 5


def test_a_second_writer_is_told_that_it_is_busy_and_can_go_on_later(home: Path) -> None:
    first, second = TantivyEngine.create(home), TantivyEngine.open(home)
    fill(first, entries(3))
    second.upsert(entries(5))
    with pytest.raises(Unavailable, match=r"search\.writer\.busy"):
        second.commit()
    first.close()
    assert second.commit() == []
    assert first.count() == 5


def test_a_writer_is_told_once_that_the_index_was_rebuilt(home: Path) -> None:
    writer = TantivyEngine.create(home)
    fill(writer, entries(10))
    with rebuild(home) as building:
        building.add(entries(8))
        fill(writer, [Document(id=50, title="其间")])
    writer.upsert([Document(id=51, title="其后")])
    with pytest.raises(Conflict, match=r"search\.index\.moved"):
        writer.commit()
    writer.upsert([Document(id=50, title="其间")])
    assert writer.commit() == []
    assert list(writer.ids()) == [*range(1, 9), 50, 51]


@pytest.mark.parametrize("told", ["0-0.00000000-0.26.0-7", "1-1.00000000-0.27.0-1"])
def test_an_index_of_another_version_is_not_read(home: Path, told: str) -> None:
    TantivyEngine.create(home)
    (home / f"{index_name()}-1").rename(home / told)
    (home / "current").write_text(told)
    for make in (TantivyEngine.open, TantivyEngine.create):
        with pytest.raises(Conflict, match=r"search\.index\.outdated"):
            make(home)
    with rebuild(home) as building:
        building.add(entries(2))
    assert TantivyEngine.open(home).count() == 2
    assert builds(home) == [f"{index_name()}-{int(told[-1]) + 1}"]


@pytest.mark.parametrize("told", ["", "gone", "../elsewhere"])
def test_a_pointer_to_nothing_is_no_index(home: Path, told: str) -> None:
    engine = TantivyEngine.create(home)
    (home / "current").write_text(told)
    os.utime(home / "current", ns=(1, 1))
    with pytest.raises(NotFound):
        engine.count()


def test_a_damaged_index_is_an_error_with_advice(home: Path) -> None:
    TantivyEngine.create(home)
    (home / f"{index_name()}-1" / "meta.json").write_text("{")
    with pytest.raises(LantaiError) as damaged:
        TantivyEngine.open(home)
    assert damaged.value.code == "search.engine.failed"
    assert "lantai rebuild index" in sentence(damaged.value)


def test_adding_outside_of_the_statement_is_a_programming_error(home: Path) -> None:
    with pytest.raises(RuntimeError):
        Rebuild(home).add([])
