"""What the text of a document tells: hints for its description, and marks of state secrets, which stop it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.hints import Confidence, secrecy_marks
from lantai.kernel.letters import Element, LetterHint, recognise
from lantai.kernel.letters.lines import clean

CHARACTERS = 40_000
"""Of a file's text that are looked at."""

_HEAD = 8
"""Lines at the top of a letter in which the bare word of a grade is a mark."""
_BRIEF = 24
"""Signs of a line there that holds marks (份号, 密级, 紧急程度), no sentence."""
_FIRST, _LINES, _SIGNS = 120, 2_000, 60
_MARKS = frozenset({"hints.secrecy.mark", "hints.secrecy.mark_open"})


def hints_of(pages: Sequence[str], bodies: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return hints about a letter as JSON data: element, the key it ``fills``, value, reason, place, confidence."""
    found = recognise(pages, bodies=bodies).hints
    return [_told(hint) for hint in found if hint.fills and hint.element is not Element.SECRECY_PERIOD]


def counted_pages(pages: int | None) -> list[dict[str, Any]]:
    """Return the hint that the 正本 has so many pages, none where they cannot be counted."""
    if not pages:
        return []
    told = {"element": "pages", "fills": "pages", "value": str(pages), "code": "desk.hint.pages"}
    return [{**told, "confidence": "strong", "page": 1, "line": 1, "written": "", "facts": {}}]


def _told(hint: LetterHint) -> dict[str, Any]:
    return {
        "element": hint.element.value,
        "fills": hint.fills,
        "value": hint.value,
        "code": hint.code,
        "confidence": hint.confidence.value,
        "page": hint.page,
        "line": hint.line,
        "written": hint.written[:200],
        "facts": dict(hint.facts),
    }


def marked(at: str, pages: Sequence[str], *, declassified: bool) -> Iterator[Finding]:
    """Yield one finding for a file whose text carries the mark of a state secret.

    It refuses the document, unless its description says that it was ``declassified``.
    """
    mark = next(_marks(pages), None) if any("密" in page for page in pages) else None
    if mark is None:
        return
    page, words = mark
    if declassified:
        told = {"page": page}
        yield Finding("desk.text.declassified", at, found=words, severity=Severity.WARNING, facts=told)
    else:
        yield Finding("desk.text.secret", at, found=words, facts={"page": page})


def _marks(pages: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield page and words of each mark: at the place of the head, starred there or in a line of its own."""
    for hint in recognise(["\n".join(page.splitlines()[:_FIRST]) for page in pages[:1]]).hints:
        if hint.element is Element.SECRECY and (hint.confidence is Confidence.STRONG or hint.line <= _HEAD):
            yield hint.page, hint.written[:_SIGNS]
    for page, text in enumerate(pages, 1):
        for number, raw in enumerate(text.splitlines()[:_LINES], 1):
            line = clean(raw[: _SIGNS * 2])
            if len(line) > _SIGNS:
                continue
            for found in secrecy_marks("", line):
                alone = (found.start, found.end) == (0, len(line))
                headed = page == 1 and number <= _HEAD and len(line) <= _BRIEF
                if found.code in _MARKS and (alone or headed):
                    yield page, line
