"""Title, receivers and annexes of a letter (GB/T 9704-2012, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lantai.kernel.hints import Confidence
from lantai.kernel.letters import days, kinds
from lantai.kernel.letters.lines import Line, is_body, is_prose
from lantai.kernel.letters.model import Element, LetterHint

_TITLE_LINES = 7
_HEAD_LINES = 12
_RECEIVER_LINES = 5
_LONGEST = 160
_WHOLE = re.compile(rf".{{0,60}}关于.{{2,90}}的?.{{1,6}}{kinds.TAIL}")
_RECEIVER = re.compile(
    r"各|政府|公社|委|办|局|厅|部|院|处|所|站|中心|单位|公司|企业|学校|街道|乡|镇|村|社区|会|队|厂|同志|机关|法院|常委"
)
_SPEAKING = re.compile(
    r"如下|特此|现将|现就|为了|根据|要求|一、|收悉|经研究|会议|第[一二三四五六七八九十百]+条"
)
_ANNEX = re.compile(r"附件?[：:](.*)")
_ITEM = re.compile(r"(?:\d{1,2}[.．、]|[（(]?\d{1,2}[）)]|[一二三四五六七八九十]{1,2}、)(.+)")
_UNDER = re.compile(rf"[（(].{{0,30}}{days.DAY}.{{0,40}}[）)]")
_SIDE = re.compile(
    r"(?:签发人[：:].*|\d{6}|特急|加急|特提|平急|急件|(?:绝密|机密|秘密)(?:[★☆].*)?|第?[\d一二三四五六七八九十百]+[号期]"
    rf"|[㐀-鿿]{{0,40}}{days.DAY})"
)
"""What may stand between the head and the title; minutes have their editor and date there."""


def title(lines: Sequence[Line], after: int, *, headed: bool) -> tuple[LetterHint, int] | None:
    """Return the title and the place in ``lines`` behind it; ``after`` is the place where the head ends,
    ``headed`` whether there is one.

    Below the head, lines are put together until they end with a kind of document; where that finds nothing
    (lines out of order), any run of lines that reads like 关于……的通知 is taken.
    """
    start = next((at for at in range(after, len(lines)) if not _SIDE.fullmatch(lines[at].text)), after)
    found = _run(lines, start)
    if found:
        text, end = found
        code = "letters.title.framed" if "关于" in text else "letters.title.ending"
        confidence = Confidence.STRONG if headed and "关于" in text else Confidence.FAIR
        return _hint(Element.TITLE, text, code, confidence, lines[start]), end
    for at, line in enumerate(lines):
        if line.page > 1:
            break
        if "关于" not in line.text or is_prose(line.text):
            continue
        begin = at - 1 if line.text.startswith("关于") and at and is_body(lines[at - 1].text) else at
        found = _run(lines, begin) or _run(lines, at)
        if found and _WHOLE.fullmatch(found[0]):
            return _hint(Element.TITLE, found[0], "letters.title.found", Confidence.WEAK, line), found[1]
    return _apart(lines)


def _apart(lines: Sequence[Line]) -> tuple[LetterHint, int] | None:
    """Return the title whose two lines are torn apart, where one line each can begin and end it."""
    first = [line for line in lines if line.page == 1 and not is_prose(line.text)][:_HEAD_LINES]
    begins = [line for line in first if "关于" in line.text and not kinds.of_title(line.text)]
    ends = [line for line in first if "关于" not in line.text and _is_end(line.text)]
    if len(begins) != 1 or len(ends) != 1:
        return None
    text = begins[0].text + ends[0].text
    return _hint(Element.TITLE, text, "letters.title.apart", Confidence.WEAK, begins[0]), 0


def _is_end(text: str) -> bool:
    kind = kinds.of_title(text)
    return kind is not None and kind.official


def _run(lines: Sequence[Line], start: int) -> tuple[str, int] | None:
    """Return the longest run from ``start`` that ends with a kind, before the first line of sentences."""
    text, best = "", None
    for at in range(start, min(start + _TITLE_LINES, len(lines))):
        line = lines[at]
        if is_prose(line.text) or line.page > lines[start].page or len(text) > _LONGEST:
            break
        if text and (_UNDER.fullmatch(line.text) or _numbered(line.text)):
            break
        text += _gap(text, line.text) + line.text
        kind = kinds.of_title(text)
        if kind and len(text) >= 5:
            better = best is None or "关于" in text
            best = (text, at + 1) if better else best
            if "关于" not in text and not kind.official:
                break
    return best


def _gap(before: str, behind: str) -> str:
    return (
        " "
        if before[-1:].isascii() and before[-1:].isalpha() and behind[:1].isascii() and behind[:1].isalpha()
        else ""
    )


def _numbered(text: str) -> bool:
    return re.match(r"[一二三四五六七八九十]{1,2}、|第[一二三四五六七八九十]+[章条]", text) is not None


def receivers(lines: Sequence[Line], after: int, *, sure: bool) -> LetterHint | None:
    """Return the 主送机关: what stands behind the title up to a colon; elsewhere on the page only as a guess."""
    text = ""
    begin = next((at for at in range(after, len(lines)) if not _UNDER.fullmatch(lines[at].text)), len(lines))
    for line in lines[begin : begin + _RECEIVER_LINES]:
        text += line.text
        if "。" in line.text or _SPEAKING.search(line.text):
            break
        if text.endswith(("：", ":")):
            if _RECEIVER.search(text):
                confidence = Confidence.STRONG if sure else Confidence.FAIR
                return _hint(
                    Element.RECEIVERS, text[:-1].rstrip("，、"), "letters.receivers", confidence, lines[begin]
                )
            break
    for line in lines:
        if line.page == 1 and line.text.endswith("：") and _lone_receiver(line.text):
            return _hint(Element.RECEIVERS, line.text[:-1], "letters.receivers.found", Confidence.WEAK, line)
    return None


def _lone_receiver(text: str) -> bool:
    plain = text[:-1]
    return (
        not _SPEAKING.search(text)
        and "。" not in text
        and all(
            is_body(name) or name.startswith(("各", "区级", "县级", "市级", "省级"))
            for name in re.split("[、，,]", plain)
        )
    )


def annexes(lines: Sequence[Line]) -> Iterator[LetterHint]:
    """Yield the titles of the 附件说明: the line that begins with 附件：, and the numbered ones below it."""
    for at, line in enumerate(lines):
        match = _ANNEX.fullmatch(line.text)
        if not match or not match[1]:
            continue
        written = [(line, match[1])]
        for behind in lines[at + 1 : at + 30]:
            if _closes(behind.text):
                break
            if _ITEM.fullmatch(behind.text):
                written.append((behind, behind.text))
            else:
                first, said = written[-1]
                written[-1] = (first, said + behind.text)
        for first, said in written:
            item = _ITEM.fullmatch(said)
            value = (item[1] if item else said).strip("。；;")
            yield _hint(Element.ANNEX, value, "letters.annex", Confidence.STRONG, first)
        return


def _closes(text: str) -> bool:
    return (
        is_body(text)
        or re.search(days.DAY, text) is not None
        or text.startswith(("抄送", "附件", "（", "("))
        or "。" in text
    )


def _hint(element: Element, value: str, code: str, confidence: Confidence, line: Line) -> LetterHint:
    return LetterHint(element, value, code, confidence, line.page, line.number, line.text)
