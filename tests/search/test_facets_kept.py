"""Counts of facets are kept for who turns pages, and never shown to anybody else, nor when they are old."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from lantai.search.engine import tantivy_facets
from lantai.search.engine.protocol import FILTERS, Document, Request, Sort, Value
from lantai.search.engine.tantivy_engine import TantivyEngine
from tests.search.asking import fill

CLASSES = (frozenset({1}), frozenset({2}), frozenset({1, 2}), frozenset[int](), None)


@pytest.fixture
def index(home: Path, monkeypatch: pytest.MonkeyPatch) -> TantivyEngine:
    monkeypatch.setattr(tantivy_facets, "MANY", 1)
    engine = TantivyEngine.create(home)
    fill(engine, [entry(number) for number in range(1, 121)])
    engine.close()
    return engine


def entry(number: int) -> Document:
    return Document(
        id=number,
        title="档案工作" if number % 3 else "水库工程",
        fonds=f"F{number % 5}",
        year=2000 + number % 7,
        acl=number % 2 + 1,
    )


def questions() -> list[Request]:
    filters: tuple[dict[str, frozenset[Value]], ...] = (
        {},
        {"fonds": frozenset({"F1"})},
        {"fonds": frozenset({"F1", "F2"})},
    )
    sorts: tuple[Sort, ...] = ("relevance", "ref")
    return [
        Request(acl=acl, text=text, filters=chosen, year_from=low, facets=FILTERS, sort=sort)
        for acl, text, chosen, low, sort in product(
            CLASSES, ("", "档案", "水库"), filters, (None, 2003), sorts
        )
    ]


def test_what_is_kept_is_what_would_be_counted(index: TantivyEngine, home: Path) -> None:
    for request in questions() * 2:
        fresh = TantivyEngine.open(home).search(request)
        assert index.search(request).facets == fresh.facets, request


def test_nobody_is_shown_the_counts_of_other_classes(index: TantivyEngine) -> None:
    seen = {acl: index.search(Request(acl=acl, facets=("fonds",))).facets["fonds"] for acl in CLASSES}
    assert {acl: sum(facet.count for facet in values) for acl, values in seen.items()} == {
        frozenset({1}): 60,
        frozenset({2}): 60,
        frozenset({1, 2}): 120,
        frozenset(): 0,
        None: 120,
    }


def test_a_commit_lets_go_of_what_was_counted(index: TantivyEngine, home: Path) -> None:
    request = Request(acl=frozenset({1}), text="档案", facets=("fonds",))
    before = sum(facet.count for facet in index.search(request).facets["fonds"])
    writer = TantivyEngine.open(home)
    fill(writer, [Document(id=500, title="档案", fonds="F1", acl=1)])
    assert sum(facet.count for facet in index.search(request).facets["fonds"]) == before + 1
    writer.delete([500])
    writer.commit()
    writer.close()
    assert sum(facet.count for facet in index.search(request).facets["fonds"]) == before


def test_only_the_latest_are_kept(index: TantivyEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tantivy_facets, "KEPT", 2)
    for request in questions():
        index.search(request)
    assert len(index._fresh().facets._kept) == 2
