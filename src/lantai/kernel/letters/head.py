"""The head of a letter above its title: 份号, 密级, 紧急程度, 发文机关标志, 发文字号, 签发人 (GB/T 9704-2012, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from lantai.kernel.hints import Confidence
from lantai.kernel.letters import kinds
from lantai.kernel.letters.lines import Line, is_body, is_prose
from lantai.kernel.letters.model import Element, LetterHint

TOP, BEHIND = 25, 4
"""Lines at the top and at the end of the first page among which the head is sought."""

_OPEN, _CLOSE = "〔\\[(（【［｛{﹝〈《", "〕\\])）】］｝}﹞〉》"
_NUMBER = re.compile(rf"([㐀-鿿A-Z]{{1,16}}?)[{_OPEN}]((?:19|20)\d{{2}})年?[{_CLOSE}](?:第)?(\d{{1,5}})号")
_BARE = re.compile(r"([㐀-鿿]{1,12}(?:发|字|函|办|文))((?:19|20)\d{2})(?:年|[-—])第?(\d{1,5})号")
_OLD = re.compile(rf"[{_OPEN}]?([5-9]\d)[{_CLOSE}]([㐀-鿿]{{1,8}})字第?(\d{{1,4}})号")
_ORDER = re.compile(r"第(?:\d{1,4}|[〇一二三四五六七八九十百]{1,6})[号期]")
_ISSUE = re.compile(rf"[{_OPEN}]((?:19|20)\d{{2}})[{_CLOSE}]第?(\d{{1,4}})(号|期)")
_COPY = re.compile(r"(?:份号[：:]?|№|No\.?)?(\d{6})")
_SECRECY = re.compile(
    r"(?:密级[：:])?(绝密|机密|秘密)(?:级)?(?:[★☆＊*]((?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:年|个月|月|日|天)|长期)?)?"
)
_URGENCY = re.compile(r"(?:紧急程度[：:])?(特提|特急|加急|平急|急件)")
_SIGNER = re.compile(r"签发人[：:](.*)")
_NAME = re.compile(r"[㐀-鿿·]{2,12}")
_FILE = re.compile(r"(.{2,60}?)(?:\(|（)?文件(?:\)|）)?")


def top(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines that the head can stand in: text layers often hold what is red behind all that is black."""
    first = [line for line in lines if line.page == 1]
    return first if len(first) <= TOP + BEHIND else [*first[:TOP], *first[-BEHIND:]]


def marks(lines: Sequence[Line]) -> Iterator[LetterHint]:
    """Yield 份号, 密级 with its period, and 紧急程度: each a line of its own at the top."""
    for place, line in enumerate(lines):
        copy, secrecy, urgency = (p.fullmatch(line.text) for p in (_COPY, _SECRECY, _URGENCY))
        if copy and place < 4:
            yield _hint(Element.COPY_NUMBER, copy[1], "letters.copy_number", Confidence.FAIR, line)
        elif secrecy:
            starred = any(star in line.text for star in "★☆＊*")
            sure = Confidence.STRONG if starred or "密级" in line.text else Confidence.FAIR
            yield _hint(Element.SECRECY, secrecy[1], "letters.secrecy", sure, line)
            if secrecy[2]:
                yield _hint(Element.SECRECY_PERIOD, secrecy[2], "letters.secrecy", Confidence.STRONG, line)
        elif urgency:
            yield _hint(Element.URGENCY, urgency[1], "letters.urgency", Confidence.STRONG, line)


def number(lines: Sequence[Line]) -> LetterHint | None:
    """Return the 发文字号: in a line of its own (sure), beside something else, or the serial of an order."""
    for line in lines:
        if is_prose(line.text) or "《" in line.text or "关于" in line.text:
            continue  # a sentence or a title quotes the number of another letter
        match = _NUMBER.search(line.text)
        if match:
            rest = line.text[: match.start()] + line.text[match.end() :]
            own = not rest or _SIGNER.fullmatch(rest) is not None
            if not own and len(rest) > 12:
                continue
            code = "letters.number.line" if own else "letters.number.beside"
            confidence = Confidence.STRONG if own else Confidence.FAIR
            return _hint(Element.NUMBER, f"{match[1]}〔{match[2]}〕{int(match[3])}号", code, confidence, line)
    for line, behind in pairwise(lines):
        match = _NUMBER.fullmatch(line.text + behind.text)
        if match:
            value = f"{match[1]}〔{match[2]}〕{int(match[3])}号"
            return _hint(Element.NUMBER, value, "letters.number.torn", Confidence.FAIR, line)
    return _odd_number(lines)


