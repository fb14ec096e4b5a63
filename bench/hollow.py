"""Packages of which no two MiB are alike and, with holes, that take next to no room: a random head in each, zeros behind it.

A :class:`Digger` gives the room back that zeros take in files that grow elsewhere. That changes no byte of them, and who writes or
reads them cannot tell but by how much of the disk is free.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BLOCK = 1 << 20
HEAD = 4096
SEED = b"lantai bench.sending 1"

_ZEROS = bytes(BLOCK)
_FILLER = hashlib.shake_256(SEED).digest(BLOCK)
_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_MARGIN = 4 << 20
_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


def head(number: int) -> bytes:
    """Return what block ``number`` begins with, as random as bytes can be and the same on any day."""
    return hashlib.shake_256(SEED + number.to_bytes(8, "big")).digest(HEAD)


def block(number: int, holes: bool = True) -> bytes:
    """Return block ``number``; without ``holes`` what is behind its head is no zeros."""
    return head(number) + (_ZEROS if holes else _FILLER)[HEAD:]


def lay(path: Path, size: int, *, holes: bool) -> None:
    """Write a package of ``size`` bytes, with holes where its zeros are."""
    with open(path, "wb", buffering=0) as out:
        for at in range(0, size, BLOCK):
            out.seek(at)
            number = at // BLOCK
            out.write((head(number) if holes else block(number, False))[: size - at])
        out.truncate(size)
        os.fsync(out.fileno())


def digests(size: int, *, holes: bool) -> dict[str, str]:
    """Return SM3 and SHA-512 of such a package, each computed in a thread of its own."""
    with ThreadPoolExecutor(2) as pool:
        told = {name: pool.submit(_digest, name, size, holes) for name in ("sm3", "sha512")}
        return {name: one.result() for name, one in told.items()}


def _digest(name: str, size: int, holes: bool) -> str:
    summed = hashlib.new(name)
    for at in range(0, size, BLOCK):
        summed.update(block(at // BLOCK, holes)[: size - at])
    return summed.hexdigest()


def other(path: Path, size: int, *, holes: bool) -> str:
    """Return "" when a file is such a package of ``size`` bytes, byte by byte, else where it is not."""
    found = path.stat().st_size
    if found != size:
        return f"{found} bytes"
    with open(path, "rb", buffering=0) as seen:
        for at in range(0, size, BLOCK):
            if seen.read(BLOCK) != block(at // BLOCK, holes)[: size - at]:
                return f"block {at // BLOCK}"
    return ""


class Digger:
    """Gives back the room of zeros in all large files below ``place``, as they grow, until it is told to stop."""

    def __init__(self, place: Path) -> None:
        self._place, self._stop, self._done = place, threading.Event(), dict[int, int]()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            for path in self._large():
                try:
                    self._dig(path)
                except FileNotFoundError:
                    continue  # moved or thrown away at this moment; the next look finds where it went

    def _large(self) -> Iterator[Path]:
        for folder, _folders, names in os.walk(self._place):
            for name in names:
                path = Path(folder, name)
                if path.exists() and path.stat().st_size > 2 * _MARGIN:
                    yield path

    def _dig(self, path: Path) -> None:
        with open(path, "r+b", buffering=0) as file:
            told = os.fstat(file.fileno())
            at, end = self._done.get(told.st_ino, 0), (told.st_size - _MARGIN) // BLOCK * BLOCK
            if at > told.st_size:
                at = 0  # another file under this number
            while at < end and not self._stop.is_set():
                file.seek(at + HEAD)
                if file.read(BLOCK - HEAD) == _ZEROS[HEAD:]:
                    self._punch(file.fileno(), at + HEAD, BLOCK - HEAD)
                at += BLOCK
                self._done[told.st_ino] = at

    def _punch(self, handle: int, at: int, length: int) -> None:
        if _libc.fallocate(handle, _KEEP_SIZE | _PUNCH_HOLE, at, length):
            raise OSError(ctypes.get_errno(), "no holes on this disk")
