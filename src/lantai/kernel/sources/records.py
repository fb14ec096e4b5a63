"""Kinds that describe records by element key already: their headings are the keys that occur."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

from lxml import etree

from lantai.kernel.ead.gathering import NOTE
from lantai.kernel.findings import Finding
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import LEVEL, PARENT, Row, Source

FIRST = ("ref", LEVEL, PARENT)


class Record(NamedTuple):
    """What a file says of one unit: its line, and values by key, "ref", "level", "parent" among them."""

    line: int
    values: dict[str, str]


Records = Callable[[], Iterator[Record]]


def line_of(element: etree._Element) -> int:
    """Return the line of the element's start tag, 0 when it is not known."""
    return cast(int | None, element.sourceline) or 0


def keys_of(records: Iterator[Record]) -> tuple[str, ...]:
    """Return the keys that occur in ``records``: ref, level and parent first, the note last."""
    seen: dict[str, None] = dict.fromkeys(FIRST)
    for record in records:
        if not seen.keys() >= record.values.keys():
            seen.update(dict.fromkeys(record.values))
    return tuple(sorted(seen, key=NOTE.__eq__))


def record_source(
    path: Path,
    kind: str,
    records: Records,
    *,
    encoding: str = "",
    findings: tuple[Finding, ...] = (),
    keys: tuple[str, ...] = (),
) -> Source:
    """Return the records as a source; ``keys`` are its headings where they are known without a pass."""
    headings = unique(keys or keys_of(records()))

    def stream() -> Iterator[Row]:
        for record in records():
            get = record.values.get
            yield Row(record.line, tuple([get(key, "") for key in headings]))

    return Source(path, kind, headings, stream, encoding, findings)
