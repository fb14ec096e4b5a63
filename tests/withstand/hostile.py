"""What the children of a stage do with hostile packages and words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.memory import peak_bytes
from tests.withstand.pieces import settle

STRING_YEAR = 1966


def take(path: str) -> dict[str, Any]:
    """Send the package, work, and tell what became of it and of the memory of this process (bytes)."""
    from lantai.base.actors import SYSTEM
    from lantai.checks import queries as checks
    from lantai.ingest import queries
    from lantai.ingest.services import submit
    from lantai.ingest.workspace import workspace

    number = submit(SYSTEM, "MZJ", Path(path))
    settle()
    view = queries.transfer(SYSTEM, number)
    content = workspace(view.uuid).content
    run = checks.run(view.run) if view.run else None
    return {
        "number": number,
        "state": view.state,
        "refusal": _words(view.refusal) if view.refusal else None,
        "member": (view.refusal or {}).get("facts", {}).get("member"),
        "problem": dict(view.progress.problem) if view.progress and view.progress.problem else None,
        "failed": [item["code"] for item in run.items("fail")] if run else [],
        "report": str(run.report) if run else "",
        "items": view.items,
        "escaped": [str(p) for p in content.rglob("*") if not p.resolve().is_relative_to(content)],
        "odd": [str(p) for p in content.rglob("*") if p.is_symlink() or not (p.is_file() or p.is_dir())],
        "memory": peak_bytes(),
    }


def _words(refusal: dict[str, Any]) -> list[str]:
    from lantai.kernel.texts import text

    return [text(refusal["code"], language, **refusal["facts"]) for language in ("zh", "en")]


def accept(number: str) -> dict[str, Any]:
    """Accept a transfer and work; tell its state and its records' values by 档号."""
    from lantai.base.actors import SYSTEM
    from lantai.holdings import queries as holdings
    from lantai.ingest import queries
    from lantai.ingest.services import accept as take_over
    from lantai.ingest.services import sign_waiting

    sign_waiting(SYSTEM, number, note="逐项核对")
    take_over(SYSTEM, number)
    settle()
    view = queries.transfer(SYSTEM, number)
    found = holdings.records_of_batch(SYSTEM, view.uuid, size=500).items
    return {"state": view.state, "records": {one.ref: dict(one.values) for one in found}}


def names(words: Sequence[str]) -> list[str]:
    """Use every word as the name of a unit, a fonds and a person; return what was neither taken nor refused."""
    from lantai.base.actors import SYSTEM
    from lantai.holdings.services import add_fonds
    from lantai.kernel.errors import LantaiError
    from lantai.kernel.texts import sentence
    from lantai.people.queries import units
    from lantai.people.services import add_account, add_unit

    lost = []
    for place, word in enumerate(words):
        for attempt in (
            lambda word=word, place=place: add_unit(SYSTEM, f"U{place}", word),
            lambda word=word: add_unit(SYSTEM, word, "单位"),
            lambda word=word, place=place: add_fonds(SYSTEM, f"Q{place}", word, unit="MZJ"),
            lambda word=word: add_fonds(SYSTEM, word, "全宗", unit="MZJ"),
            lambda word=word, place=place: add_account(SYSTEM, f"a{place}", word),
        ):
            try:
                attempt()
            except LantaiError as refusal:
                if "{" in sentence(refusal, "zh").replace(word, "") + sentence(refusal, "en").replace(
                    word, ""
                ):
                    lost.append(f"{word!r}: {refusal}")
        named = {unit.code: unit.name for unit in units()}
        if named.get(f"U{place}", word.strip()) != word.strip():
            lost.append(f"{word!r} became {named[f'U{place}']!r}")
    return lost


def catalogue(words: Sequence[str]) -> list[str]:
    """Describe one record per word, with the word in every element; return what did not come back as it was."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue.services import register_catalogue, urn_of
    from lantai.holdings import queries as holdings
    from lantai.holdings.services import Description
    from tests.withstand.packs import ref

    descriptions = [
        Description(
            urn_of(ref(STRING_YEAR, place)),
            ref(STRING_YEAR, place),
            "item",
            "WS",
            "Z109",
            dict.fromkeys(("title", "author", "doc_number", "date", "year", "retention", "pages"), word),
        )
        for place, word in enumerate(words, 1)
    ]
    register_catalogue(SYSTEM, descriptions, source="测试")
    settle()
    lost = []
    for place, word in enumerate(words, 1):
        record = holdings.record(SYSTEM, ref(STRING_YEAR, place))
        if (record.title, record.values["doc_number"]) != (word, word):
            lost.append(repr(word))
    return lost


def ask(words: Sequence[str]) -> list[str]:
    """Search for every word, look it up, export it as a table cell; return what raised anything uncoded."""
    from lantai.base.actors import PUBLIC, SYSTEM
    from lantai.base.tables import cell
    from lantai.holdings import queries as holdings
    from lantai.kernel.errors import LantaiError, NotFound
    from lantai.search.queries import Question, search

    wrong = []
    for word in words:
        try:
            for actor in (SYSTEM, PUBLIC):
                for found in search(actor, Question(text=word)).found:
                    if "<script" in found.title_html.lower() or "<img" in found.title_html.lower():
                        wrong.append(f"{word!r} is not escaped: {found.title_html}")
            holdings.record(SYSTEM, word)
        except NotFound:
            continue
        except LantaiError as refusal:
            if not refusal.code.startswith("search."):
                wrong.append(f"{word!r}: {refusal}")
        finally:
            if cell(word)[:1] in ("=", "+", "-", "@", "\t", "\r"):
                wrong.append(f"{word!r} is a formula")
    return wrong


def tree(folder: str, apart: str) -> list[str]:
    """Return every path below ``folder`` but what lies below ``apart``."""
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(root, name) != apart]
        found += [os.path.join(root, name) for name in (*folders, *files)]
    return sorted(found)