def _odd_number(lines: Sequence[Line]) -> LetterHint | None:
    for line in lines:
        bare, old, order = (p.fullmatch(line.text) for p in (_BARE, _OLD, _ORDER))
        if bare:
            value = f"{bare[1]}〔{bare[2]}〕{int(bare[3])}号"
            return _hint(Element.NUMBER, value, "letters.number.bare", Confidence.FAIR, line)
        if old:
            value = f"（{old[1]}）{old[2]}字第{int(old[3])}号"
            return _hint(Element.NUMBER, value, "letters.number.old", Confidence.FAIR, line)
        issue = _ISSUE.fullmatch(line.text)
        if order or issue:
            value = f"〔{issue[1]}〕{int(issue[2])}{issue[3]}" if issue else line.text
            return _hint(Element.NUMBER, value, "letters.number.order", Confidence.FAIR, line)
    return None


def signers(lines: Sequence[Line]) -> Iterator[LetterHint]:
    """Yield the 签发人; names are apart by blanks that extraction may lose, so a long run is told as one."""
    for line in lines:
        match = _SIGNER.search(line.text)
        if match is None:
            continue
        for name in re.split(r"[、，,\s]+", match[1]):
            if _NAME.fullmatch(name):
                confidence = Confidence.STRONG if len(name) <= 4 else Confidence.WEAK
                yield _hint(Element.SIGNER, name, "letters.signer", confidence, line)


def issuers(lines: Sequence[Line], numbered: LetterHint | None) -> list[LetterHint]:
    """Return the bodies of the red head: X文件, several bodies around 文件, X会议纪要, X令, or a name above all."""
    for line in lines:
        match = _FILE.fullmatch(line.text)
        above = numbered is not None and line.number < numbered.line
        if match and (is_body(match[1]) or (above and not is_prose(line.text) and "关于" not in match[1])):
            return _joined(lines, line, match[1], numbered)
    for line in lines:
        if line.text == "文件":
            return _joined(lines, line, "", numbered)
    for line in lines:
        for kind in kinds.all_kinds():
            for head in sorted(kind.heads, key=len, reverse=True):
                body = line.text.removesuffix(head)
                if body != line.text and is_body(body) and "关于" not in body:
                    code, facts = "letters.issuer.kind", {"head": head}
                    return [LetterHint(Element.ISSUER, body, code, Confidence.STRONG, *_at(line), facts)]
    first = lines[0] if lines else None
    if first and is_body(first.text) and (numbered is None or first.number < numbered.line):
        return [_hint(Element.ISSUER, first.text, "letters.issuer.first", Confidence.FAIR, first)]
    return []


def kind_of_head(lines: Sequence[Line]) -> LetterHint | None:
    """Return the kind that the red head names, where it says 纪要 or 令 instead of 文件."""
    for line in lines:
        for kind in kinds.all_kinds():
            for head in sorted(kind.heads, key=len, reverse=True):
                if line.text.endswith(head) and is_body(line.text.removesuffix(head)):
                    return _hint(Element.KIND, kind.name, "letters.kind.head", Confidence.FAIR, line)
    return None


def _joined(lines: Sequence[Line], marked: Line, body: str, numbered: LetterHint | None) -> list[LetterHint]:
    """Return the body before 文件 and those that stand alone above or below it, down to the number (联合行文)."""
    last = (
        numbered.line if numbered and numbered.page == 1 and numbered.line > marked.number else marked.number
    )
    found = []
    for line in lines:
        if line is marked and body:
            sure = Confidence.STRONG if is_body(body) else Confidence.FAIR
            found.append(LetterHint(Element.ISSUER, body, "letters.issuer.file", sure, *_at(line)))
        elif line is not marked and line.number <= last and is_body(line.text):
            found.append(_hint(Element.ISSUER, line.text, "letters.issuer.joint", Confidence.FAIR, line))
    return found


def _at(line: Line) -> tuple[int, int, str]:
    return line.page, line.number, line.text


def _hint(element: Element, value: str, code: str, confidence: Confidence, line: Line) -> LetterHint:
    return LetterHint(element, value, code, confidence, *_at(line))
