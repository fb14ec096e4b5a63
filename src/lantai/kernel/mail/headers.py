"""Header blocks: cut into fields, and fields read (RFC 5322, 2045, 2047, 2231), broken ones too."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.mail import charsets

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BLANK = re.compile(rb"[ \t]*")
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PARAMETER = re.compile(rb"\s*([^=;\s\"]{1,80})\s*=\s*(\"(?:[\x81-\xfe]\\|[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*?)")
_ESCAPED = re.compile(rb"(?<![\x80-\xff])\\([\"\\])")
"""A backslash behind a high byte is the second half of a GBK character."""
_LONGEST = 8 << 10
"""Bytes of one parameter that are read: no name of a file is longer, and a hostile one costs no more."""


@dataclass(slots=True)
class Headers:
    """The fields of one part in their order, names in lower case, values unfolded and as bytes."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    size: int = 0

    def first(self, name: str) -> bytes:
        """Return the first value of ``name``, b"" when it is not there."""
        return next((value for key, value in self.fields if key == name), b"")

    def every(self, name: str) -> list[bytes]:
        """Return all values of ``name``."""
        return [value for key, value in self.fields if key == name]


def is_field(line: bytes) -> bool:
    """Return whether ``line`` begins a header field."""
    return _FIELD.match(line) is not None


def cut(lines: Sequence[bytes]) -> Headers:
    """Return the fields of the header lines, which begin with a field; folded lines are put together."""
    found: list[tuple[str, list[bytes]]] = []
    for line in lines:
        start = _FIELD.match(line)
        if line[:1] in b" \t" and found:
            found[-1][1].append(line)
        elif start:
            found.append((start[1].decode("ascii").lower(), [line[start.end() :]]))
    fields = [(name, b"".join(part.rstrip(b"\r\n") for part in parts).strip()) for name, parts in found]
    return Headers(fields, sum(len(line) for line in lines))


def words(value: bytes, declared: str = "", findings: list[Finding] | None = None, path: str = "") -> str:
    """Return the characters of a header value: encoded words (RFC 2047) and raw bytes of any charset.

    Neighbours in one charset are put together before they are decoded: Chinese mailers cut through characters.
    """
    pieces: list[tuple[str, bytes]] = []
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        if between and not (pieces and pieces[-1][0] and _BLANK.fullmatch(between)):
            pieces.append(("", between))
        charset = match[1].split(b"*")[0].decode("ascii", "replace")
        data = _unwrapped(match[2], match[3])
        if pieces and pieces[-1][0].lower() == charset.lower():
            pieces[-1] = (charset, pieces[-1][1] + data)
        else:
            pieces.append((charset, data))
        end = match.end()
    if value[end:]:
        pieces.append(("", value[end:]))
    told = "".join(_piece(charset, data, declared, findings, path) for charset, data in pieces)
    return _CONTROLS.sub("", told).replace("\r", "").replace("\n", " ").replace("\t", " ").strip()


def _piece(charset: str, data: bytes, declared: str, findings: list[Finding] | None, path: str) -> str:
    decoded = charsets.decode(data, charset or declared, path)
    if findings is not None:
        if charset or data.isascii():
            findings += decoded.findings
        else:
            raw = Finding("mail.header.raw", path, "", decoded.encoding, Severity.INFO)
            findings += [raw, *(one for one in decoded.findings if one.severity is Severity.ERROR)]
    return decoded.text


def _unwrapped(kind: bytes, data: bytes) -> bytes:
    if kind in b"qQ":
        return _QUOTED.sub(lambda found: bytes((int(found[1], 16),)), data.replace(b"_", b" "))
    plain = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except binascii.Error:  # cannot be after the cleaning; if it is, the words show as they came
        return data


def parameters(value: bytes) -> tuple[str, dict[str, bytes]]:
    """Return the bare value in lower case and the parameters by lower-case name, quotes taken off.

    Names keep their RFC 2231 stars; the first of two with one name counts.
    """
    bare, _, rest = value.partition(b";")
    found: dict[str, bytes] = {}
    at = 0
    while at < len(rest) and len(found) < 200:
        match = _PARAMETER.match(rest, at)
        if match:
            found.setdefault(match[1].decode("latin-1").lower(), _unquoted(match[2].strip()))
            at = match.end()
        stop = rest.find(b";", at)
        at = stop + 1 if stop >= 0 else len(rest)
    return re.sub(r"\s+", "", bare.decode("latin-1")).lower(), found


def _unquoted(value: bytes) -> bytes:
    value = value[:_LONGEST]
    if not value.startswith(b'"'):
        return _uncommented(value)
    inner = value[1:-1] if len(value) > 1 and value.endswith(b'"') else value[1:]
    return _ESCAPED.sub(rb"\1", inner)


def _uncommented(value: bytes) -> bytes:
    """Take off one comment at the end; by searching, a pattern would begin anew at every bracket."""
    if not value.endswith(b")"):
        return value
    opened = value.find(b"(", value.rfind(b")", 0, -1) + 1)
    return value[:opened].rstrip() if opened >= 0 else value


def parameter(
    told: Mapping[str, bytes], name: str, declared: str = "", findings: list[Finding] | None = None
) -> str:
    """Return the decoded parameter ``name``: RFC 2231 in pieces or whole, else RFC 2047 or raw; "" when none."""
    sections: dict[int, tuple[bool, bytes]] = {}
    for key, value in told.items():
        match = _SECTION.fullmatch(key)
        if match and match[1] == name and (match[2] is not None or match[3]):
            sections.setdefault(int(match[2] or 0), (bool(match[3]), value))
    if not sections:
        return words(told.get(name, b""), declared, findings)
    charset, data = "", b""
    for place, (number, (encoded, value)) in enumerate(sorted(sections.items())):
        if number != place:
            break  # a piece is missing: what stands behind it does not belong here
        if place == 0 and encoded and value.count(b"'") >= 2:
            mark, _, value = value.split(b"'", 2)
            charset = mark.decode("latin-1")
        data += _percent(value) if encoded else value
    return words(data, charset or declared, findings) if b"=?" in data else _plain(data, charset or declared)


def _percent(value: bytes) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes((int(found[1], 16),)), value)


def _plain(data: bytes, charset: str) -> str:
    return _CONTROLS.sub("", charsets.decode(data, charset).text).strip()
