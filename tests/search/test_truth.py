"""The index against brute force, with whatever can be invented."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import opencc
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.search.engine.folding import canon
from lantai.search.engine.memory_engine import MemoryEngine
from lantai.search.engine.protocol import FILTERS, Document, Engine, Request, Result
from lantai.search.engine.tantivy_engine import TantivyEngine
from tests.search.asking import ALPHABET, entries, fill, found

CHARACTERS = ALPHABET + " 　，·-〔〕"
TEXTS = st.text(CHARACTERS, max_size=16)
PAGES = st.lists(TEXTS, max_size=3).map(tuple)
TO_TRADITIONAL = opencc.OpenCC("s2t").convert
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

DOCUMENTS = st.lists(
    st.builds(
        lambda **told: Document(**told),  # of a named tuple it would invent what is not said here, too
        id=st.integers(1, 30),
        title=TEXTS,
        author=TEXTS,
        keywords=TEXTS,
        note=TEXTS,
        text=PAGES,
        ref=st.text("0123WSY·-.", max_size=12),
        doc_number=st.text("云政发〔〕[]0123号-", max_size=12),
        fonds=st.sampled_from(["0001", "0002", "", "甲 乙"]),
        type=st.sampled_from(["WS", "ZP"]),
        year=st.sampled_from([0, 1998, 2015, 2016]),
        open=st.sampled_from(["开放", "控制", ""]),
        acl=st.sampled_from([None, 1, 2, 3]),
        date=st.sampled_from([0, 19980101, 20150304, 20150305]),
    ),
    max_size=25,
)


@contextmanager
def both(*batches: list[Document]) -> Iterator[tuple[Engine, Engine]]:
    """Give an index and the truth, filled alike; the last batch is committed on its own."""
    with tempfile.TemporaryDirectory() as folder:
        index, truth = TantivyEngine.create(Path(folder) / "index"), MemoryEngine()
        for batch in batches:
            fill(index, batch)
            fill(truth, batch)
        yield index, truth
        index.close()


def comparable(result: Result) -> tuple[int, set[int], object]:
    return result.total, {hit.id for hit in result.hits}, result.facets


@st.composite
def queries(draw: st.DrawFn, documents: list[Document]) -> str:
    """Draw a line of words, most of them cut out of the documents and respelled."""
    words = []
    for _ in range(draw(st.integers(1, 3))):
        document = draw(st.sampled_from(documents))
        source = draw(st.sampled_from([document.title, document.ref, document.doc_number, *document.text]))
        start = draw(st.integers(0, len(source)))
        piece = source[start : start + draw(st.integers(1, 12))].strip() or draw(
            st.text(CHARACTERS, max_size=3)
        )
        respelled = draw(st.sampled_from([str, TO_TRADITIONAL, lambda s: s.translate(WIDE), " ".join]))(piece)
        quoted = f'"{respelled}"' if draw(st.booleans()) else respelled
        where = draw(st.sampled_from(["", "", "", "-", "档号:", "文号:", "题名:", "全文:", "-档号:"]))
        star = draw(st.sampled_from(["", "", "*"]))
        words.append(where + quoted + star)
    return draw(st.sampled_from([" ", " OR "])).join(words)


@settings(max_examples=60, deadline=None)
@given(st.data(), DOCUMENTS.filter(bool), DOCUMENTS)
def test_the_index_finds_what_is_there_and_nothing_else(
    data: st.DataObject, first: list[Document], second: list[Document]
) -> None:
    with both(first, second) as (index, truth):
        assert list(index.ids()) == list(truth.ids())
        for _ in range(8):
            text = data.draw(queries(first + second))
            request = Request(text=text, acl=None, limit=100, facets=FILTERS)
            assert comparable(index.search(request)) == comparable(truth.search(request))


@settings(max_examples=30, deadline=None)
@given(st.data(), DOCUMENTS.filter(bool))
def test_nothing_outside_the_access_classes_is_ever_returned_or_counted(
    data: st.DataObject, documents: list[Document]
) -> None:
    with both(documents) as engines:
        last = {document.id: document for document in documents}
        for _ in range(8):
            acl = data.draw(st.frozensets(st.integers(0, 4)))
            request = Request(
                text=data.draw(st.one_of(st.just(""), queries(documents))),
                acl=acl,
                filters=data.draw(
                    st.dictionaries(
                        st.just("fonds"), st.frozensets(st.sampled_from(["0001", "0002", "甲 乙"]))
                    )
                ),
                year_from=data.draw(st.sampled_from([None, 1998, 2016])),
                facets=FILTERS,
                sort=data.draw(st.sampled_from(["relevance", "date", "-date", "ref"])),
                offset=data.draw(st.integers(0, 3)),
            )
            allowed = {d.id for d in last.values() if d.acl is not None and d.acl in acl}
            results = [engine.search(request) for engine in engines]
            for result in results:
                assert {hit.id for hit in result.hits} <= allowed
                assert result.total <= len(allowed)
                for name, facets in result.facets.items():
                    for facet in facets:
                        own = [i for i in allowed if getattr(last[i], name) == facet.value]
                        assert 0 < facet.count <= len(own)
            assert results[0].total == results[1].total
            assert results[0].facets == results[1].facets
            if request.sort != "relevance":
                assert results[0].hits == results[1].hits


def test_recall_is_complete_in_every_spelling() -> None:
    documents = entries(400)
    with both(documents[:250], documents[250:]) as (index, _):
        for document in documents[::3]:
            for length in (2, 3, 4, 5, 8):
                piece = canon(document.title)[1 : 1 + length]
                if len(piece) < 2:
                    continue
                expected = {d.id for d in documents if piece in _anywhere(d)}
                for spelled in (piece, TO_TRADITIONAL(piece), piece.translate(WIDE), f'"{" ".join(piece)}"'):
                    assert found(index, spelled) == expected, (spelled, document)


def _anywhere(document: Document) -> str:
    """Return all that is searched, written out without the engine's help."""
    d = document
    return "|".join(map(canon, (d.title, d.author, d.keywords, d.note, *d.text, d.ref, d.doc_number)))
