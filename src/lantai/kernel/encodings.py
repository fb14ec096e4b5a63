"""Text of unknown encoding, as Chinese offices send it: read it right, or say that it was guessed.

UTF-8 and byte order marks prove themselves. Everything else is judged by how many of its characters are
common ones in each candidate; a reading that is not clearly best carries a finding, so that no wrong text
passes in silence.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lantai.kernel.findings import Finding, Severity

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SAMPLE = 1 << 18
_SURE = 0.9
_ENOUGH = 8
"""Below so many characters beyond ASCII no statistics help."""
_ORDINARY = re.compile("[\t\r\n\x20-\x7e\xa0-\xff\u2010-\u2040\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the name of its encoding (Python's), and what was doubtful about it."""

    text: str
    encoding: str
    findings: tuple[Finding, ...] = ()


def decode(data: bytes, path: str = "", declared: str = "") -> Decoded:
    """Return the text of ``data``, without its byte order mark.

    ``declared`` is what the sender says the encoding is; it is believed unless a mark or the bytes say
    otherwise. Never raises: findings are ``encodings.text.guessed`` (warning), ``.contradicts`` (warning:
    not what was declared) and ``.damaged`` (error: some bytes are replaced by U+FFFD).
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _finish(data[len(mark) :], name, path)
    if declared and (told := _known(declared)):
        text = _strict(data, told)
        if text is not None:
            return Decoded(text, told)
        found = decode(data, path)
        contradiction = Finding(
            "encodings.text.contradicts", path, declared, found.encoding, Severity.WARNING
        )
        return Decoded(found.text, found.encoding, (contradiction, *found.findings))
    name, sure = detect(data)
    return _finish(data, name, path, sure=sure)


def detect(data: bytes) -> tuple[str, bool]:
    """Return the most likely encoding of ``data`` (which has no byte order mark) and whether it is sure."""
    if b"\0" in data[:_SAMPLE] and (wide := _wide(data)):
        return wide, True
    if _strict(data, "utf-8") is not None:
        return "utf-8", True
    scores = sorted(((_score(data, name), name) for name in _SCORES), reverse=True)
    best, name = scores[0]
    if best < 0:
        return "gb18030", False
    beyond = len(re.findall(rb"[\x80-\xff]", data[:_SAMPLE])) // 2
    clear = best >= _SURE and best - scores[1][0] >= 0.1
    return name, clear and beyond >= _ENOUGH


def _finish(data: bytes, name: str, path: str, *, sure: bool = True) -> Decoded:
    text = _strict(data, name)
    if text is None:
        damaged = Finding("encodings.text.damaged", path, name)
        return Decoded(data.decode(name, "replace"), name, (damaged,))
    if sure:
        return Decoded(text, name)
    return Decoded(text, name, (Finding("encodings.text.guessed", path, "", name, Severity.WARNING),))


def _known(declared: str) -> str:
    """Return Python's name of a declared encoding, widened to GB18030 where that is a superset, or ""."""
    try:
        name = codecs.lookup(declared.strip()).name
    except LookupError:
        return ""
    return "gb18030" if name in {"gb2312", "gbk", "gb18030"} else name


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str:
    """Return the UTF-16 form in which nearly every character is ASCII or Chinese, or "".

    Asked only when there are zero bytes: no other encoding of text has them.
    """
    shares = []
    for name in ("utf-16-le", "utf-16-be"):
        if _strict(data, name) is not None:
            sample = data[: _SAMPLE & ~1].decode(name, "replace")
            shares.append((len(_ORDINARY.findall(sample)) / len(sample), name))
    best = max(shares, default=(0.0, ""))
    return best[1] if best[0] >= _SURE else ""


def _score(data: bytes, name: str) -> float:
    """Return the share of common characters (0–1), -1 when the bytes are not in that encoding."""
    sample = data[:_SAMPLE]
    if _strict(data, name) is None:
        return -1
    pairs = _PAIRS[name].findall(sample)
    if not pairs:
        return 0
    return _SCORES[name](pairs)


def _chinese(pairs: list[bytes]) -> float:
    """GB 2312 orders its common characters by sound over leads B0–D7: a text that uses only the first half
    is Korean, and one that is full of kana is Japanese, in encodings of the same shape."""
    common = [p for p in pairs if len(p) == 2 and 0xB0 <= p[0] <= 0xD7 and p[1] >= 0xA1]
    signs = sum(1 for p in pairs if len(p) == 2 and 0xA1 <= p[0] <= 0xA3)
    kana = sum(1 for p in pairs if len(p) == 2 and p[0] in (0xA4, 0xA5))
    late = sum(1 for p in common if p[0] >= 0xC9)
    share = (len(common) + signs) / len(pairs)
    if (len(common) >= _ENOUGH and late < len(common) * 0.15) or kana > len(pairs) * 0.15:
        return share * 0.5
    return share


def _traditional(pairs: list[bytes]) -> float:
    return sum(1 for p in pairs if 0xA1 <= p[0] <= 0xC6) / len(pairs)


def _korean(pairs: list[bytes]) -> float:
    return sum(1 for p in pairs if p[0] == 0xA1 or 0xB0 <= p[0] <= 0xC8) / len(pairs) * 0.98


def _japanese(pairs: list[bytes]) -> float:
    kana = sum(1 for p in pairs if p[0] in (0xA4, 0xA5))
    common = sum(1 for p in pairs if p[0] in (0xA1, 0xA4, 0xA5) or 0xB0 <= p[0] <= 0xCF)
    return common / len(pairs) if kana > len(pairs) * 0.15 else 0


def _shifted(pairs: list[bytes]) -> float:
    kana = sum(1 for p in pairs if p[0] in (0x82, 0x83))
    common = sum(1 for p in pairs if 0x81 <= p[0] <= 0x83 or 0x88 <= p[0] <= 0x97)
    return common / len(pairs) if kana > len(pairs) * 0.15 else 0


_DOUBLE = rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\xfe]"
_SCORES = {
    "gb18030": _chinese,
    "big5": _traditional,
    "big5hkscs": lambda pairs: _traditional(pairs) * 0.97,
    "euc_kr": _korean,
    "euc_jp": _japanese,
    "euc_jisx0213": lambda pairs: _japanese(pairs) * 0.97,
    "shift_jis": _shifted,
}
_PAIRS = {
    name: re.compile(_DOUBLE if name == "gb18030" else rb"[\x81-\xfe][\x40-\xfe]", re.DOTALL)
    for name in _SCORES
}
