"""Several hundred judged queries, asked at every face: each must find exactly what it should."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from lantai.base.actors import SYSTEM, Actor
from lantai.cli.main import main
from lantai.holdings import indexing
from lantai.holdings.models import Record
from lantai.search.engine.memory_engine import MemoryEngine
from lantai.search.engine.protocol import WINDOW, Request
from lantai.search.forms import Asked
from lantai.search.queries import FACETS, every, matching, search
from lantai.search.question import Question
from lantai.search.services.documents import documents
from tests.exchange.conftest import Machine, token_of
from tests.pages import library
from tests.pages.conftest import SignedIn, signed_in
from tests.search.golden.corpus import Entry, corpus

__all__ = ["signed_in"]

HERE = Path(__file__).parent
JUDGED: list[dict[str, Any]] = [
    query for path in sorted(HERE.glob("*.toml")) for query in tomllib.loads(path.read_text("utf-8"))["query"]
]
CORPUS = corpus()
REFS = [entry.ref for entry in CORPUS]
Face = Callable[[dict[str, Any]], tuple[int, list[str]]]


def expected(judged: dict[str, Any]) -> list[str]:
    """Return the 档号 that a query must find."""
    if "hits" in judged:
        return [REFS[number] for number in judged["hits"]]
    gone = set(judged["without"])
    assert judged["total"] == len(REFS) - len(gone)
    return [ref for number, ref in enumerate(REFS) if number not in gone]


def pairs(judged: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the parameters of an address."""
    told = [("q", judged["q"])] if judged["q"] else []
    for name, value in judged.get("params", {}).items():
        told += [(name, one) for one in (value if isinstance(value, list) else [value])]
    return told


def asked(judged: dict[str, Any]) -> Question:
    """Return the question of a query."""
    told = QueryDict(mutable=True)
    for name, value in pairs(judged):
        told.appendlist(name, value)
    return Asked.read(told).question()


@pytest.fixture
def filled(cast: dict[str, Actor]) -> None:
    """Describe the corpus, and preserve the entries that have files."""
    library.add([_description(entry) for entry in CORPUS if not entry.pages])
    for entry in CORPUS:
        if entry.pages:
            files = {
                f"{n:03d}.txt": (page.encode(), "text/plain", "正本") for n, page in enumerate(entry.pages, 1)
            }
            library.preserved(entry.ref, status=entry.open, title=entry.title, files=files, **_values(entry))


def _description(entry: Entry) -> library.Description:
    told = library.values(entry.ref, entry.title, **_values(entry), open_status=entry.open)
    return library.Description(library.urn_of(entry.ref), entry.ref, "item", "WS", entry.fonds, told)


def _values(entry: Entry) -> dict[str, str]:
    told = {
        "author": entry.author,
        "doc_number": entry.doc_number,
        "keywords": entry.keywords,
        "date": entry.date,
        "year": str(entry.year),
        "retention": entry.retention,
    }
    return {key: value for key, value in told.items() if value}


def queries_face(judged: dict[str, Any]) -> tuple[int, list[str]]:
    """Ask the room's queries, page by page."""
    question = asked(judged)
    found: list[str] = []
    while True:
        answer = search(SYSTEM, Question(**{**_parts(question), "offset": len(found), "limit": 100}))
        found += [hit.record.ref for hit in answer.found]
        if not answer.found:
            return answer.total, found


def _parts(question: Question) -> dict[str, Any]:
    names = ("text", "filters", "year_from", "year_to", "sort")
    return {name: getattr(question, name) for name in names}


def page_face(client: Client) -> Face:
    """Return how the search page is asked: its total, and the hits of its pages."""

    def ask(judged: dict[str, Any]) -> tuple[int, list[str]]:
        found: list[str] = []
        total = 0
        for number in range(1, 20):
            answer = client.get(reverse("search"), [*pairs(judged), ("page", str(number))])
            text = answer.content.decode()
            if "只有标点" in text:
                return 0, []
            told = re.search(r"<b>([\d,]+) 件</b>|您可检索 ([\d,]+) 件", text)
            assert told, judged
            total = int((told[1] or told[2]).replace(",", ""))
            page = re.findall(r'<p class="about"><span class="ref">([^<]*)', text)
            found += page
            if len(page) < 20:
                break
        return total, found

    return ask


