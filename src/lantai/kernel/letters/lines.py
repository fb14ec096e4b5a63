"""Lines of a letter as text extraction gives them, made comparable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LINES, SIGNS = 3_000, 400
"""Lines of a letter that are looked at, and signs of each: more is no letter."""

_RADICALS = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)} | {
    0x3007: "〇",
    0x25CB: "〇",
    0x25EF: "〇",
    0xFF1A: "：",
    0x3000: " ",
    0xA0: " ",
    0xAD: None,
    0xFEFF: None,
    0x200B: None,
}
"""Some PDF fonts name their glyphs as radicals: ⽂ is shown as 文. A circle in a date is a zero."""
_DIGITS = {0xFF10 + n: 0x30 + n for n in range(10)}
_SPACE = re.compile(r"(?<![A-Za-z,.;])\s+|\s+(?![A-Za-z])")
_FOOT = re.compile(
    r"[—–\-－―·.\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／共]\s*\d{1,4}(?:\s*页)?)?[—–\-－―·.\s]*"
)
BODY = (
    r"(?:人民政府|政府|委员会|办公室|办公厅|领导小组|指挥部|法院|检察院|公司|集团|中心|学校|中学|小学|大学|医院|党组|党委|总支|支部"
    r"|协会|联合会|总会|学会|工会|共青团|妇联|办事处|管委会|总工会|公社|革命委员会|[局厅部委办处科股所站院馆会社队团厂场校园])"
)
_SAID = re.compile("关于|转发|印发|的")
"""Words of titles and sentences, which no body has in its name."""
_BODY = re.compile(rf"[㐀-鿿（）()、]{{1,38}}{BODY}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that says something; ``page`` and ``number`` (from 1) are places in the text given."""

    page: int
    number: int
    text: str


def cut(pages: Sequence[str]) -> list[Line]:
    """Return the lines of all pages without blanks and page numbers, spaces between Chinese signs taken out."""
    found: list[Line] = []
    for page, text in enumerate(pages, 1):
        for number, raw in enumerate(text.splitlines(), 1):
            plain = clean(raw[:SIGNS])
            if plain and not _FOOT.fullmatch(plain):
                found.append(Line(page, number, plain))
            if len(found) >= LINES:
                return found
    return found


def clean(text: str) -> str:
    """Return ``text`` in usual signs, without spaces but those between words of Latin letters."""
    return _SPACE.sub("", text.translate(_RADICALS).translate(_DIGITS).strip())


def is_body(text: str) -> bool:
    """Return whether ``text`` looks like the name of a body."""
    return len(text) >= 3 and _BODY.fullmatch(text) is not None and _SAID.search(text) is None


def is_prose(text: str) -> bool:
    """Return whether ``text`` is a line of sentences, not of a title or a name."""
    return any(mark in text for mark in "。；！？") or text.endswith(("，", "："))
