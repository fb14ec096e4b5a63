"""The leaves of a record: what a reader turns over, page by page, whatever files it lies in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lantai.access.queries import Shown
from lantai.search.queries import word_spans

METADATA = "元数据"
SHEET = 1_800
STRIP = 4
SHOWN_HITS = 30

Look = Literal["picture", "text", "audio", "video", "none"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: its number in the record, the page of its file, its text ("" = none) and hits on it."""

    number: int
    shown: Shown
    page: int
    look: Look
    text: str
    hits: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the reader holds open.

    ``strip`` are the leaves around the open one; ``found`` the numbers of leaves with hits, at most 30;
    ``worded``: there is text in some leaf; ``hits`` counts all hits in it; ``next_hit`` is the next leaf with one, 0 when none.
    """

    leaf: Leaf
    total: int
    pages: int
    before: int
    behind: int
    strip: tuple[Leaf, ...]
    worded: bool
    hits: int
    found: tuple[int, ...]
    next_hit: int
    firsts: dict[int, int]


def viewer(files: Sequence[Shown], terms: Sequence[str], wanted: int) -> Viewer | None:
    """Return a record opened at leaf ``wanted`` (0: the first), the nearest one there is; None without files."""
    found = leaves(files, terms)
    if not found:
        return None
    at = min(max(wanted, 1), len(found))
    hits = [leaf.number for leaf in found if leaf.hits]
    firsts: dict[int, int] = {}
    for leaf in found:
        firsts.setdefault(leaf.shown.part.order, leaf.number)
    start = max(0, min(at - 1 - STRIP, len(found) - 2 * STRIP - 1))
    leaf = found[at - 1]
    return Viewer(
        leaf=leaf,
        total=len(found),
        pages=sum(one.shown is leaf.shown for one in found),
        before=at - 1,
        behind=at + 1 if at < len(found) else 0,
        strip=tuple(found[start : start + 2 * STRIP + 1]) if len(found) > 1 else (),
        worded=any(leaf.text for leaf in found),
        hits=sum(leaf.hits for leaf in found),
        found=tuple(hits[:SHOWN_HITS]),
        next_hit=next((n for n in hits if n > at), next((n for n in hits if n != at), 0)),
        firsts=firsts,
    )


def leaves(files: Sequence[Shown], terms: Sequence[str]) -> list[Leaf]:
    """Return all leaves in the order of the files, metadata last."""
    made: list[Leaf] = []
    for shown in sorted(files, key=lambda shown: shown.part.role == METADATA):
        for page, (look, text) in enumerate(_looks(shown), 1):
            made.append(
                Leaf(len(made) + 1, shown, page, look, text, len(word_spans(text, terms)) if terms else 0)
            )
    return made


def _looks(shown: Shown) -> Iterator[tuple[Look, str]]:
    if shown.kind in {"image", "pages"} and shown.pages:
        texts = shown.texts
        yield from (("picture", texts[n] if n < len(texts) else "") for n in range(shown.pages))
    elif shown.kind == "text" and any(shown.texts):
        yield from (("text", sheet) for text in shown.texts for sheet in sheets(text))
    elif shown.kind == "audio":
        yield "audio", ""
    elif shown.kind == "video":
        yield "video", ""
    else:
        yield "none", ""


def sheets(text: str, size: int = SHEET) -> list[str]:
    """Cut a long text into sheets of about ``size`` characters, at line ends where there are any."""
    made = [""]
    for line in text.splitlines(keepends=True) or [""]:
        for start in range(0, len(line), 2 * size):
            piece = line[start : start + 2 * size]
            if made[-1] and len(made[-1]) + len(piece) > size:
                made.append("")
            made[-1] += piece
    return made
