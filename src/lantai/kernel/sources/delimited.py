"""Delimited text (comma, tab, semicolon, bar) of any size, decoded and cut as it is read.

Nothing is guessed twice: encoding and delimiter come from a sample, and what the sample did not show (a byte
that is not of that encoding, a quote that is never closed) is an error that names its row.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formulas import armed
from lantai.kernel.sources import sampling
from lantai.kernel.sources.headings import LOOK, Known, find_headings
from lantai.kernel.sources.model import Row, Source, SourceLimits
from lantai.kernel.sources.shaping import END, shaped

_DELIMITERS = ",\t;|"
_BLOCK = 1 << 18
_MARK = "\ufdd0"
_TOLD = re.compile(r"sep=(.)(?:\r|\n)", re.IGNORECASE)
_FIELD = 1 << 20

# The one setting of the csv module is the process's; no cell of a catalogue needs more, and less than the
# module's own 128 KiB would cut real descriptions.
csv.field_size_limit(_FIELD)
codecs.register_error("lantai-mark", lambda error: (_MARK, getattr(error, "end", 0)))


@dataclass(frozen=True, slots=True)
class Delimited:
    """A file of delimited text, its encoding and delimiter; ``findings`` say when the encoding was guessed."""

    path: Path
    encoding: str
    delimiter: str
    limits: SourceLimits
    findings: tuple[Finding, ...] = ()

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number from 1, cells) of every row, blank ones too.

        Raises Invalid: ``sources.text.undecodable``, ``.zero`` (a zero byte), ``.unfinished`` (a quote is open
        at the end), ``.quotes`` (text behind a closing quote: in between rows may have become one cell),
        ``sources.cell.too_long``, ``sources.line.too_long`` (a line, or a row of many lines).
        """
        name, number = self.path.name, 0
        cells: list[str] = []
        watched = _Watched(self, "strict")
        try:
            with _text(self, watched) as text:
                for number, cells in enumerate(self._reader(text), 1):
                    watched.row = number
                    yield number, cells
        except UnicodeDecodeError as error:
            row = self._row_with(_MARK)
            raise Invalid("sources.text.undecodable", name=name, row=row, encoding=self.encoding) from error
        except _Zero as error:
            raise Invalid("sources.text.zero", name=name, row=self._row_with("\0")) from error
        except csv.Error as error:
            raise self._fault(str(error), number + 1) from error
        if cells != [END]:
            raise Invalid("sources.text.unfinished", name=name, row=number)

    def _fault(self, told: str, row: int) -> Invalid:
        """Return what the csv module's own words mean; it has no codes."""
        if "field larger" in told:
            return Invalid("sources.cell.too_long", name=self.path.name, row=row, limit=_FIELD)
        code = "sources.text.unfinished" if "unexpected end" in told else "sources.text.quotes"
        return Invalid(code, name=self.path.name, row=row)

    def _reader(self, text: io.TextIOWrapper) -> Iterator[list[str]]:
        return csv.reader(itertools.chain(text, (END,)), delimiter=self.delimiter, strict=True)

    def _row_with(self, sign: str) -> int:
        """Return the first row in which ``sign`` stands, 0 when the rows cannot be told apart before it."""
        number = 0
        watched = _Watched(self, "lantai-mark")
        try:
            with _text(self, watched) as text:
                for number, cells in enumerate(self._reader(text), 1):
                    watched.row = number
                    if any(sign in cell for cell in cells):
                        return number
        except csv.Error:
            return number + 1
        return 0


class _Zero(Exception):
    """There is a zero byte in what was read."""


