"""The folder of an import: the file as it came, the plan, its problems, and how far work is.

What lies here is operational: progress and plans are not acts and have no ledger entry.

``source.<ext>``            the file, byte for byte
``plan/<kind>-0001.jsonl``  what a batch will do, one canonical line per record; ``.rows`` beside it says
                            where each comes from (row and place, two little-endian numbers of 32 bits)
``plan/problems/<code>.jsonl``  the problems of one code in the order of the rows
``plan/outcomes.bin``       one letter for every row: N new, C changed, S same, R refused
``plan/checkpoint.json``    how far the plan is durable
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from lantai.base.home import home
from lantai.kernel.storage.medium import sync_file

NEW, CHANGED, SAME, REFUSED = b"N", b"C", b"S", b"R"
_ORIGIN = struct.Struct("<II")
BATCH_ROWS = 20_000
"""Rows of one batch at most: what goes in whole or not at all."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The folder of one import."""

    root: Path

    @property
    def plan(self) -> Path:
        return self.root / "plan"

    @property
    def problems(self) -> Path:
        return self.plan / "problems"

    @property
    def outcomes(self) -> Path:
        return self.plan / "outcomes.bin"

    def source(self) -> Path:
        """Return the file that was brought."""
        return next(self.root.glob("source*"))

    def checkpoint(self) -> dict[str, Any] | None:
        """Return how far the plan was durable, None when it was not begun."""
        try:
            told: dict[str, Any] = json.loads((self.plan / "checkpoint.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return told

    def write_checkpoint(self, told: Mapping[str, Any]) -> None:
        """Say how far the plan is durable; the files it speaks of are so already."""
        write_whole(self.plan / "checkpoint.json", json.dumps(told, ensure_ascii=False).encode())

    def forget_plan(self) -> None:
        """Remove the plan, so that it is made anew."""
        shutil.rmtree(self.plan, ignore_errors=True)

    def tell(self, step: str, done: int, total: int) -> None:
        """Leave a sign of life."""
        told = json.dumps({"step": step, "done": done, "total": total}).encode()
        fresh = self.root / f"progress.{os.getpid()}"
        fresh.write_bytes(told)
        fresh.replace(self.root / "progress.json")

    def told(self) -> dict[str, Any]:
        """Return the last sign of life, {} when there is none."""
        try:
            told: dict[str, Any] = json.loads((self.root / "progress.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return told

    def lines(self, file: str) -> Iterator[dict[str, Any]]:
        """Yield what the lines of a batch say."""
        return map(orjson.loads, self.raw_lines(file))

    def raw_lines(self, file: str) -> Iterator[bytes]:
        """Yield the lines of a batch, without their ends."""
        with open(self.plan / file, "rb") as stream:
            for line in stream:
                yield line.removesuffix(b"\n")

    def origins(self, file: str) -> list[tuple[int, int]]:
        """Return where each line of a batch comes from: the row as people count, and its place from 0 on."""
        return list(_ORIGIN.iter_unpack((self.plan / file).with_suffix(".rows").read_bytes()))

    def problem_lines(self, code: str, offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Return ``limit`` problems of ``code`` from the byte ``offset`` on, and the offset after them (0 = end)."""
        path = self.problems / f"{code}.jsonl"
        if not path.exists():
            return [], 0
        found: list[dict[str, Any]] = []
        with open(path, "rb") as stream:
            stream.seek(offset)
            for line in stream:
                if len(found) == limit:
                    return found, offset
                offset += len(line)
                found.append(orjson.loads(line))
        return found, 0


def workshop(uuid: UUID) -> Workshop:
    """Return the folder of an import (which need not exist yet)."""
    return Workshop(home().imports / str(uuid))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, on the disk when it returns."""
    fresh = path.with_name(path.name + ".part")
    with open(fresh, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    sync_file(str(path.parent))


def origins_as_bytes(origins: Iterable[tuple[int, int]]) -> bytes:
    """Return what :meth:`Workshop.origins` reads."""
    return b"".join([_ORIGIN.pack(row, at) for row, at in origins])