def document_face(client: Client) -> Face:
    """Return how the exported document is asked."""

    def ask(judged: dict[str, Any]) -> tuple[int, list[str]]:
        answer = client.get(reverse("search-json"), pairs(judged))
        told = json.loads(b"".join(answer.streaming_content))
        return told["total"], [hit["ref"] for hit in told["hits"]]

    return ask


def rest_face(machine: Machine) -> Face:
    """Return how the interface for machines is asked, with the same names, page by page."""

    def ask(judged: dict[str, Any]) -> tuple[int, list[str]]:
        names = {"from": "year_from", "to": "year_to"}
        told = urlencode([(names.get(name, name), value) for name, value in pairs(judged)])
        found: list[str] = []
        after, more = "", True
        total = 0
        while more:
            page = machine.get(f"search?{told}&limit=100&cursor={after}")
            total = page["total"]
            found += [hit["ref"] for hit in page["items"]]
            after, more = page["next"], bool(page["next"])
        return total, found

    return ask


def command_face(capsys: pytest.CaptureFixture[str]) -> Face:
    """Return how the command line is asked."""

    def ask(judged: dict[str, Any]) -> tuple[int, list[str]]:
        told = pairs(judged)
        span = dict(told)
        words = [f"--{'in-year' if name == 'year' else name}={value}" for name, value in told]
        words = [word for word in words if not word.startswith(("--q=", "--from=", "--to="))]
        if "from" in span or "to" in span:
            words.append(f"--year={span.get('from', '')}..{span.get('to', '')}")
        assert main(["search", "--json", "--limit", "1000", *words, "--", judged["q"]]) == 0
        found = json.loads(capsys.readouterr().out)
        return found["total"], [hit["ref"] for hit in found["hits"]]

    return ask


def wrong(face: Face) -> Iterator[str]:
    """Yield what a face answers otherwise than judged."""
    for judged in JUDGED:
        total, found = face(judged)
        must = expected(judged)
        told = f"{judged['kind']} {judged['q']} {judged.get('params', '')}"
        if total != len(must):
            yield f"{told}: {total} instead of {len(must)}"
        elif (found if "ordered" in judged else sorted(found)) != (
            must if "ordered" in judged else sorted(must)
        ):
            yield f"{told}: {sorted(set(found) ^ set(must))[:5]}"
        elif "first" in judged and found[0] != REFS[judged["first"]]:
            yield f"{told}: {found[0]} is first"


def test_there_are_several_hundred_and_they_are_all_different() -> None:
    assert len(JUDGED) >= 300
    assert len({json.dumps([q["q"], q.get("params")]) for q in JUDGED}) == len(JUDGED)
    assert len(set(REFS)) == len(REFS)


def test_queries_and_command_line_answer_as_judged(filled: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(wrong(queries_face)) == []
    assert list(wrong(command_face(capsys))) == []
    for judged in JUDGED[::5]:
        must = sorted(expected(judged))
        assert sorted(record.ref for record in every(SYSTEM, asked(judged))) == must
        ids = list(matching(SYSTEM, asked(judged)))
        assert sorted(Record.objects.filter(pk__in=ids).values_list("ref", flat=True)) == must


def test_the_interface_for_machines_answers_as_judged(
    filled: None, cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTAI_API_RATE", "0")
    assert list(wrong(rest_face(Machine(token_of("guwen", scopes=("read",)))))) == []


@pytest.mark.slow
def test_the_page_and_its_document_answer_as_judged(
    filled: None, cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    client = signed_in("顾闻")
    assert list(wrong(document_face(client))) == []
    assert list(wrong(page_face(client))) == []


def test_recall_against_brute_force_is_complete(filled: None) -> None:
    truth = MemoryEngine()
    for rows in indexing.all_rows():
        assert truth.upsert(documents(rows)) == []
    truth.commit()
    for judged in JUDGED:
        question = asked(judged)
        brute = truth.search(
            Request(
                acl=None,
                text=question.text,
                filters=question.filters,
                year_from=question.year_from,
                year_to=question.year_to,
                facets=FACETS,
                limit=WINDOW,
            )
        )
        answer = search(SYSTEM, Question(**{**_parts(question), "limit": WINDOW}))
        assert {hit.id for hit in brute.hits} == {hit.record.id for hit in answer.found}, judged
        told = {name: tuple((facet.value, facet.count) for facet in brute.facets[name]) for name in FACETS}
        assert told == answer.facets, judged
