"""Message digests: one read of the bytes, as many algorithms as asked, several files at once.

hashlib gives up the interpreter lock for buffers over 2 KB, so threads are enough. SM3 (GB/T 32905) comes
from OpenSSL; where a build lacks it, the ``cryptography`` package computes it.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

ALGORITHMS = ("sha512", "sm3", "sha256")
"""What is computed for every received file: OCFL's digest, the national one, and the one partners quote."""

CHUNK = 1 << 20
_PORTION = 4 << 20


class Hasher(Protocol):
    """The part of hashlib's objects that is used here."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class _CryptographySM3:
    """SM3 where OpenSSL behind hashlib has none."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import hashes

        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: bytes | memoryview, /) -> None:
        self._hash.update(bytes(data))

    def hexdigest(self) -> str:
        return self._hash.copy().finalize().hex()


@dataclass(frozen=True, slots=True)
class FileDigests:
    """Size in bytes and lower-case hexadecimal digests by algorithm."""

    size: int
    digests: Mapping[str, str]

    @property
    def sha512(self) -> str:
        return self.digests["sha512"]

    @property
    def sm3(self) -> str:
        return self.digests["sm3"]


def new(algorithm: str) -> Hasher:
    """Return an empty hasher; an unknown name raises ``ValueError``."""
    if algorithm == "sm3" and "sm3" not in hashlib.algorithms_available:
        return _CryptographySM3()
    return hashlib.new(algorithm)


def digest_bytes(data: bytes | memoryview, algorithms: Sequence[str] = ALGORITHMS) -> FileDigests:
    """Return size and digests of ``data``."""
    hashers = [new(name) for name in algorithms]
    for hasher in hashers:
        hasher.update(data)
    return FileDigests(len(data), {n: h.hexdigest() for n, h in zip(algorithms, hashers, strict=True)})


def digest_stream(
    stream: BinaryIO, algorithms: Sequence[str] = ALGORITHMS, sink: BinaryIO | None = None
) -> FileDigests:
    """Read ``stream`` to its end once, copying to ``sink`` if there is one; return size and digests."""
    hashers = [new(name) for name in algorithms]
    size = 0
    while chunk := stream.read(CHUNK):
        for hasher in hashers:
            hasher.update(chunk)
        if sink is not None:
            sink.write(chunk)
        size += len(chunk)
    return FileDigests(size, {n: h.hexdigest() for n, h in zip(algorithms, hashers, strict=True)})


def digest_large(stream: BinaryIO, algorithms: Sequence[str] = ALGORITHMS) -> FileDigests:
    """As :func:`digest_stream`, each algorithm on a thread of its own, while the next bytes are read.

    For files of many GB, where the slowest alone shall be waited for; two portions of bytes are held.
    """
    hashers = [new(name) for name in algorithms]
    size, running = 0, list[Future[None]]()
    with ThreadPoolExecutor(len(hashers)) as pool:
        while chunk := stream.read(_PORTION):
            for one in running:
                one.result()
            running = [pool.submit(hasher.update, chunk) for hasher in hashers]
            size += len(chunk)
        for one in running:
            one.result()
    return FileDigests(size, {n: h.hexdigest() for n, h in zip(algorithms, hashers, strict=True)})


def digest_file(path: Path, algorithms: Sequence[str] = ALGORITHMS) -> FileDigests:
    """Return size and digests of a file; ``OSError`` when it cannot be read."""
    with open(path, "rb", buffering=0) as stream:
        if os.fstat(stream.fileno()).st_size <= CHUNK:
            return digest_bytes(stream.read(), algorithms)
        return digest_stream(stream, algorithms)


def digest_files(
    paths: Iterable[Path], algorithms: Sequence[str] = ALGORITHMS, threads: int | None = None
) -> Iterator[FileDigests]:
    """Yield the digests of ``paths`` in their order, computed by ``threads`` (default: one per core).

    At most a few hundred files are in flight, so memory does not grow with the number of paths.
    """
    count = threads or os.cpu_count() or 1
    pending: deque[Future[FileDigests]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for path in paths:
            pending.append(pool.submit(digest_file, path, algorithms))
            if len(pending) >= count * 64:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
