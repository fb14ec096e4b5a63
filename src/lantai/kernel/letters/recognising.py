"""All hints about one letter, from the text of its pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence

from lantai.kernel.hints import Confidence
from lantai.kernel.hints import of_title as title_hints
from lantai.kernel.letters import head, kinds, middle, tail
from lantai.kernel.letters.lines import Line, cut, is_body
from lantai.kernel.letters.model import Element, Letter, LetterHint

_ORDER = {element: place for place, element in enumerate(Element)}
_SURE = {Confidence.STRONG: 0, Confidence.FAIR: 1, Confidence.WEAK: 2, Confidence.NONE: 3}


def recognise(pages: Sequence[str], *, bodies: Collection[str] = ()) -> Letter:
    """Return what the text of a letter's ``pages`` (as text extraction gives it) tells of its elements.

    ``bodies`` are names that the unit knows (itself, its parents): a body among them is surer. One page is
    enough for the head; 成文日期 and 抄送 stand on the last one. What is not there has no hint.
    """
    lines = cut(pages)
    if not lines:
        return Letter(())
    top = head.top(lines)
    number = head.number(top)
    bodies_above = head.issuers(top, number)
    marks = list(head.marks(top))
    heads = [*_heads(bodies_above, number), *([number] if number else [])]
    rest = _without(lines, [*heads, *marks])
    titled = middle.title(rest, _below(rest, heads), headed=bool(heads))
    title, behind = titled if titled else (None, 0)
    issuers = _issuers(bodies_above, title, tail.signatures(lines), bodies)
    told: list[LetterHint | None] = [
        *marks,
        *issuers,
        number,
        *head.signers(top),
        title,
        *_kinds(title, top, lines),
        middle.receivers(rest, behind, sure=title is not None and title.confidence is Confidence.STRONG),
        *middle.annexes(lines),
        tail.date(lines, [hint.value for hint in issuers]),
        tail.copies(lines),
        *tail.printed(lines),
    ]
    return Letter(tuple(sorted((hint for hint in told if hint), key=_rank)))


def _rank(hint: LetterHint) -> tuple[int, int]:
    several = hint.element in (Element.ANNEX, Element.ISSUER, Element.SIGNER)
    return _ORDER[hint.element], 0 if several else _SURE[hint.confidence]


def _heads(bodies: Sequence[LetterHint], number: LetterHint | None) -> list[LetterHint]:
    """Return the red heads: without a number, a lone name above all is the first line of the title."""
    return [hint for hint in bodies if number or hint.code != "letters.issuer.first"]


def _without(lines: Sequence[Line], hints: Sequence[LetterHint]) -> list[Line]:
    """Return the lines that none of ``hints`` took: they are not in the title, in whatever order lines come."""
    taken = {(hint.page, hint.line) for hint in hints}
    return [line for line in lines if (line.page, line.number) not in taken]


def _below(lines: Sequence[Line], heads: Sequence[LetterHint]) -> int:
    """Return the place of the first line below the head."""
    last = max((hint.line for hint in heads if hint.page == 1), default=0)
    return (
        next((at for at, line in enumerate(lines) if line.page > 1 or line.number > last), 0) if last else 0
    )


def _issuers(
    above: list[LetterHint], title: LetterHint | None, signed: list[LetterHint], known: Collection[str]
) -> list[LetterHint]:
    """Return the bodies of the head, else of the title, else of the signature; surer where two agree."""
    named = _named(title, known)
    found = above or named or signed
    others = {hint.value for source in (named, signed) if source is not found for hint in source} | set(known)
    return [
        dataclasses.replace(hint, confidence=Confidence.STRONG) if hint.value in others else hint
        for hint in found
    ]


def _named(title: LetterHint | None, known: Collection[str]) -> list[LetterHint]:
    """Return the body that the title begins with."""
    if title is None:
        return []
    told = next((one for one in title_hints(title.value, authors=known) if one.kind == "author"), None)
    value = told.value if told else title.value.partition("关于")[0]
    if "关于" not in title.value or not is_body(value):
        return []
    at = (title.page, title.line, title.written)
    return [LetterHint(Element.ISSUER, value, "letters.issuer.title", Confidence.FAIR, *at)]


def _kinds(title: LetterHint | None, top: Sequence[Line], lines: Sequence[Line]) -> Iterator[LetterHint]:
    """Yield the kind: by the title's end, by the red head, by the last sentence; surer where two agree."""
    kind = kinds.of_title(title.value) if title else None
    headed, closed = head.kind_of_head(top), _closing(lines)
    agreeing = {hint.value for hint in (headed, closed) if hint}
    if title and kind:
        sure = kind.official and ("关于" in title.value or kind.name in agreeing)
        confidence = Confidence.STRONG if sure else Confidence.FAIR
        at = (title.page, title.line, title.written)
        yield LetterHint(Element.KIND, kind.name, "letters.kind.title", confidence, *at)
        return
    yield from (hint for hint in (headed, closed) if hint)


def _closing(lines: Sequence[Line]) -> LetterHint | None:
    for line in reversed(lines):
        for kind in kinds.all_kinds():
            if any(
                line.text.startswith(closing) or line.text.endswith((closing, closing + "。"))
                for closing in kind.closings
            ):
                at = (line.page, line.number, line.text)
                return LetterHint(Element.KIND, kind.name, "letters.kind.closing", Confidence.WEAK, *at)
    return None
