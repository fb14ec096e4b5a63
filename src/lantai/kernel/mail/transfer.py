"""Transfer encodings (RFC 2045) undone piece by piece, damaged ones as far as they go."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import BinaryIO

from lantai.kernel.mail.model import Span

CHUNK = 1 << 18
IDENTITY = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit"})

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_OTHERS = bytes(sorted(set(range(256)) - set(_ALPHABET)))
_WHITE = b" \t\r\n"
_ODD = re.compile(rb"=(?![0-9A-Fa-f]{2})(?!=?[ \t]*\r?\n)(?!=?[ \t]*$)")


class Plain:
    """No encoding: bytes pass."""

    problem = ""

    def feed(self, data: bytes) -> bytes:
        """Return what can be told of ``data``."""
        return data

    def finish(self) -> bytes:
        """Return what was held back."""
        return b""


class Base64(Plain):
    """Base64; signs that are none are left out, and what stands behind the padding is not decoded."""

    def __init__(self) -> None:
        self.problem = ""
        self._held = b""
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        clean = data.translate(None, _OTHERS)
        if len(data.translate(None, _WHITE)) != len(clean):
            self.problem = self.problem or "mail.part.base64"
        if self._ended:
            if clean.strip(b"="):
                self.problem = "mail.part.behind"
            return b""
        before, padding, behind = (self._held + clean).partition(b"=")
        if padding:
            self._ended = True
            if behind.strip(b"="):
                self.problem = "mail.part.behind"
            self._held = before
            return self.finish()
        whole = len(before) & ~3
        self._held = before[whole:]
        return binascii.a2b_base64(before[:whole])

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        if len(held) % 4 == 1:
            self.problem = self.problem or "mail.part.base64"
            held = held[:-1]
        elif len(held) % 4 and not self._ended:
            self.problem = self.problem or "mail.part.base64"
        return binascii.a2b_base64(held + b"=" * (-len(held) % 4))


class Quoted(Plain):
    """Quoted-printable; what is no escape stays as it is."""

    def __init__(self) -> None:
        self.problem = ""
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        both = self._held + data
        end = both.rfind(b"\n") + 1
        if not end and len(both) > CHUNK:  # one endless line: cut it where no escape is cut
            at = both.rfind(b"=", len(both) - 3)
            end = at if at >= 0 else len(both)
        self._held = both[end:]
        return self._told(both[:end])

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return self._told(held)

    def _told(self, data: bytes) -> bytes:
        if _ODD.search(data):
            self.problem = "mail.part.quoted"
        return binascii.a2b_qp(data)


def decoder(encoding: str) -> Plain:
    """Return a decoder of the stated encoding; an unknown one leaves the bytes as they are."""
    if encoding == "base64":
        return Base64()
    return Quoted() if encoding == "quoted-printable" else Plain()


def raw(stream: BinaryIO, span: Span) -> Iterator[bytes]:
    """Yield the bytes of ``span`` in pieces."""
    stream.seek(span.start)
    left = span.size
    while left > 0:
        data = stream.read(min(CHUNK, left))
        if not data:
            return
        left -= len(data)
        yield data


def decoded(stream: BinaryIO, span: Span, told: Plain) -> Iterator[bytes]:
    """Yield the decoded bytes of ``span``; ``told.problem`` is a code afterwards when something was wrong."""
    for data in raw(stream, span):
        made = told.feed(data)
        if made:
            yield made
    rest = told.finish()
    if rest:
        yield rest
