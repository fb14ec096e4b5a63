"""Characters that a metadata value should not hold (DA/T 70-2018 item 1-6)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MILD = frozenset({"recordtypes.characters.odd", "recordtypes.characters.line_end"})
"""Codes that are warnings: the value can be read, it is only unusual."""

_PLAIN = re.compile(
    r"[^ -~\u00b7\u2014\u2018-\u201d\u2026\u3001-\u3017\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]"
)
_MOJIBAKE = re.compile("锟斤拷|锟斤|烫烫烫|屯屯屯|ï»¿|â€")
_COMMON_SIGNS = frozenset("○□△▲●■◆◇★☆※→←↑↓①②③④⑤⑥⑦⑧⑨⑩℃№§°′″‰㎡㎞㎏㎜㎝㏄×÷±≤≥")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
# Joiners that Arabic, Mongolian and Indic scripts need inside words.
_JOINERS = frozenset("\u200c\u200d\u180e")


def strange(value: str, allowed: str = "", forbidden: str = "", lines: bool = False) -> list[tuple[str, str]]:
    """Return (character, code) for each character that should not be there.

    Control, invisible and direction characters, U+FFFD and the Hanzi it turns into in GBK, lone surrogates,
    private use and unassigned code points, the site's ``forbidden`` ones; as "odd" the non-Hanzi symbols of
    GB 18030 that titles do not use (box drawing, dingbats, emoji). ``lines`` allows line ends and tabs.
    """
    found = [(match[0], "recordtypes.characters.mojibake") for match in _MOJIBAKE.finditer(value)]
    found += [(c, "recordtypes.characters.forbidden") for c in value if c in forbidden] if forbidden else []
    for match in _PLAIN.finditer(value):
        character = match[0]
        if character in allowed or (lines and character in "\n\r\t"):
            continue
        code = "recordtypes.characters.line_end" if character in "\n\r" else _character_code(character)
        if code:
            found.append((character, code))
    return found


def unsuspicious(value: str) -> bool:
    """Return whether ``value`` has only characters that need no closer look, whatever a type allows."""
    return _PLAIN.search(value) is None and _MOJIBAKE.search(value) is None


@cache
def _character_code(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\ufffd":
        return "recordtypes.characters.replaced"
    if category == "Co":
        return "recordtypes.characters.private"
    if category in {"Cc", "Zl", "Zp"} or character in _BIDI:
        return "recordtypes.characters.control"
    if category == "Cf" and character not in _JOINERS:
        return "recordtypes.characters.invisible"
    # Hanzi added to Unicode after this Python (planes 2 and 3) are unassigned here and still Hanzi.
    if category == "Cs" or (category == "Cn" and not _later_hanzi(character)):
        return "recordtypes.characters.unassigned"
    if category == "So" and character not in _COMMON_SIGNS:
        return "recordtypes.characters.odd"
    return ""


def _later_hanzi(character: str) -> bool:
    point = ord(character)
    return 0x20000 <= point <= 0x3FFFF and point & 0xFFFE != 0xFFFE


def named(character: str) -> str:
    """Return ``U+XXXX`` (or the text itself for a sequence), so that the invisible is seen."""
    return f"U+{ord(character):04X}" if len(character) == 1 else character


def printable(value: str) -> str:
    """Return ``value`` with what cannot be printed as ⟨U+XXXX⟩."""
    return "".join(c if c.isprintable() else f"⟨{named(c)}⟩" for c in value)
