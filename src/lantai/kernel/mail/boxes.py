"""What kind of file mail comes in, and many messages in one: mbox and the box of Foxmail, as a stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lantai.kernel.errors import Invalid
from lantai.kernel.mail import headers
from lantai.kernel.mail.model import LIMITS, MailLimits, Message, Span
from lantai.kernel.mail.reading import read_message, read_span

FOXMAIL = b"\x10\x10\x10\x10\x10\x10\x10\x11\x11\x11\x11\x11\x11"
_OLE, _PST = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"!BDN"
_BOM = b"\xef\xbb\xbf"
_POSTMARK = re.compile(
    rb"From (?:\S.{0,400} )? {0,4}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    rb"{1,2}\d{1,2} \d{1,2}:\d{2}(?::\d{2})?(?: [A-Z]{1,5}| [+-]\d{4})? \d{4}(?: [+-]\d{4})?\s*"
)
"""The line before a message in a box: sender and date. Looser lines that begin with From are words of a letter."""
_LONGEST = 600
"""Bytes of such a line at the most; what is longer is not tried: a hostile line costs no more."""
_NAMED = {"msg": "Outlook MSG", "pst": "Outlook PST"}


def kind_of(path: Path) -> str:
    """Return eml, mbox, foxmail, msg, pst, or "" by the first bytes."""
    with open(path, "rb") as stream:
        start = stream.read(1 << 12)
    if start.startswith(_OLE):
        return "msg"
    if start.startswith(_PST):
        return "pst"
    if start.startswith(FOXMAIL):
        return "foxmail"
    text = start.removeprefix(_BOM).lstrip(b"\r\n")
    if text.startswith(b"From "):
        return "mbox"
    return "eml" if headers.is_field(text.split(b"\n", 1)[0]) else ""


def read_mail(path: Path, limits: MailLimits = LIMITS) -> Iterator[Message]:
    """Yield the messages of an EML, MHTML, mbox or Foxmail file, one after the other; never two in memory.

    Raises Invalid: ``mail.file.outlook`` for MSG and PST, which have to be exported, ``mail.file.none``,
    ``mail.file.too_large`` (a message of a box that is too large ends the reading).
    """
    kind = kind_of(path)
    if kind in _NAMED:
        raise Invalid("mail.file.outlook", name=path.name, kind=_NAMED[kind])
    if not kind:
        raise Invalid("mail.file.none", name=path.name)
    if kind == "eml":
        yield read_message(path, limits)
        return
    with open(path, "rb") as marks, open(path, "rb") as stream:
        for span in _spans(marks, kind, limits):
            yield read_span(stream, span, limits, path.name, quoted=True)


def _spans(stream: BinaryIO, kind: str, limits: MailLimits) -> Iterator[Span]:
    """Yield where the messages of a box lie, without the line before each and the blank line behind."""
    place, start = 0, -1
    blank, fresh, last = True, True, b""
    while line := stream.readline(limits.line):
        opens = fresh and (line.startswith(FOXMAIL) if kind == "foxmail" else _opens(line, blank, start < 0))
        if opens:
            if start >= 0:
                yield Span(start, place - _ending(last, blank, kind))
            start = place + len(line)
        blank = fresh and not line.strip(b"\r\n")
        fresh = line.endswith(b"\n")
        last = line
        place += len(line)
    if start >= 0:
        yield Span(start, place)


def _opens(line: bytes, blank: bool, first: bool) -> bool:
    if not line.startswith(b"From "):
        return False
    return first or (blank and len(line) <= _LONGEST and _POSTMARK.fullmatch(line) is not None)


def _ending(last: bytes, blank: bool, kind: str) -> int:
    """Return how many bytes of the blank line before a postmark belong to the box, not to the message."""
    return len(last) if blank and kind == "mbox" else 0
