"""Lists of addresses (RFC 5322), read in one pass over the signs: no recursion, whatever is sent."""

from __future__ import annotations

import re

from lantai.kernel.mail import headers
from lantai.kernel.mail.model import Address

_LOCAL = re.compile(rb"[^\s<>(),;:\"]+$")
_DOMAIN = re.compile(rb"[^\s<>(),;\"]+")
_LONGEST = 320
"""Bytes of an address (RFC 5321, 4.5.3.1); only so far is looked back from an @."""


def read(value: bytes, declared: str, limit: int) -> tuple[Address, ...]:
    """Return the addresses of a header value, at most ``limit``; names decoded, groups taken apart."""
    found = []
    for entry in _entries(value):
        address = _address(entry, declared)
        if address.name or address.address:
            found.append(address)
        if len(found) >= limit:
            break
    return tuple(found)


def _entries(value: bytes) -> list[bytes]:
    """Cut at commas and semicolons outside quotes, angles and comments; the name of a group is dropped."""
    out: list[bytes] = []
    start = depth = 0
    quoted = angled = False
    place = 0
    while place < len(value):
        sign = value[place : place + 1]
        if quoted:
            # The second half of a GBK character may be a backslash: behind a high byte it escapes nothing.
            if sign == b"\\" and value[place - 1] < 0x80:
                place += 1
            quoted = sign != b'"'
        elif sign == b'"':
            quoted = True
        elif sign in b"()":
            depth = max(0, depth + (1 if sign == b"(" else -1))
        elif not depth and sign in b"<>":
            angled = sign == b"<"
        elif not depth and not angled and sign in b",;:":
            if sign != b":":
                out.append(value[start:place])
            start = place + 1
        place += 1
    return [*out, value[start:]]


def _address(entry: bytes, declared: str) -> Address:
    opening = entry.rfind(b"<")
    if opening >= 0:
        inner = entry[opening + 1 :].partition(b">")[0].strip()
        if b"@" not in inner and b" " in inner:
            return Address(_name(inner, declared), "")
        return Address(_name(entry[:opening], declared), _ascii(inner))
    at = entry.find(b"@")
    local = _LOCAL.search(entry[max(0, at - _LONGEST) : at]) if at > 0 else None
    domain = _DOMAIN.match(entry, at + 1)
    if local and domain:
        comment = entry[domain.end() :].strip()
        said = comment[1:-1] if comment.startswith(b"(") and comment.endswith(b")") else b""
        return Address(_name(said, declared), _ascii(local[0] + b"@" + domain[0]))
    return Address(_name(entry, declared), "")


def _name(told: bytes, declared: str) -> str:
    plain = told.strip()
    if plain.startswith(b'"'):
        plain = plain[1:].removesuffix(b'"').replace(b'\\"', b'"')
    return headers.words(plain, declared)


def _ascii(address: bytes) -> str:
    return headers.words(b"".join(address.split()))
