"""Bytes into files: written once, hashed on the way, durable at the end in one call."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from lantai.kernel.digests import ALGORITHMS, FileDigests, new
from lantai.kernel.errors import Invalid, LantaiError, Unavailable
from lantai.kernel.packages.names import shown

PLAIN = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
"""How files are opened, as far as the system knows it: no links, no heirs, bytes as they are."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | PLAIN
LARGE = 4 << 20
"""Bytes above which a file is worth a second thread, and below which whole files pass through memory."""
ASIDE = 256 << 10
"""Bytes above which a file that is written by one thread alone has SM3 taken by a second one."""
_LIBC = None if sys.platform == "win32" else ctypes.CDLL(None, use_errno=True)


class Hashing:
    """The digests of one file; SM3, by far the slowest, runs beside the others when the file is large."""

    def __init__(self, *, large: bool) -> None:
        self._hashers = {name: new(name) for name in ALGORITHMS}
        self._aside = ThreadPoolExecutor(1) if large else None
        self._behind: deque[Future[None]] = deque()

    def update(self, chunk: bytes) -> None:
        for name, hasher in self._hashers.items():
            if name == "sm3" and self._aside is not None:
                self._behind.append(self._aside.submit(hasher.update, chunk))
            else:
                hasher.update(chunk)
        if len(self._behind) > 4:
            self._behind.popleft().result()

    def finish(self) -> dict[str, str]:
        self.close()
        return {name: hasher.hexdigest() for name, hasher in self._hashers.items()}

    def close(self) -> None:
        if self._aside is not None:
            self._aside.shutdown()


def write_file(
    path: Path, chunks: Iterable[bytes], *, digests: bool = True, size: int | None = None
) -> FileDigests:
    """Write a new file at ``path`` and return its size and, if asked, digests; never follows or replaces.

    ``size`` is a hint. Raises what ``chunks`` raises; for ``OSError`` see :func:`refused`.
    """
    hashing = Hashing(large=size is None or size > LARGE) if digests else None
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
        if hashing:
            hashing.close()


def write_all(descriptor: int, data: bytes) -> None:
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
