"""What a file's first bytes say: its encoding, judged on a sample that shows more than ASCII."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel import encodings
from lantai.kernel.errors import Invalid
from lantai.kernel.sources.model import SourceLimits

_SAMPLE = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_DAMAGE = 0.01
"""Share of broken characters up to which text is still taken for damaged UTF-8."""
_MIXED = 0.5
"""The same where no other encoding explains it either: what is UTF-8 by half is so by no accident."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The start of a text, its encoding (Python's name) and whether that is sure."""

    text: str
    encoding: str
    sure: bool


def mark_length(path: Path) -> int:
    """Return how many bytes the file's byte order mark takes."""
    with open(path, "rb") as file:
        start = file.read(4)
    return next((len(mark) for mark, _ in _MARKS if start.startswith(mark)), 0)


def wide_decoder(encoding: str, errors: str) -> codecs.IncrementalDecoder | None:
    """Return a decoder of UTF-16 or UTF-32, None for encodings in which ASCII stays ASCII."""
    return codecs.getincrementaldecoder(encoding)(errors) if encoding[:6] in {"utf-16", "utf-32"} else None


def sample(path: Path, limits: SourceLimits) -> Sample:
    """Return the start of the text in ``path`` and its encoding.

    The encoding is judged where the text first leaves ASCII, however deep in the file that is.
    Raises Invalid: ``sources.file.empty``, ``.too_large``, ``.kind`` (bytes that are no text).
    """
    size = path.stat().st_size
    if size > limits.text:
        raise Invalid("sources.file.too_large", name=path.name, size=size, limit=limits.text)
    with open(path, "rb") as file:
        start = file.read(_SAMPLE)
        telling = start
        while telling and telling.isascii() and b"\0" not in telling:
            telling = file.read(_SAMPLE)
    if not start[mark_length(path) :].strip():
        raise Invalid("sources.file.empty", name=path.name)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return Sample(start[len(mark) :].decode(name, "replace"), name, True)
    encoding, sure = _judge(telling or start)
    text = start.decode(encoding, "replace")
    if "\0" in text or (not sure and len(_CONTROLS.findall(text)) > len(text) / 500):
        raise Invalid("sources.file.kind", name=path.name)
    return Sample(text, encoding, sure)


def _judge(data: bytes) -> tuple[str, bool]:
    whole = _whole_lines(data)
    name, sure = encodings.detect(whole)
    if sure:
        return name, sure
    text = whole.decode("utf-8", "replace")
    beyond = sum(1 for c in text if c > "\x7f")
    share = _DAMAGE if _decodes(whole, name) else _MIXED
    if beyond and text.count("\ufffd") <= beyond * share:
        return "utf-8", True
    return name, sure


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _whole_lines(data: bytes) -> bytes:
    """Return ``data`` without the line, or at least the character, that its end cuts through."""
    if len(data) < _SAMPLE:
        return data
    if b"\0" in data:
        end = len(data) & ~1
        # A character beyond the first plane takes two units, which the end may cut apart: none is left there,
        # in whichever order the bytes are.
        while end > 2 and any(0xD8 <= byte <= 0xDF for byte in data[end - 2 : end]):
            end -= 2
        return data[:end]
    end = data.rfind(b"\n") + 1
    if end:
        start = 0 if data[:1].isascii() else data.find(b"\n") + 1
        return data[start:end]
    for cut in range(4):
        if encodings.detect(data[: len(data) - cut])[1]:
            return data[: len(data) - cut]
    return data


def visible_start(start: bytes) -> bytes:
    """Return the first bytes of a file without byte order mark, zeros and white space, to look for ``<``."""
    mark = next((len(mark) for mark, _ in _MARKS if start.startswith(mark)), 0)
    return re.sub(rb"[\0\s]+", b"", start[mark:])
