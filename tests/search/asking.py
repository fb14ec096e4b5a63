"""Short ways to fill an engine and to ask it."""

from __future__ import annotations

import random
from collections.abc import Iterable

from lantai.search.engine.protocol import Document, Engine, Request

ALPHABET = "档案工作安全生产会议云水库移民总结〇2015aB"


def fill(engine: Engine, documents: Iterable[Document]) -> None:
    """Store ``documents``; all must be taken."""
    assert engine.upsert(documents) == []
    assert engine.commit() == []


def found(engine: Engine, text: str) -> set[int]:
    """Return the ids of all that ``text`` finds, for somebody who sees everything."""
    result = engine.search(Request(text=text, acl=None, limit=10_000))
    ids = [hit.id for hit in result.hits]
    assert result.total == len(ids) == len(set(ids))
    return set(ids)


def entries(count: int, *, seed: int = 7, classes: int = 4) -> list[Document]:
    """Return ``count`` invented entries with short Chinese titles, the same for the same seed."""
    chance = random.Random(seed)
    return [_entry(number, chance, classes) for number in range(1, count + 1)]


def _entry(number: int, chance: random.Random, classes: int) -> Document:
    year = chance.choice((0, 1998, 2005, 2015, 2016))
    fonds = chance.choice(("0001", "0002", "X043"))
    return Document(
        id=number,
        title=_words(chance, 12),
        author=_words(chance, 4),
        keywords=_words(chance, 4),
        note=_words(chance, 3),
        text=tuple(_words(chance, 8) for _ in range(chance.randrange(4))),
        ref=f"{fonds}-WS·{year}·Y-{number:04d}",
        doc_number=f"云政发〔{year}〕{chance.randrange(40)}号",
        fonds=fonds,
        type=chance.choice(("WS", "ZP", "")),
        year=year,
        retention=chance.choice(("永久", "30年", "10年")),
        open=chance.choice(("开放", "控制")),
        level=chance.choice(("file", "item")),
        unit=chance.choice(("云岭区水利局", "云岭区 档案局")),
        acl=chance.choice((None, *range(1, classes + 1))),
        date=year * 10_000 + chance.randrange(101, 104) if year else 0,
    )


def _words(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(ALPHABET + " ，") for _ in range(chance.randrange(most + 1)))
