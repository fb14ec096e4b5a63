"""The parts of a message, found line by line in the file: only places are kept, whatever the message weighs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.mail import headers, transfer
from lantai.kernel.mail.headers import Headers
from lantai.kernel.mail.model import MailLimits, Span

_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_FIRST = 1 << 10
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Entity:
    """One part as it stands: its headers, its content (``span``), the entities in it, how deep it lies."""

    number: str
    headers: Headers
    mime: str
    parameters: dict[str, bytes]
    encoding: str
    span: Span
    outer: Span
    children: list[Entity] = field(default_factory=list)
    inner: Entity | None = None


class _Line(NamedTuple):
    start: int
    data: bytes
    fresh: bool
    """False for the rest of a line that is longer than is read at once."""


class Lines:
    """The lines of a span, one to look at and more to come."""

    def __init__(self, stream: BinaryIO, span: Span, limit: int) -> None:
        self._stream, self._end, self._limit = stream, span.end, limit
        self._place = span.start
        self._fresh = True
        stream.seek(span.start)
        self.now: _Line | None = None
        self.next()

    def next(self) -> _Line | None:
        """Go on; None at the end."""
        data = self._stream.readline(min(self._limit, self._end - self._place))
        if not data:
            self.now = None
            return None
        self.now = _Line(self._place, data, self._fresh)
        self._place += len(data)
        self._fresh = data.endswith(b"\n")
        return self.now

    def to_dashes(self) -> bytes:
        """Go on to the next line that begins with two hyphens, or to the end; return the two bytes before it.

        Read in growing pieces: attachments are passed at the speed of a search, lines of hyphens cost little each.
        """
        place, size = self._place, _FIRST
        tail = self.now.data[-3:] if self.now else b""
        while data := self._stream.read(min(size, self._end - place)):
            both = tail + data
            at = both.find(b"\n--")
            if at >= 0:
                self._place = place - len(tail) + at + 1
                self._stream.seek(self._place)
                self._fresh = True
                self.next()
                return both[max(0, at - 1) : at + 1]
            place += len(data)
            tail = both[-3:]
            size = min(size * 2, transfer.CHUNK)
        self.end()
        return b""

    def end(self) -> None:
        """Go to the end without a look at what lies between."""
        self._place, self.now = self._end, None

    @property
    def place(self) -> int:
        """Where the line that is looked at begins, or the end of the span."""
        return self.now.start if self.now else self._end


class Walk:
    """One walk over one message; ``findings`` fill while it goes."""

    def __init__(self, stream: BinaryIO, span: Span, limits: MailLimits) -> None:
        self.findings: list[Finding] = []
        self._limits = limits
        self._lines = Lines(stream, span, limits.line)
        self._bounds: dict[bytes, list[int]] = {}
        self._levels = 0
        self._count = 0
        self._end = span.end

    def whole(self) -> Entity:
        """Return the outermost entity."""
        self._skip_leading()
        return self._entity("", 0, "text/plain")

    def _skip_leading(self) -> None:
        """Pass blank lines, a byte order mark and the lines that mailboxes put before a message."""
        for _ in range(20):
            line = self._lines.now
            if line is None or not (not line.data.strip() or line.data.startswith((b"From ", b">From "))):
                return
            self._lines.next()

    def _entity(self, number: str, depth: int, default: str) -> Entity:
        start = self._lines.place
        told = self._headers(number or "0")
        mime, parameters = headers.parameters(told.first("content-type"))
        encoding = headers.parameters(told.first("content-transfer-encoding"))[0]
        if mime.count("/") != 1:
            mime = default
        body = self._lines.place
        entity = Entity(number or "0", told, mime, parameters, encoding, Span(body, body), Span(start, body))
        self._count += 1
        if mime.startswith("multipart/") and self._may_open(entity, depth):
            self._multipart(entity, number, depth)
        elif mime in _MESSAGES and encoding in transfer.IDENTITY and self._deep_enough(entity, depth):
            entity.inner = self._entity(number, depth + 1, "text/plain")
            # What stands in the other one is counted there; this one is the envelope only.
            end = entity.inner.outer.end
            entity.span, entity.outer = Span(body, end), Span(start, end)
        else:
            end = self._until_boundary(body)
            entity.span, entity.outer = Span(body, end), Span(start, end)
        return entity

    def _may_open(self, entity: Entity, depth: int) -> bool:
        bound = entity.parameters.get("boundary", b"").rstrip()
        if not bound:
            self._tell("mail.multipart.no_boundary", entity.number)
            return False
        if len(bound) > 1_000:
            self._tell("mail.multipart.no_boundary", entity.number, found=f"{len(bound)}")
            return False
        return self._deep_enough(entity, depth)

    def _deep_enough(self, entity: Entity, depth: int) -> bool:
        if depth < self._limits.depth:
            return True
        self._tell("mail.part.too_deep", entity.number, limit=self._limits.depth)
        return False

    def _multipart(self, entity: Entity, number: str, depth: int) -> None:
        bound = entity.parameters["boundary"].rstrip()
        level = self._levels = self._levels + 1
        self._bounds.setdefault(bound, []).append(level)
        self._until_boundary(entity.span.start)
        default = "message/rfc822" if entity.mime == "multipart/digest" else "text/plain"
        closed = False
        while (mark := self._mark()) and mark[0] == level:
            self._lines.next()
            if mark[1]:
                closed = True
                break
            if self._mark() == mark:
                continue  # two lines of one boundary with nothing between: no part
            if self._count >= self._limits.parts:
                self._tell("mail.part.too_many", entity.number, limit=self._limits.parts)
                self._run_out()
                break
            place = f"{number}.{len(entity.children) + 1}" if number else f"{len(entity.children) + 1}"
            entity.children.append(self._entity(place, depth + 1, default))
        self._bounds[bound].pop()
        if not self._bounds[bound]:
            del self._bounds[bound]
        self._levels -= 1
        if not entity.children:
            self._tell("mail.multipart.empty", entity.number, severity=Severity.WARNING)
        elif not closed:
            self._tell("mail.multipart.unclosed", entity.number, severity=Severity.WARNING)
        # Behind the last boundary stands an epilogue, which is no part.
        end = self._until_boundary(self._lines.place)
        entity.span, entity.outer = Span(entity.span.start, end), Span(entity.outer.start, end)

    def _run_out(self) -> None:
        """Leave the rest untouched: the message is whole in the original."""
        self._lines.end()

    def _headers(self, path: str) -> Headers:
        """Read header lines up to a blank line, a boundary, or a line that is none of a header."""
        kept: list[bytes] = []
        size = fields = 0
        cut = False
        while (line := self._lines.now) is not None:
            data = line.data.removeprefix(_BOM) if not kept else line.data
            if line.fresh and not data.strip(b"\r\n"):
                self._lines.next()
                break
            if line.fresh and self._mark():
                break
            begins = line.fresh and headers.is_field(data)
            if not (begins or data[:1] in b" \t" or not line.fresh):
                self._tell("mail.header.malformed", path, _shown(data), severity=Severity.WARNING)
                break
            fields += begins
            size += len(data)
            if size <= self._limits.headers and fields <= self._limits.fields:
                if line.fresh or not kept:
                    kept.append(data)
                else:
                    kept[-1] += data
            else:
                cut = True
            self._lines.next()
        if cut:
            self._tell("mail.header.too_large", path, severity=Severity.WARNING, bytes=size)
        return headers.cut(kept)

    def _until_boundary(self, start: int) -> int:
        """Pass lines up to the next boundary; return where the content before it ends, its line end left out."""
        if not self._bounds:
            self._lines.end()
            return self._end
        last = b""
        while (line := self._lines.now) is not None:
            if line.fresh and self._mark():
                strip = 2 if last.endswith(b"\r\n") else 1 if last.endswith(b"\n") else 0
                return max(start, line.start - strip)
            last = self._lines.to_dashes()
        return self._end

    def _mark(self) -> tuple[int, bool] | None:
        """Return the level of the boundary that is looked at, and whether it closes; None when it is none."""
        line = self._lines.now
        if line is None or not line.data.startswith(b"--") or not self._bounds:
            return None
        told = line.data[2:].rstrip()
        if told in self._bounds:
            return self._bounds[told][-1], False
        if told.endswith(b"--") and told[:-2].rstrip() in self._bounds:
            return self._bounds[told[:-2].rstrip()][-1], True
        return None

    def _tell(
        self, code: str, path: str, found: str = "", *, severity: Severity = Severity.ERROR, **facts: int
    ) -> None:
        self.findings.append(Finding(code, path, found=found, severity=severity, facts=facts))


def leaves(entity: Entity) -> Iterator[Entity]:
    """Yield the entities that hold something, in their order; messages inside count as one."""
    waiting = [entity]
    while waiting:
        one = waiting.pop()
        if one.children:
            waiting += reversed(one.children)
        elif not one.mime.startswith("multipart/") or one.span.size:
            yield one


def _shown(data: bytes) -> str:
    return data[:80].decode("ascii", "backslashreplace").strip()
