"""Bytes of a message as characters: what the sender declares is often wrong, and sometimes an attack."""

from __future__ import annotations

import codecs
import re
from unicodedata import category

from lantai.kernel import encodings
from lantai.kernel.encodings import Decoded
from lantai.kernel.findings import Finding, Severity

_TEXT_CODECS = re.compile(
    r"utf-(?:7|8|16|32)(?:-[bl]e)?|ascii|iso8859-\d+|cp\d+|koi8-[rut]|gb\w+|hz|big5\w*|euc_\w+"
    r"|iso2022_\w+|shift_jis\w*|johab|mac-\w+|tis-620|ptcp154|kz1048"
)
"""Python also calls compression and escapes codecs: only these names are characters."""
_LATIN = frozenset({"iso8859-1", "iso8859-15", "cp1252", "ascii"})
_CHINESE = frozenset({"gb2312", "gbk", "gb18030"})
_HIGH = re.compile(rb"[\x80-\xff]")
_PROOF = 6
"""Bytes beyond ASCII (two characters in UTF-8) from which on accident is no explanation of valid UTF-8."""


def known(declared: str) -> str:
    """Return Python's name of a declared charset, "" when it is none or none for text."""
    plain = declared.strip().strip("\"'").lower()
    if not re.fullmatch(r"[a-z0-9_.:-]{1,40}", plain):
        return ""
    try:
        name = codecs.lookup(plain).name
    except (LookupError, ValueError):
        return ""
    return name if _TEXT_CODECS.fullmatch(name) else ""


def decode(data: bytes, declared: str = "", path: str = "") -> Decoded:
    """Return the characters of ``data``; never raises.

    GB 2312 and GBK are read as GB 18030. UTF-8 under a Chinese or Latin label, and Chinese under a Latin one,
    are read as what they are, with ``encodings.text.contradicts``; damage is told as in
    :func:`lantai.kernel.encodings.decode`.
    """
    name = known(declared)
    if not data.isascii() and (other := _mislabelled(data, name)):
        text = data.decode(other, "replace")
        return Decoded(text, other, (_contradicts(path, declared, other),))
    if name in ("", "ascii") and data.isascii():
        return Decoded(data.decode("ascii"), "ascii")
    if not name and _seeming_utf8(data):
        guessed = Finding("encodings.text.guessed", path, "", "gb18030", Severity.WARNING)
        return Decoded(data.decode("gb18030"), "gb18030", (guessed,))
    try:
        found = encodings.decode(data, path, name)
    except UnicodeError:  # UTF-7 and ISO 2022 raise for what the others replace
        text = data.decode("latin-1")
        return Decoded(text, "iso8859-1", (Finding("encodings.text.damaged", path, declared),))
    return found


def _mislabelled(data: bytes, name: str) -> str:
    """Return what ``data`` surely is although it is labelled otherwise, or ""."""
    if name in _CHINESE:
        return "utf-8" if _is_utf8(data) else ""
    if name in _LATIN:
        found, sure = encodings.detect(data)
        return found if sure and found in ("utf-8", "gb18030") and len(_HIGH.findall(data)) >= 2 else ""
    return ""


def _is_utf8(data: bytes) -> bool:
    if len(_HIGH.findall(data)) < _PROOF:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _seeming_utf8(data: bytes) -> bool:
    """Return whether GB 18030 only looks like UTF-8: 通知 is two accents of foreign scripts there, no letters."""
    try:
        signs = [sign for sign in data.decode("utf-8") if sign > "\x7f"]
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return all(sign < "\u0800" for sign in signs) and any(category(sign)[0] != "L" for sign in signs)


def _contradicts(path: str, declared: str, found: str) -> Finding:
    return Finding("encodings.text.contradicts", path, declared, found, Severity.WARNING)
