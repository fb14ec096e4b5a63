"""Rebuilding the index: killed at any moment it goes on, and what happened meanwhile is not lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.holdings import queries as holdings
from lantai.holdings.services import revise
from lantai.ledger.models import Entry
from lantai.search.engine import rebuild as engine_rebuild
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.queries import Question, indexed, lag, search
from lantai.search.services import rebuild
from lantai.search.services import rebuild as service
from lantai.site.work import settle
from tests.pages import library
from tests.search import rebuild_me

SMALL = 10


class Stopped(BaseException):
    """What a process that is being ended looks like from inside."""


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are read, and stored durably, by tens."""
    monkeypatch.setattr(sys.modules[service.__module__], "CHUNK", SMALL)
    monkeypatch.setattr(engine_rebuild, "_COMMIT", SMALL)


def test_a_stopped_rebuild_goes_on_and_forgets_nothing_that_happened(
    cast: dict[str, Actor], slow: None
) -> None:
    library.many(35)
    seen: list[int] = []

    def stop(done: int, total: int) -> None:
        seen.append(done)
        if done >= 20:
            raise Stopped

    with pytest.raises(Stopped):
        rebuild(SYSTEM, stop)
    assert indexed() == 35
    early = holdings.record(SYSTEM, "Z109-WS·2011·Y-0003")
    revise(cast["陆安"], early.urn, {"title": "改过的题名"}, version=1)
    library.add([_one("Z110-WS·2011·Y-0001", "其间著录")])
    settle()
    told = rebuild(SYSTEM, lambda done, total: seen.append(done))
    assert (told.kept, told.records, told.rejected) == (20, 36, 0)
    assert seen == [10, 20, 30, 36]
    assert indexed() == 36 and lag().entries == 0
    assert search(SYSTEM, Question(text="改过的题名")).total == 1
    assert search(SYSTEM, Question(text="其间著录")).total == 1
    assert rebuild(SYSTEM).kept == 0


def test_what_was_begun_is_thrown_away_when_asked(cast: dict[str, Actor], slow: None) -> None:
    library.many(25)

    def stop(done: int, total: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        rebuild(SYSTEM, stop)
    assert rebuild(SYSTEM, fresh=True).kept == 0
    assert indexed() == 25


def test_a_follower_that_never_ran_need_not_do_again_what_a_rebuild_did(cast: dict[str, Actor]) -> None:
    from lantai.ledger.models import Position

    library.many(5)
    Position.objects.all().delete()
    rebuild(SYSTEM)
    assert lag().entries == 0 and indexed() == 5


def _one(ref: str, title: str) -> library.Description:
    return library.Description(
        library.urn_of(ref), ref, "item", "WS", ref[:4], library.values(ref, title, open_status="开放")
    )


@pytest.mark.slow
def test_killed_again_and_again_it_comes_to_the_same_index(tmp_path: Path) -> None:
    place = tmp_path / "index"
    starts: list[int] = []
    for _ in range(60):
        command = [sys.executable, rebuild_me.__file__, str(place)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            starts.append(int(process.stdout.readline().split()[1]))
            said = [process.stdout.readline() for _ in range(3)]
            if said[-1].startswith("done") or not said[-1]:
                process.wait(60)
                break
            process.send_signal(signal.SIGKILL)
    assert len(starts) > 3 and starts == sorted(starts) and starts[-1] > 0
    assert list(TantivyEngine.open(place).ids()) == list(range(1, rebuild_me.ENTRIES + 1))
    fresh = tmp_path / "fresh"
    rebuild_me.build(fresh)
    for text in ("移民", "档号:0001*", "第77号"):
        asked = rebuild_me.asked(text)
        mended, whole = TantivyEngine.open(place).search(asked), TantivyEngine.open(fresh).search(asked)
        assert (mended.total, mended.facets, mended.hits) == (whole.total, whole.facets, whole.hits)


def test_the_home_of_the_index_is_that_of_the_site(cast: dict[str, Actor]) -> None:
    rebuild(SYSTEM)
    assert (home().index / "current").exists()


def test_an_index_of_another_release_is_told_of_and_built_anew_by_init(
    cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantai.cli.site import init_site
    from lantai.search.engine import index_home
    from lantai.search.index import close_all
    from lantai.site.doctor import examine

    library.many(3)
    close_all()
    pointer = home().index / index_home.POINTER
    build = home().index / pointer.read_text("utf-8").strip()
    build.rename(build.with_name(f"1-{build.name.partition('-')[2]}"))
    pointer.write_text(f"1-{build.name.partition('-')[2]}", "utf-8")
    [look] = [look for look in examine() if look.what == "索引"]
    assert (look.ok, look.mend) == (False, "lantai rebuild index") and "另一版本" in look.found
    init_site("云岭区档案馆")
    assert indexed() == 3 and not [look for look in examine() if look.what == "索引" and not look.ok]
    before = Entry.objects.filter(act="search.index.rebuild").count()
    init_site("云岭区档案馆")
    assert Entry.objects.filter(act="search.index.rebuild").count() == before == 1
