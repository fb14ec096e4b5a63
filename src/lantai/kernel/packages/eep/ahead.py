"""EEP files made ahead of their writing: small ones whole, by several threads, in memory that is used again.

Coding holds the interpreter, digests do not; a whole file at a time keeps the threads from waiting for each other.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from lantai.kernel.digests import FileDigests, digest_bytes

SMALL = 2 << 20
"""Bytes of an EEP file that is still made whole."""
AHEAD = 3
"""Files that are made or wait while one is written."""


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be written: the bytes in pieces, valid until the next file is asked for; and their digests if taken."""

    path: str
    size: int
    pieces: Iterable[bytes | memoryview]
    told: FileDigests | None = None


def made_ahead(tasks: Iterable[Callable[[], Made]]) -> Generator[Made]:
    """Yield what the tasks make, in their order; small files with their digests.

    What a task raises is raised in its turn. Close the iterator where it is not read to its end.
    """
    memory = deque(bytearray(SMALL) for _ in range(AHEAD + 1))
    waiting: deque[tuple[Future[Made], bytearray]] = deque()
    pool = ThreadPoolExecutor(min(AHEAD, os.cpu_count() or 1))
    try:
        for task in tasks:
            buffer = memory.popleft()
            waiting.append((pool.submit(_made, task, buffer), buffer))
            if not memory:
                yield from _next(waiting, memory)
        while waiting:
            yield from _next(waiting, memory)
    finally:
        pool.shutdown(cancel_futures=True)


def _next(waiting: deque[tuple[Future[Made], bytearray]], memory: deque[bytearray]) -> Iterator[Made]:
    future, buffer = waiting.popleft()
    yield future.result()
    memory.append(buffer)


def _made(task: Callable[[], Made], buffer: bytearray) -> Made:
    made = task()
    if made.size > SMALL:
        return made
    written = 0
    for piece in made.pieces:
        buffer[written : written + len(piece)] = piece
        written += len(piece)
    whole = memoryview(buffer)[:written]
    return Made(made.path, written, (whole,), digest_bytes(whole))
