"""Bytes into files: written once, hashed on the way, durable at the end in one call."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from lantai.kernel.digests import ALGORITHMS, FileDigests, Hasher, new
from lantai.kernel.errors import Invalid, LantaiError, Unavailable
from lantai.kernel.packages.names import shown

PLAIN = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
"""How files are opened, as far as the system knows it: no links, no heirs, bytes as they are."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN
LARGE = 4 << 20
"""Bytes above which a file is worth a second thread, and below which whole files pass through memory."""
ASIDE = 256 << 10
"""Bytes above which a file in an archive, which one thread alone writes, has its digests taken by others."""
_LIBC = None if sys.platform == "win32" else ctypes.CDLL(None, use_errno=True)


class Lanes:
    """Threads that take digests beside the writing, the slow SM3 in one of its own; they begin with the first large file."""

    def __init__(self) -> None:
        self._sm3, self._others = ThreadPoolExecutor(1), ThreadPoolExecutor(1)

    def update(self, hashers: Mapping[str, Hasher], chunk: bytes | memoryview) -> list[Future[None]]:
        """Return when each thread will have taken ``chunk``; what one thread is given keeps its order."""

        def rest() -> None:
            for name, hasher in hashers.items():
                if name != "sm3":
                    hasher.update(chunk)

        return [self._sm3.submit(hashers["sm3"].update, chunk), self._others.submit(rest)]

    def close(self) -> None:
        for lane in (self._sm3, self._others):
            lane.shutdown()


class Hashing:
    """The digests of one file, taken beside by ``lanes`` or at once."""

    def __init__(self, lanes: Lanes | None = None) -> None:
        self._hashers = {name: new(name) for name in ALGORITHMS}
        self._lanes = lanes
        self._behind: deque[list[Future[None]]] = deque()

    def update(self, chunk: bytes | memoryview) -> None:
        if self._lanes is None:
            for hasher in self._hashers.values():
                hasher.update(chunk)
            return
        self._behind.append(self._lanes.update(self._hashers, chunk))
        if len(self._behind) > 4:
            self._wait()

    def finish(self) -> dict[str, str]:
        while self._behind:
            self._wait()
        return {name: hasher.hexdigest() for name, hasher in self._hashers.items()}

    def _wait(self) -> None:
        for taken in self._behind.popleft():
            taken.result()


def write_file(
    path: Path, chunks: Iterable[bytes | memoryview], *, digests: bool = True, size: int | None = None
) -> FileDigests:
    """Write a new file at ``path`` and return its size and, if asked, digests; never follows or replaces.

    ``size`` is a hint. Raises what ``chunks`` raises; for ``OSError`` see :func:`refused`.
    """
    lanes = Lanes() if digests and (size is None or size > LARGE) else None
    hashing = Hashing(lanes) if digests else None
    written = 0
    descriptor = os.open(path, _FLAGS, 0o644)
    try:
        for chunk in chunks:
            write_all(descriptor, chunk)
            if hashing:
                hashing.update(chunk)
            written += len(chunk)
        return FileDigests(written, hashing.finish() if hashing else {})
    finally:
        os.close(descriptor)
        if lanes:
            lanes.close()


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``, however often the kernel takes less."""
    written = os.write(descriptor, data) if data else 0
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def sync(folder: Path) -> None:
    """Return when everything written to the file system of ``folder`` is on its medium.

    Windows has no call for that: there it is the system's own time.
    """
    if _LIBC is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _LIBC.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def refused(error: OSError, member: str) -> LantaiError:
    """Return the coded error for what the file system would not do; unknown reasons stay what they are."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Unavailable("packages.disk.full", member=shown(member))
    if error.errno == errno.ENAMETOOLONG:
        return Invalid("packages.name.long", member=shown(member), bytes=len(os.fsencode(member)), limit=255)
    if error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
        return Invalid("packages.name.clash", member=shown(member))
    return Unavailable("packages.disk.failed", member=shown(member), reason=str(error.strerror))
