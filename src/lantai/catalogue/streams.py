"""The growing files of a plan: durable at every checkpoint, cut back to the last one after a kill."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

from lantai.catalogue.rows import Problem
from lantai.catalogue.workshop import BATCH_ROWS, Workshop, origins_as_bytes, write_whole

KINDS = ("fonds", "agents", "files", "items", "changes")
"""What batches hold, in the order in which they go in: what lies above comes before what lies in it."""


class Streams:
    """Opened files by their path below the plan; appended to, and cut to the sizes of a checkpoint first."""

    def __init__(self, shop: Workshop, sizes: dict[str, int]) -> None:
        self._root = shop.plan
        self._open: dict[str, BinaryIO] = {}
        shop.problems.mkdir(parents=True, exist_ok=True)
        for path in sorted(shop.plan.rglob("*")):
            name = path.relative_to(shop.plan).as_posix()
            if path.is_file() and name != "checkpoint.json":
                if name in sizes:
                    os.truncate(path, sizes[name])
                else:
                    path.unlink()
        self._sizes = dict(sizes)

    def append(self, name: str, data: bytes) -> int:
        """Append ``data`` to the file ``name`` and return where it begins."""
        stream = self._open.get(name)
        if stream is None:
            stream = self._open[name] = open(self._root / name, "ab")  # noqa: SIM115 (closed in close)
        begin = self._sizes.get(name, 0)
        stream.write(data)
        self._sizes[name] = begin + len(data)
        return begin

    def replace(self, name: str, data: bytes) -> None:
        """Write the file ``name`` whole."""
        write_whole(self._root / name, data)
        self._sizes[name] = len(data)

    def sync(self) -> dict[str, int]:
        """Make everything durable and return the sizes of all files."""
        for stream in self._open.values():
            stream.flush()
            os.fsync(stream.fileno())
        return dict(self._sizes)

    def done_with(self, *names: str) -> None:
        """Close files that will not grow any more."""
        for name in names:
            stream = self._open.pop(name, None)
            if stream is not None:
                stream.flush()
                os.fsync(stream.fileno())
                stream.close()

    def close(self) -> None:
        for name in list(self._open):
            self._open.pop(name).close()


class Batches:
    """The batches of a plan under way: lines go to the batch of their kind, which is closed when it is full."""

    def __init__(self, streams: Streams, kept: dict[str, Any]) -> None:
        self._streams = streams
        self._numbers: dict[str, int] = dict(kept.get("numbers", {}))
        self._counts: Counter[str] = Counter(kept.get("counts", {}))
        self._current = {kind: self._name(kind) for kind in self._numbers}
        self._fresh: dict[str, tuple[list[bytes], list[tuple[int, int]]]] = {}

    def add(self, kind: str, row: int, at: int, line: bytes) -> tuple[str, int]:
        """Add a line and return the batch's name and the line's place in it. Written at :meth:`flush`."""
        name = self._current.get(kind, "")
        if not name or self._counts[name] >= BATCH_ROWS:
            if name:
                self.flush()
                self._streams.done_with(f"{name}.jsonl", f"{name}.rows", f"{name}.parents")
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            name = self._current[kind] = self._name(kind)
        lines, origins = self._fresh.setdefault(name, ([], []))
        lines.append(line)
        origins.append((row, at))
        self._counts[name] += 1
        return name, self._counts[name] - 1

    def flush(self) -> None:
        """Write what was added since the last time."""
        for name, (lines, origins) in self._fresh.items():
            self._streams.append(f"{name}.jsonl", b"\n".join([*lines, b""]))
            self._streams.append(f"{name}.rows", origins_as_bytes(origins))
        self._fresh.clear()

    def _name(self, kind: str) -> str:
        return f"{kind}-{self._numbers[kind]:04d}"

    def names(self) -> list[str]:
        """Return the names of all batches in the order in which they go in."""
        return [f"{kind}-{n:04d}" for kind in KINDS for n in range(1, self._numbers.get(kind, 0) + 1)]

    def as_json(self) -> dict[str, Any]:
        return {"numbers": self._numbers, "counts": dict(self._counts)}


class Problems:
    """The problems of a plan under way, a file for each code, with their counts."""

    def __init__(self, streams: Streams, kept: dict[str, Any]) -> None:
        self._streams = streams
        self.counts: dict[str, dict[str, int]] = {code: dict(told) for code, told in kept.items()}

    def add(self, problems: Iterable[Problem], at: int) -> None:
        """Append problems of the row at the place ``at`` (0-based) among the rows."""
        for one in problems:
            counts = self.counts.setdefault(one.code, {"error": 0, "warning": 0, "info": 0})
            counts[one.severity] += 1
            line = orjson.dumps({"at": at, **one._asdict()})
            self._streams.append(f"problems/{one.code}.jsonl", line + b"\n")
