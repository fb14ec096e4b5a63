"""Which 档号 a list has had so far: millions of them in a few megabytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]
LINE = np.dtype([("high", "<u8"), ("low", "<u8"), ("row", "<u4")])
"""One remembered 档号 as it is kept on disk: 128 bits of digest and the row it stood in."""


def fingerprints(refs: Sequence[str]) -> bytes:
    """Return 16 bytes for each of ``refs``; two 档号 of a list of millions share theirs once in 10^25 lists."""
    blake = hashlib.blake2b
    return b"".join([blake(ref.encode("utf-8", "surrogatepass"), digest_size=16).digest() for ref in refs])


@dataclass(frozen=True, slots=True)
class _Run:
    high: Numbers
    low: Numbers
    rows: Rows

    @classmethod
    def of(cls, high: Numbers, low: Numbers, rows: Rows) -> _Run:
        order = np.argsort(high, kind="stable")
        return cls(high[order], low[order], rows[order])

    def find(self, high: Numbers, low: Numbers) -> Rows:
        """Return the row of each, 0 where it is not among these."""
        places = np.minimum(np.searchsorted(self.high, high), len(self.high) - 1)
        same = (self.high[places] == high) & (self.low[places] == low)
        return np.where(same, self.rows[places], 0).astype(np.uint32)


class Seen:
    """A growing set of 档号 with the rows they stood in; sorted runs, merged as they double."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def add(self, told: bytes, rows: Sequence[int]) -> bytes:
        """Remember the :func:`fingerprints` ``told`` of ``rows``; return them as :data:`LINE` for the disk."""
        if not rows:
            return b""
        lines = np.empty(len(rows), LINE)
        lines["high"], lines["low"] = _halves(told)
        lines["row"] = rows
        self._take(lines)
        return lines.tobytes()

    def load(self, kept: bytes) -> None:
        """Remember what an earlier process kept on disk."""
        if kept:
            self._take(np.frombuffer(kept, LINE))

    def find(self, told: bytes) -> list[int]:
        """Return the row in which each was seen, 0 for those that were not."""
        high, low = _halves(told)
        found = np.zeros(len(high), np.uint32)
        for run in self._runs:
            found = np.maximum(found, run.find(high, low))
        return [int(row) for row in found]

    def _take(self, lines: npt.NDArray[Any]) -> None:
        self._runs.append(_Run.of(lines["high"].copy(), lines["low"].copy(), lines["row"].copy()))
        while len(self._runs) > 1 and len(self._runs[-2].high) <= 2 * len(self._runs[-1].high):
            last, before = self._runs.pop(), self._runs.pop()
            self._runs.append(
                _Run.of(
                    np.concatenate([before.high, last.high]),
                    np.concatenate([before.low, last.low]),
                    np.concatenate([before.rows, last.rows]),
                )
            )


def _halves(told: bytes) -> tuple[Numbers, Numbers]:
    pairs = np.frombuffer(told, "<u8").reshape(-1, 2)
    return pairs[:, 0].astype(np.uint64), pairs[:, 1].astype(np.uint64)
