"""What every engine promises where lists are long: equal scores, cursors while others write, some entries only."""

from __future__ import annotations

from typing import Any

import pytest

from lantai.search.engine.protocol import Among, Document, Engine, Request
from tests.search.asking import fill

TITLE = "关于召开安全生产工作会议的通知"


def alike(first: int, last: int) -> list[Document]:
    """Return entries that no score can tell apart but by their years, which repeat."""
    return [
        Document(id=i, title=TITLE, year=1950 + i % 3, date=19500101 + i % 2, ref=f"R{i % 7}", acl=1)
        for i in range(first, last + 1)
    ]


def walk(engine: Engine, **more: Any) -> list[int]:
    """Return the ids of all pages by offset."""
    found: list[int] = []
    while page := engine.search(Request(acl=None, offset=len(found), limit=10, **more)).hits:
        found += [hit.id for hit in page]
    return found


@pytest.mark.parametrize("text", ["", "安全生产", "-没有", "题名:会议"])
def test_pages_of_equal_scores_neither_repeat_nor_lose_any(engine: Engine, text: str) -> None:
    for start in range(1, 901, 100):
        fill(engine, alike(start, start + 99))
    found = walk(engine, text=text)
    assert sorted(found) == list(range(1, 901))
    hits = engine.search(Request(acl=None, text=text, limit=900)).hits
    assert [hit.id for hit in hits] == found
    assert list(hits) == sorted(hits, key=lambda hit: (-hit.score, hit.id))


def test_the_order_of_equal_scores_does_not_hang_on_the_order_of_writing(engine: Engine) -> None:
    for start in (301, 1, 201, 101):
        fill(engine, alike(start, start + 99))
    before = walk(engine, text="安全生产")
    for start in (1, 201, 301, 101):
        fill(engine, alike(start, start + 99))
    assert walk(engine, text="安全生产") == before


@pytest.mark.parametrize("sort", ["date", "-date", "ref"])
def test_a_list_gone_through_by_cursors_misses_nothing_while_others_write(engine: Engine, sort: Any) -> None:
    fill(engine, alike(1, 120))
    seen: list[int] = []
    after = None
    for turn in range(100):
        page = engine.search(Request(acl=None, sort=sort, limit=13, after=after))
        seen += [hit.id for hit in page.hits]
        after = page.cursor
        if after is None:
            break
        engine.delete([1000 + turn - 1])
        fill(engine, [Document(id=1000 + turn, title=TITLE, date=19500101, ref="R3")])
    assert sorted(i for i in seen if i < 1000) == list(range(1, 121))
    assert len(seen) == len(set(seen))


def test_some_entries_are_asked_for_by_batch_or_id(engine: Engine) -> None:
    fill(
        engine,
        [
            Document(id=i, title="水库移民", batch=f"b{i % 3}" if i < 8 else "", acl=1 + i % 2)
            for i in range(1, 10)
        ],
    )

    def found(among: Among, **more: Any) -> set[int]:
        result = engine.search(Request(**{"acl": None, "text": "移民", "among": among} | more))
        assert result.total == len(result.hits)
        return {hit.id for hit in result.hits}

    assert found(Among()) == set()
    assert found(Among(frozenset({"b1"}))) == {1, 4, 7}
    assert found(Among(frozenset({""}))) == set()
    assert found(Among(frozenset({"b1", "b2"}), frozenset({9, 77, 2**70}))) == {1, 4, 7, 2, 5, 9}
    assert found(Among(frozenset({"b1"}), frozenset({8})), acl=frozenset({2})) == {1, 7}
    assert found(Among(frozenset(f"x{n}" for n in range(100)), frozenset(range(3, 60)))) == set(range(3, 10))
    assert found(Among(frozenset({"b1"})), text="水库 -移民") == set()
