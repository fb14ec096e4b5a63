"""Indexing and searching generated entries, against tantivy asked directly.

The floor of indexing writes the same rows, folded beforehand, in one commit. The floor of a query is the bare
library on the title alone, without access classes; that of the facets counts without them. ``ratio`` is ours by
floor, so that 1.0 means that nothing was added (for rates, higher is better; for times, lower).
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, islice, pairwise
from pathlib import Path

import tantivy

from bench.rows import Row
from lantai.search.engine.folding import canon
from lantai.search.engine.protocol import Document, Request
from lantai.search.engine.rebuild import Rebuild
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.engine.tantivy_query import contained
from lantai.search.engine.tantivy_schema import TITLE, rows, schema, tantivy_document

BATCH = 20_000
HEAP = 512_000_000
THREADS = 2
CLASSES = 20
ALLOWED = frozenset(range(1, 8))
ROUNDS = 400
FACETS = ("fonds", "type", "year", "retention", "open")

Asking = Callable[[], object]

_HEADS = ("关于做好", "关于加强", "关于印发", "关于召开", "关于同意", "关于报送")
_TAILS = ("的通知", "的请示", "的批复", "的报告", "的函", "的意见", "会议纪要")
_SYLLABLES = (
    "安全生产水利移民档案教育卫生土地规划建设财政统计林业交通公路桥梁学校医院村镇农田粮食工业商贸人事组织宣传"
)


def vocabulary(size: int = 4_000) -> list[str]:
    """Return invented words of two to four characters, the same every time."""
    chance = random.Random(1)
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(chance.choices(_SYLLABLES, k=chance.choice((2, 2, 2, 3, 4))))] = None
    return list(words)


def entries(size: int) -> Iterator[Document]:
    """Return ``size`` entries: titles of about 22 characters, Zipf words, every tenth with two pages of text."""
    chance = random.Random(2)
    words = vocabulary()
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    for number in range(1, size + 1):
        said = chance.choices(words, cum_weights=weights, k=5)
        pages = 2 if number % 10 == 0 else 0
        year = 1980 + number % 45
        fonds = f"{number % 37:04d}"
        yield Document(
            id=number,
            title=f"{chance.choice(_HEADS)}{year}年{''.join(said)}工作{chance.choice(_TAILS)}",
            author=f"云岭区{said[0]}局",
            keywords=" ".join(said[:3]),
            text=tuple("，".join(chance.choices(words, cum_weights=weights, k=150)) for _ in range(pages)),
            ref=f"{fonds}-WS·{year}·Y-{number:06d}",
            doc_number=f"云{said[1]}发〔{year}〕{number % 300}号",
            fonds=fonds,
            type=chance.choice(("WS", "ZP", "KJ")),
            year=year,
            retention=chance.choice(("永久", "30年", "10年")),
            open=chance.choice(("开放", "控制")),
            level="item",
            unit=f"云岭区{fonds}单位",
            acl=1 + number % CLASSES,
            date=year * 10_000 + chance.randrange(1, 13) * 100 + chance.randrange(1, 29),
        )


def batches(size: int) -> Iterator[list[Document]]:
    """Return the entries in lists of ``BATCH``."""
    every = entries(size)
    while batch := list(islice(every, BATCH)):
        yield batch


def run(size: int = 100_000) -> list[Row]:
    """Index ``size`` entries twice, ask both indexes the same, and return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home, bare_home = Path(folder) / "index", Path(folder) / "bare"
        bare_home.mkdir()
        ours = _index(home, size)
        floor, bare = _index_bare(bare_home, size)
        engine = TantivyEngine.open(home)
        return [
            _row("index entries", ours, floor, "entries/s"),
            *_compare(engine, bare.searcher()),
        ]


def _index(home: Path, size: int) -> float:
    """Return entries per second, with folding, committing, counting back and swapping in; without generating."""
    generated = list(batches(size))
    started = time.perf_counter()
    with Rebuild(home, heap=HEAP, threads=THREADS) as building:
        for batch in generated:
            if building.add(batch):
                raise RuntimeError("a generated entry was rejected")
    return size / (time.perf_counter() - started)


def _index_bare(folder: Path, size: int) -> tuple[float, tantivy.Index]:
    """Return entries per second of writing rows that are folded already, and the index."""
    index = tantivy.Index(schema(), str(folder))
    writer = index.writer(HEAP, THREADS)
    folded = [row for batch in batches(size) for row in rows(batch)]
    started = time.perf_counter()
    for row in folded:
        writer.add_document(tantivy_document(row))
    writer.commit()
    writer.wait_merging_threads()
    spent = time.perf_counter() - started
    index.reload()
    return size / spent, index


def _compare(engine: TantivyEngine, bare: tantivy.Searcher) -> Iterator[Row]:
    words = [word for word in vocabulary() if len(word) == 2]
    common, rare = words[:20], words[-400:]
    phrases = [first + second for first, second in pairwise(words[:60])]
    numbers = [f"{n % 37:04d}-WS·{1980 + n % 45}·Y-{n:06d}" for n in range(100, 500)]
    for name, texts, facets in (
        ("common two-character word", common, ()),
        ("rare two-character word", rare, ()),
        ("four-character phrase", phrases, ()),
        ("three words", [" ".join(words[i : i + 3]) for i in range(20)], ()),
        ("档号, exact", numbers, ()),
        ("common word with five facets", common, FACETS),
    ):
        requests = [Request(text=text, acl=ALLOWED, facets=facets) for text in texts]
        ours = [partial(engine.search, request) for request in requests]
        floor = [partial(_ask_bare, bare, _bare_query(text), facets) for text in texts]
        yield from _percentiles(name, ours, floor)


def _ask_bare(bare: tantivy.Searcher, query: tantivy.Query, facets: tuple[str, ...]) -> None:
    bare.search(query, 20)
    if facets:
        bare.aggregate(query, {name: {"terms": {"field": name, "size": 1_000}} for name in facets})


def _bare_query(text: str) -> tantivy.Query:
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Must, contained(TITLE, canon(word))) for word in text.split()]
    )


def _timed(ask: Asking) -> float:
    """Return the milliseconds of one call."""
    started = time.perf_counter()
    ask()
    return (time.perf_counter() - started) * 1000


def _percentiles(name: str, ours: Sequence[Asking], floor: Sequence[Asking]) -> Iterator[Row]:
    """Ask both in turn, so that a noisy machine disturbs both; a first round warms the caches."""
    for ask in (*ours, *floor):
        ask()
    turns = [number % len(ours) for number in range(ROUNDS)]
    spent = [(_timed(ours[turn]), _timed(floor[turn])) for turn in turns]
    mine, bare = zip(*spent, strict=True)
    for percent in (50, 95):
        cut = (statistics.quantiles(times, n=100)[percent - 1] for times in (mine, bare))
        yield _row(f"{name}, p{percent}", next(cut), next(cut), "ms")


def _row(name: str, ours: float, floor: float, unit: str) -> Row:
    return Row(name=name, ours=round(ours, 3), floor=round(floor, 3), unit=unit, ratio=round(ours / floor, 2))
