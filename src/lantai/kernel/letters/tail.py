"""The end of a letter: 成文日期, 抄送, 印发机关 and 印发日期 (GB/T 9704-2012, 7.3.5, 7.4)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from lantai.kernel.hints import Confidence
from lantai.kernel.letters import days
from lantai.kernel.letters.lines import Line, is_body
from lantai.kernel.letters.model import Element, LetterHint

_DATED = re.compile(rf"([㐀-鿿（）]{{0,40}}?)({days.DAY})(.{{0,3}})")
"""A date, perhaps behind the name of a body, perhaps with signs of the seal that lies over it."""
_PRINTED = re.compile(rf"(.{{0,40}}?)({days.DAY})印(?:发)?")
_COPIES = re.compile(r"(?:抄送|抄报|抄\s*送)[：:](.*)")
_UNDER_TITLE = re.compile(rf"[（(].{{0,30}}?({days.DAY}).{{0,40}}[）)]")
_COPY_LINES = 12


def date(lines: Sequence[Line], bodies: Collection[str]) -> LetterHint | None:
    """Return the 成文日期: a date below the body that wrote, else alone, else below the title, else of printing."""
    found: list[tuple[int, LetterHint]] = []
    for at, line in enumerate(lines):
        match = _DATED.fullmatch(line.text)
        if match and (value := days.read(match[2])):
            before = match[1] or (lines[at - 1].text if at else "")
            found.append(_dated(value, before, bodies, line, crowded=bool(match[3])))
        under = _UNDER_TITLE.fullmatch(line.text) if line.page == 1 else None
        if under and (value := days.read(under[1])):
            found.append((2, _hint(Element.DATE, value, "letters.date.under", Confidence.FAIR, line)))
        printed = _PRINTED.fullmatch(line.text)
        if printed and (value := days.read(printed[2])):
            found.append((0, _hint(Element.DATE, value, "letters.date.printed", Confidence.WEAK, line)))
    return max(found, key=lambda one: one[0], default=(0, None))[1]


def _dated(
    value: str, before: str, bodies: Collection[str], line: Line, *, crowded: bool
) -> tuple[int, LetterHint]:
    if any(body and before.endswith(body) for body in bodies):
        return 4, _hint(Element.DATE, value, "letters.date.signed", Confidence.STRONG, line)
    if is_body(before):
        return 3, _hint(Element.DATE, value, "letters.date.below", Confidence.FAIR, line)
    return (0 if crowded else 1), _hint(Element.DATE, value, "letters.date.alone", Confidence.WEAK, line)


def signatures(lines: Sequence[Line]) -> list[LetterHint]:
    """Return the bodies that stand right above a date, or before it in its line (发文机关署名)."""
    for at, line in enumerate(lines):
        match = _DATED.fullmatch(line.text)
        if not match:
            continue
        if is_body(match[1]):
            return [_hint(Element.ISSUER, match[1], "letters.issuer.signed", Confidence.FAIR, line)]
        above = []
        for before in reversed(lines[max(0, at - 10) : at]):
            if not is_body(before.text) or "：" in before.text:
                break
            above.append(_hint(Element.ISSUER, before.text, "letters.issuer.signed", Confidence.FAIR, before))
        if above:
            return above[::-1]
    return []


def copies(lines: Sequence[Line]) -> LetterHint | None:
    """Return the 抄送机关 up to their full stop."""
    for at, line in enumerate(lines):
        match = _COPIES.match(line.text)
        if not match:
            continue
        text = match[1]
        for behind in lines[at + 1 : at + _COPY_LINES]:
            if text.endswith("。") or _PRINTED.fullmatch(behind.text) or behind.page != line.page:
                break
            if is_body(behind.text) and not text.endswith(("，", "、")) and "，" not in behind.text:
                break
            text += behind.text
        ended = text.endswith("。")
        confidence = Confidence.STRONG if ended else Confidence.FAIR
        return _hint(Element.COPIES, text.rstrip("。"), "letters.copies", confidence, line) if text else None
    return None


def printed(lines: Sequence[Line]) -> Iterator[LetterHint]:
    """Yield 印发机关 and 印发日期: the last line, or two where extraction cut it."""
    for at in range(len(lines) - 1, -1, -1):
        match = _PRINTED.fullmatch(lines[at].text)
        if not match:
            continue
        before = match[1] or (lines[at - 1].text if at and lines[at - 1].page == lines[at].page else "")
        if is_body(before):
            yield _hint(Element.PRINTER, before, "letters.printed", Confidence.STRONG, lines[at])
        if value := days.read(match[2]):
            yield _hint(Element.PRINTED, value, "letters.printed", Confidence.STRONG, lines[at])
        return


def _hint(element: Element, value: str, code: str, confidence: Confidence, line: Line) -> LetterHint:
    return LetterHint(element, value, code, confidence, line.page, line.number, line.text)
