"""Where the words of a query stand in a text, and short pieces of text around them.

Texts come from OCR and from strangers: whatever leaves here as HTML is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lantai.search.engine.folding import canon, canon_with_offsets

RADIUS = 30
"""Characters shown before the first and after the last mark of a snippet."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text.

    ``marks`` are [start, end) in ``text``; ``before`` and ``after`` tell whether the original goes on there.
    """

    text: str
    marks: tuple[Span, ...]
    before: bool = False
    after: bool = False

    def html(self) -> str:
        """Return the escaped text with ``<mark>`` around the marks and … where it was cut."""
        cut = "…" if self.before else "", "…" if self.after else ""
        return f"{cut[0]}{_marked(self.text, self.marks)}{cut[1]}"


def spans(text: str, terms: Sequence[str]) -> list[Span]:
    """Return where ``terms`` (canonical strings, as from ``query.wanted``) stand in ``text``.

    The spans are [start, end) in the original text, in order, and do not overlap. What folding drops inside
    a hit (blanks, punctuation) is part of the span.
    """
    canonical = canon(text)
    # Where nothing was dropped, as in most titles, every place is its own.
    offsets: Sequence[int] = range(len(text))
    if len(canonical) != len(text):
        canonical, offsets = canon_with_offsets(text)
    found = [
        (offsets[at], offsets[at + len(term) - 1] + 1) for term in terms for at in _places(canonical, term)
    ]
    return _merged(sorted(found))


def _places(canonical: str, term: str) -> Iterator[int]:
    at = canonical.find(term) if term else -1
    while at >= 0:
        yield at
        at = canonical.find(term, at + 1)


def _merged(found: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def snippets(text: str, terms: Sequence[str], *, limit: int = 3, radius: int = RADIUS) -> list[Snippet]:
    """Return up to ``limit`` pieces of ``text`` around its hits; neighbouring hits share one piece.

    Terms of one character are left out: they are looked for in titles only. Line ends become blanks.
    """
    found = spans(text, [term for term in terms if len(term) > 1])
    pieces: list[list[Span]] = []
    for span in found:
        if pieces and span[0] - pieces[-1][-1][1] <= radius:
            pieces[-1].append(span)
        elif len(pieces) < limit:
            pieces.append([span])
        else:
            break
    return [_cut(text, marks, radius) for marks in pieces]


def _cut(text: str, marks: Sequence[Span], radius: int) -> Snippet:
    start, end = max(0, marks[0][0] - radius), min(len(text), marks[-1][1] + radius)
    shown = "".join(" " if char.isspace() else char for char in text[start:end])
    moved = tuple((left - start, right - start) for left, right in marks)
    return Snippet(shown, moved, before=start > 0, after=end < len(text))


def marked(text: str, terms: Sequence[str]) -> str:
    """Return the whole ``text``, such as a title, as escaped HTML with its hits in ``<mark>``."""
    return _marked(text, spans(text, terms))


def _marked(text: str, marks: Sequence[Span]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in marks:
        pieces += (html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>")
        at = end
    return "".join((*pieces, html.escape(text[at:])))
