"""Strings made to break things, as titles and as queries: no exception but a coded one, no markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lantai.search.engine.folding import canon
from lantai.search.engine.highlight import marked, snippets
from lantai.search.engine.protocol import FILTERS, Document, Engine, Request
from lantai.search.engine.query import parse, wanted
from tests.corpora import need
from tests.search.asking import fill, found

OWN = (
    "\ud800\udc00",
    "\x00\x01\x02",
    "档\x01案",
    "'; DROP TABLE x; --",
    "t:档案 AND (u:水*)",
    "/.*/ [a-z]{1,1000} (((",
    "\\",
    "-" * 500,
    '"' * 500,
    "|" * 60,
    "档号:.*",
    "档号:\\",
    "\U0010ffff\U000f0000\ue000",
    "\u202e档案\u202c",
)


@pytest.fixture(scope="module")
def strings() -> list[str]:
    listed: list[str] = json.loads((need("12-hostile-strings") / "blns-half.json").read_text("utf-8"))
    return [*listed, *OWN]


def documents(strings: list[str]) -> list[Document]:
    return [
        Document(id=i, title=s, author=s, keywords=s, note=s, text=(s, s), ref=s, doc_number=s, sort_ref=s)
        for i, s in enumerate(strings, 1)
    ]


def test_every_string_can_be_indexed_and_asked(engine: Engine, strings: list[str]) -> None:
    fill(engine, documents(strings))
    assert engine.count() == len(strings)
    for typed in strings:
        for where in ("", "档号:", "-", '"'):
            for sort in ("relevance", "ref"):
                engine.search(Request(text=where + typed, acl=frozenset({1}), facets=FILTERS, sort=sort))
        engine.search(Request(acl=None, filters={"fonds": frozenset({typed}), "year": frozenset({typed})}))


def test_every_string_finds_itself(engine: Engine, strings: list[str]) -> None:
    fill(engine, documents(strings))
    for identity, typed in enumerate(strings, 1):
        whole = canon(typed)
        assert (identity in found(engine, f'"{typed.replace(chr(34), "")}"')) == bool(whole)


def test_no_markup_comes_out_of_highlights(strings: list[str]) -> None:
    for text in strings:
        for typed in strings:
            terms = wanted(parse(typed).node)
            pieces = [marked(text, terms), *(snippet.html() for snippet in snippets(text, terms))]
            for piece in pieces:
                assert not re.search("[<>\"']|&(?!(amp|lt|gt|quot|#x27);)", re.sub("</?mark>", "", piece))


def test_the_case_list_is_indexed(engine: Engine) -> None:
    lines = (need("12-hostile-strings") / "cases.csv").read_text("utf-8").splitlines()
    fill(engine, documents(lines))
    assert engine.count() == len(lines)


def test_a_file_of_formulas_is_text(engine: Engine) -> None:
    source: Path = need("12-hostile-strings") / "csv-injection.txt"
    fill(engine, documents(source.read_text("utf-8").splitlines()))
    assert engine.search(Request(text="cmd", acl=None)).total >= 1
