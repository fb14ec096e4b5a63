"""A process of its own that reads rows: ``python -m lantai.catalogue.row_process``.

Both ways each message is eight bytes of length (little-endian) and that many bytes of JSON. The first tells
the :class:`Frame` and the folder of the site's record types; then each is a list of ``[number, cells, extra]``
and is answered by the list of drafts. The process ends when its input does, so that none outlives its maker.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from lantai.catalogue.rows import Draft, Frame, Problem, RowReader
from lantai.kernel import recordtypes
from lantai.kernel.collector import look_seldom
from lantai.kernel.freeing import keep_little

_NICE = 5
"""Planning gives way to people who are reading."""


def send(out: BinaryIO, told: Any) -> None:
    """Write one message."""
    data = orjson.dumps(told, default=list)  # rows and drafts are named tuples
    out.write(len(data).to_bytes(8, "little"))
    out.write(data)
    out.flush()


def receive(stream: BinaryIO) -> Any:
    """Return the next message, None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "little")
    data = stream.read(size)
    return orjson.loads(data) if len(data) == size else None


def frame_as_json(frame: Frame) -> dict[str, Any]:
    return {
        "columns": frame.columns,
        "type": frame.type,
        "fonds": frame.fonds,
        "level": frame.level,
        "tolerant": frame.tolerant,
        "known_fonds": sorted(frame.known_fonds),
    }


def draft_of(told: list[Any]) -> Draft:
    """Return a draft that came as a message."""
    problems = tuple([Problem(*one) for one in told[8]]) if told[8] else ()
    return Draft._make((*told[:8], problems, told[9], tuple(told[10])))


def _frame(told: Mapping[str, Any]) -> Frame:
    columns = tuple((heading, key) for heading, key in told["columns"])
    return Frame(
        columns,
        told["type"],
        told["fonds"],
        told["level"],
        told["tolerant"],
        frozenset(told["known_fonds"]),
    )


def main() -> None:
    """Answer until the input ends."""
    os.nice(_NICE)
    told = receive(sys.stdin.buffer)
    if told is None:
        return
    own = Path(told["types"]) if told["types"] else None
    reader = RowReader(_frame(told["frame"]), recordtypes.load(own), recordtypes.site_rules(own))
    look_seldom()
    keep_little()
    while (rows := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, [reader.read(*row) for row in rows])


if __name__ == "__main__":
    main()