class _Watched(io.RawIOBase):
    """The file's bytes, refused when they hold zeros or a line or row without end; wide encodings become UTF-8.

    ``row`` is set by whoever makes rows of it: bytes that come while it stays are those of one row. With
    ``errors`` other than strict zeros pass, too.
    """

    def __init__(self, source: Delimited, errors: str) -> None:
        super().__init__()
        self.row = 0
        self.errors = errors
        self._before = 0
        self._since = 0
        self._file = open(source.path, "rb", buffering=0)  # noqa: SIM115 - closed with this stream
        self._name = source.path.name
        self._limit = source.limits.cell * 4
        self._run = 0
        self._wide = sampling.wide_decoder(source.encoding, errors)
        self._rest = b""
        self._file.seek(sampling.mark_length(source.path))

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        if not self._rest:
            self._rest = self._next()
        data, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(data)] = data
        return len(data)

    def _next(self) -> bytes:
        while True:
            data = self._file.read(_BLOCK)
            if self._wide is not None:
                text = self._wide.decode(data, final=not data)
                made = text.encode("utf-8")
            else:
                made = data
            if made or not data:
                break
        if b"\0" in made and self.errors == "strict":
            raise _Zero
        last = made.rfind(b"\n")
        last = last if last >= 0 else made.rfind(b"\r")
        self._run = len(made) - last - 1 + (self._run if last < 0 else 0)
        self._since = 0 if self.row != self._before else self._since + len(made)
        self._before = self.row
        if self._run > self._limit or self._since > self._limit * 4:
            raise Invalid("sources.line.too_long", name=self._name, row=self.row + 1, limit=self._limit)
        return made


def _text(source: Delimited, watched: _Watched) -> io.TextIOWrapper:
    name = "utf-8" if sampling.wide_decoder(source.encoding, watched.errors) else source.encoding
    buffered = io.BufferedReader(watched, _BLOCK)
    return io.TextIOWrapper(buffered, encoding=name, errors=watched.errors, newline="")


def open_delimited(path: Path, limits: SourceLimits) -> Delimited:
    """Return the file with its encoding and delimiter found.

    Raises Invalid: ``sources.file.empty``, ``sources.file.kind`` (bytes that are no text).
    """
    sample = sampling.sample(path, limits)
    guessed = Finding("encodings.text.guessed", path.name, "", sample.encoding, Severity.WARNING)
    return Delimited(path, sample.encoding, delimiter(sample.text), limits, () if sample.sure else (guessed,))


def read_delimited(path: Path, limits: SourceLimits, known: Known | None = None) -> Source:
    """Return delimited text as a source; see :func:`open_delimited` for what it raises."""
    opened = open_delimited(path, limits)
    lines = opened.lines()
    first = [cells for _, cells in itertools.islice(_armed(lines), LOOK * 3) if cells != [END]]
    lines.close()  # type: ignore[attr-defined]
    if max(map(len, first), default=0) > limits.columns:
        raise Invalid("sources.table.too_wide", name=path.name, columns=limits.columns)
    heading = find_headings(first, known)
    head = heading.place + 1

    def stream() -> Iterator[Row]:
        return shaped(_armed(opened.lines()), heading.columns, head)

    return Source(path, "csv", heading.names, stream, opened.encoding, opened.findings, head=head)


def _armed(lines: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Undo what an export did so that no spreadsheet takes a cell for a formula."""
    for number, cells in lines:
        if any(cell.startswith("'") for cell in cells):
            yield number, [armed(cell) for cell in cells]
        else:
            yield number, cells


def delimiter(text: str) -> str:
    """Return the delimiter that cuts the first rows of ``text`` most evenly, comma when none does.

    One that cuts every row is preferred to one that leaves title rows whole. A first line ``sep=;``, as Excel
    writes it, decides.
    """
    told = _TOLD.match(text)
    if told:
        return told[1]
    sample = "".join(text.splitlines(keepends=True)[:LOOK])
    scores = []
    for place, candidate in enumerate(_DELIMITERS):
        widths = _widths(sample, candidate)
        if not widths:
            continue
        width, rows = max(Counter(widths).items(), key=lambda found: (found[0] > 1, found[1], found[0]))
        every = min(widths[:5])
        scores.append(((every > 1, every if every > 1 else rows * (width - 1)), -place, candidate))
    best = max(scores, default=((False, 0), 0, ","))
    return best[2] if best[0][1] > 0 else ","


def _widths(sample: str, candidate: str) -> list[int]:
    try:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)
        return [len(row) for row in rows if row]
    except csv.Error:
        return []
