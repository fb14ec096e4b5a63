"""Reading many rows at once: in this process, or on every core in processes that end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from lantai.catalogue.row_process import draft_of, frame_as_json, receive, send
from lantai.catalogue.rows import Draft, Frame, RowReader
from lantai.kernel.errors import Unavailable
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.refcodes import Rules
from lantai.kernel.sources import Row

ALONE_BYTES = 4 << 20
"""Files up to this size are read in this process: another would take longer to start."""


def read_alone(
    chunks: Iterator[list[Row]], frame: Frame, types: Mapping[str, RecordType], rules: Rules
) -> Iterator[list[Draft]]:
    """Yield the drafts of each chunk."""
    reader = RowReader(frame, types, rules)
    for chunk in chunks:
        yield [reader.read(row.number, row.cells, row.extra) for row in chunk]


def read_with_all_cores(
    chunks: Iterator[list[Row]], frame: Frame, types: Path | None
) -> Iterator[list[Draft]]:
    """Yield the drafts of each chunk, in order; each process has one chunk in hand.

    ``Unavailable("catalogue.readers.died")`` when one ends before its time.
    """
    with ExitStack() as stack:
        told: dict[str, object] = {"types": str(types) if types else "", "frame": frame_as_json(frame)}
        workers = [stack.enter_context(_worker(told)) for _ in range(os.cpu_count() or 1)]
        waiting: deque[subprocess.Popen[bytes]] = deque()
        idle = list(workers)
        for chunk in chunks:
            if not idle:
                worker = waiting.popleft()
                drafts = _answer(worker)
                _ask(worker, chunk)
                waiting.append(worker)
                yield drafts
            else:
                worker = idle.pop()
                _ask(worker, chunk)
                waiting.append(worker)
        while waiting:
            yield _answer(waiting.popleft())


@contextmanager
def _worker(told: dict[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "lantai.catalogue.row_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        try:
            send(cast(BinaryIO, worker.stdin), told)
            yield worker
        finally:
            worker.kill()


def _ask(worker: subprocess.Popen[bytes], chunk: list[Row]) -> None:
    try:
        send(cast(BinaryIO, worker.stdin), chunk)
    except BrokenPipeError as death:
        raise Unavailable("catalogue.readers.died") from death


def _answer(worker: subprocess.Popen[bytes]) -> list[Draft]:
    told = receive(cast(BinaryIO, worker.stdout))
    if told is None:
        raise Unavailable("catalogue.readers.died")
    return [draft_of(one) for one in told]
