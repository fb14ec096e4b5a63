"""The five sharp edges of tantivy-py 0.27.0: each is real, and the engine does not cut itself.

Where the bare library is shown to behave badly and one day does not, the guard may be taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
import tantivy

from lantai.kernel.errors import Unavailable
from lantai.search.engine import tantivy_writer
from lantai.search.engine.protocol import Document, Rejected, Request
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.engine.tantivy_query import term
from lantai.search.engine.tantivy_schema import Fields, rows, schema, tantivy_document, tie
from lantai.search.engine.tantivy_writer import Writer, engine_errors
from tests.search.asking import fill, found

BAD = 13


@pytest.fixture
def index(home: Path) -> TantivyEngine:
    return TantivyEngine.create(home)


def titles(first: int, last: int) -> list[Document]:
    return [Document(id=i, title=f"档案{i}", year=2015) for i in range(first, last + 1)]


def ids(index: TantivyEngine) -> list[int]:
    return list(index.ids())


def test_the_version_is_the_one_that_was_explored() -> None:
    assert version("tantivy") == "0.27.0"


class TestFirstEdgeDeletingByAnUnsignedTermDeletesNothing:
    def test_it_is_so(self) -> None:
        builder = tantivy.SchemaBuilder().add_unsigned_field("id", indexed=True, fast=True)
        unsigned = builder.build()
        bare = tantivy.Index(unsigned)
        writer = bare.writer(15_000_000, 1)
        writer.add_document(tantivy.Document.from_dict({"id": 5}, unsigned))
        writer.commit()
        writer.delete_documents_by_term("id", 5)
        writer.commit()
        bare.reload()
        assert bare.searcher().num_docs == 1

    def test_we_replace_and_delete(self, index: TantivyEngine) -> None:
        for _ in range(3):
            fill(index, titles(1, 3))
        assert ids(index) == [1, 2, 3]
        index.delete([2, 3])
        index.commit()
        assert (ids(index), index.count()) == ([1], 1)


class TestSecondEdgeAfterAFailedCommitDocumentsVanish:
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda: tantivy.Document(id=BAD, year="x"),
            lambda: tantivy.Document(id=-BAD, year=-1.5),
            lambda: tantivy.Document(id=2**63 + 5),
            lambda: tantivy.Document(id="13"),
        ],
    )
    def test_the_bad_row_stands_alone(
        self,
        index: TantivyEngine,
        monkeypatch: pytest.MonkeyPatch,
        spoil: Callable[[], tantivy.Document],
    ) -> None:
        fill(index, titles(1, 5))
        self.spoil(monkeypatch, spoil)
        assert index.upsert(titles(4, 30)) == []
        (rejected,) = index.commit()
        assert (rejected.id, rejected.code) == (BAD, "search.document.engine")
        expected = [i for i in range(1, 31) if i != BAD]
        assert ids(index) == expected
        monkeypatch.undo()
        fill(index, titles(31, 60))
        assert ids(index) == expected + list(range(31, 61))

    def test_several_bad_rows_and_a_deletion(
        self, index: TantivyEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(index, titles(1, 5))

        def spoiled(row: Fields) -> tantivy.Document:
            if int(row["id"]) % 10 == 3:
                raise ValueError("no")
            return tantivy_document(row)

        monkeypatch.setattr(tantivy_writer, "tantivy_document", spoiled)
        index.upsert(titles(3, 25))
        index.delete([1])
        assert index.commit() == [Rejected(i, "search.document.engine", "no") for i in (3, 13, 23)]
        assert ids(index) == [i for i in range(2, 26) if i not in (13, 23)]
        assert found(index, '题名:"档案3"') == {3}

    def test_what_the_engine_swallows_is_noticed(
        self, index: TantivyEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def forgetful(writer: Writer, row: Fields) -> None:
            if row["id"] != BAD:
                writer._writer.add_document(tantivy_document(row))

        monkeypatch.setattr(Writer, "_add", forgetful)
        index.upsert(titles(1, 20))
        assert index.commit() == [Rejected(BAD, "search.document.engine", "0 of 1 documents are stored")]
        assert index.count() == 19

    @staticmethod
    def spoil(monkeypatch: pytest.MonkeyPatch, made: Callable[[], tantivy.Document]) -> None:
        def spoiled(row: Fields) -> tantivy.Document:
            return made() if row["id"] == BAD else tantivy_document(row)

        monkeypatch.setattr(tantivy_writer, "tantivy_document", spoiled)


class TestThirdEdgePanicsAreNoExceptions:
    def test_a_panic_is_turned_into_an_error(self, index: TantivyEngine) -> None:
        bare = tantivy.Index(schema())
        with pytest.raises(Unavailable, match="panic"), engine_errors():
            bare.searcher().search(tantivy.Query.all_query(), limit=0)

    @pytest.mark.parametrize("text", ["", "水", "水库", "水库移", "档号:水", "责任者:库", "，"])
    @pytest.mark.parametrize("limit", [0, 1])
    def test_no_request_panics(self, index: TantivyEngine, text: str, limit: int) -> None:
        for _ in range(2):
            for sort in ("relevance", "date", "-date", "ref"):
                index.search(Request(text=text, acl=None, limit=limit, sort=sort, facets=("fonds",)))
            fill(index, titles(1, 3))


class TestFourthEdgeShortFacetsCountWrongly:
    @pytest.mark.parametrize("values", [200, 1_000, 2_500])
    def test_every_value_is_counted_exactly(self, index: TantivyEngine, values: int) -> None:
        copies = 3
        for copy in range(copies):
            fill(index, [Document(id=copy * values + i + 1, fonds=f"F{i:04d}") for i in range(values)])
        facets = index.search(Request(acl=None, facets=("fonds", "year"))).facets
        assert [(f.value, f.count) for f in facets["fonds"]] == [(f"F{i:04d}", copies) for i in range(values)]
        assert facets["year"] == ()

    def test_more_values_than_can_be_counted_are_an_error(
        self, index: TantivyEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("lantai.search.engine.tantivy_facets._BUCKETS", (2, 4))
        fill(index, [Document(id=i, fonds=f"F{i}") for i in range(1, 6)])
        with pytest.raises(Unavailable, match=r"search\.facet\.wide"):
            index.search(Request(acl=None, facets=("fonds",)))


class TestFifthEdgeUnknownFieldsPassSilently:
    def test_it_is_so(self) -> None:
        assert tantivy.Document.from_dict({"nosuch": "x"}, schema()).num_fields == 0

    def test_every_field_we_write_is_in_the_schema(self) -> None:
        full = Document(
            id=1,
            title="题",
            author="者",
            keywords="词",
            note="注",
            text=("页",),
            ref="1",
            doc_number="2",
            fonds="3",
            type="4",
            year=5,
            retention="6",
            open="7",
            level="8",
            unit="9",
            acl=10,
            date=11,
            sort_ref="12",
            batch="13",
        )
        (row,) = rows([full])
        assert len(row) == 24
        assert row.pop("tie") == tie(full)
        for name, value in row.items():
            assert not isinstance(value, float)
            term(name, value)
        with pytest.raises(ValueError, match="nosuch"):
            term("nosuch", "x")

    def test_a_number_in_a_text_field_is_handed_back(self, index: TantivyEngine) -> None:
        wrong = Document(id=1, title=5)  # type: ignore[arg-type]
        assert index.upsert([wrong]) == [Rejected(1, "search.document.field", "title")]
