"""Reading preserved versions back as fast as the medium and the digest allow: little Python for each file.

What a version consists of is told by its inventory, and the inventory by its SHA-512, which the caller knows from the
day of deposit. Nothing else in the folder is believed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, NamedTuple

import orjson

from lantai.kernel.digests import new

DECLARATION = b"ocfl_object_1.1\n"
CHUNK = 1 << 20
TOGETHER, BYTES = 24, 8 << 20
"""A thread takes at most so many versions at once, and about so many bytes: large ones are shared out."""

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_GONE = (errno.ENOENT, errno.ENOTDIR)
_LOST = (errno.EIO, errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.EUCLEAN, errno.EBADMSG)
"""What says that the bytes themselves are lost, not that they cannot be had now."""

_LOOK = 64
"""Buffers of one file after which it is asked whether to go on."""

Kind = Literal["missing", "differs", "unreadable"]


class Job(NamedTuple):
    """A version to read: ``folder`` is that of its object, ``newest`` when the files in that folder tell of it.

    ``sm3`` gives the SM3 to compare as well, by SHA-512; None: SHA-512 alone. ``size`` is about how many bytes it has.
    """

    key: int
    folder: str
    number: int
    inventory_sha512: str
    newest: bool
    sm3: Mapping[str, str] | None = None
    size: int = 0


class Fault(NamedTuple):
    """A file that is not as it was: its path below the object's folder; ``found`` is a digest, or why it was not read."""

    path: str
    kind: Kind
    found: str


class Reread(NamedTuple):
    """What reading a version back gave."""

    key: int
    files: int
    bytes: int
    faults: tuple[Fault, ...]


class Halted(Exception):
    """Reading was told to end in the middle of a file."""


def always() -> bool:
    """Go on whatever happens."""
    return True


def reread_many(jobs: Iterable[Job], threads: int, go_on: Callable[[], bool] = always) -> Iterator[Reread]:
    """Yield what reading each version gave, in the order of ``jobs``, read by ``threads`` at once.

    A few hundred versions are in flight, whatever their number. :class:`Halted` when ``go_on`` says no.
    """
    waiting: deque[Future[list[Reread]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for some in _together(jobs):
                waiting.append(pool.submit(reread_all, some, go_on))
                if len(waiting) > threads * 3:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _together(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Yield jobs as one thread takes them."""
    some: list[Job] = []
    size = 0
    for job in jobs:
        some.append(job)
        size += job.size
        if len(some) == TOGETHER or size >= BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def reread_all(
    jobs: Sequence[Job], go_on: Callable[[], bool] = always, *, afresh: bool = False
) -> list[Reread]:
    """Read some versions, one after the other; ``afresh`` as :class:`Reader`."""
    reader = Reader(go_on, afresh=afresh)
    return [reader.read(job) for job in jobs]


class Reader:
    """Reads with one buffer; for one thread. ``afresh``: what memory keeps of a file is let go before it is read."""

    def __init__(self, go_on: Callable[[], bool] = always, *, afresh: bool = False) -> None:
        self._go_on, self._afresh = go_on, afresh
        self._buffer = bytearray(CHUNK)
        self._view = memoryview(self._buffer)
        self._files = self._bytes = 0
        self._faults: list[Fault] = []

    def read(self, job: Job) -> Reread:
        """Read one version; :class:`Halted` before it, or in a large file of it."""
        if not self._go_on():
            raise Halted
        self._files, self._bytes, self._faults = 0, 0, []
        own = f"v{job.number}"
        inventory = self._inventory(job, own)
        if inventory is not None:
            side = f"{job.inventory_sha512} inventory.json\n".encode()
            self._same(job.folder, f"{own}/inventory.json.sha512", side)
            if job.newest:
                self._same(job.folder, "inventory.json", inventory)
                self._same(job.folder, "inventory.json.sha512", side)
                self._same(job.folder, "0=ocfl_object_1.1", DECLARATION)
            for path, digest in own_contents(inventory, own):
                self._content(job, path, digest)
        return Reread(job.key, self._files, self._bytes, tuple(self._faults))

    def _inventory(self, job: Job, own: str) -> bytes | None:
        """Return the inventory that was registered; from the object's folder where the version's own is bad."""
        path = f"{own}/inventory.json"
        raw = self._all(job.folder, path)
        if raw is None:
            found = ""
        elif (found := hashlib.sha512(raw).hexdigest()) == job.inventory_sha512:
            return raw
        else:
            self._faults.append(Fault(path, "differs", found))
        if job.newest:
            other = self._all(job.folder, "inventory.json")
            if other is not None and hashlib.sha512(other).hexdigest() == job.inventory_sha512:
                return other
        return None

    def _same(self, folder: str, path: str, wanted: bytes) -> None:
        raw = self._all(folder, path)
        if raw is not None and raw != wanted:
            self._faults.append(Fault(path, "differs", hashlib.sha512(raw).hexdigest()))

    def _content(self, job: Job, path: str, wanted: str) -> None:
        try:
            descriptor = os.open(f"{job.folder}/{path}", _FLAGS)
        except OSError as error:
            self._failed(path, error)
            return
        try:
            found, sm3 = self._digests(descriptor, job.sm3 is not None and wanted in job.sm3)
        except OSError as error:
            self._failed(path, error)
            return
        finally:
            os.close(descriptor)
        if found != wanted:
            self._faults.append(Fault(path, "differs", found))
        elif job.sm3 is not None and sm3 and sm3 != job.sm3[wanted]:
            self._faults.append(Fault(path, "differs", f"sm3:{sm3}"))

    def _digests(self, descriptor: int, with_sm3: bool) -> tuple[str, str]:
        view, buffers = self._view, [self._buffer]
        if self._afresh:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        count, reads = os.readv(descriptor, buffers), 1
        sha512 = hashlib.sha512(view[:count])
        sm3 = new("sm3") if with_sm3 else None
        self._files += 1
        while count:
            self._bytes += count
            if sm3 is not None:
                sm3.update(view[:count])
            count, reads = os.readv(descriptor, buffers), reads + 1
            if count:
                sha512.update(view[:count])
            if not reads % _LOOK and not self._go_on():
                raise Halted
        return sha512.hexdigest(), sm3.hexdigest() if sm3 is not None else ""

    def _all(self, folder: str, path: str) -> bytes | None:
        """Return all bytes of a small file, None when it cannot be read, which is noted."""
        try:
            descriptor = os.open(f"{folder}/{path}", _FLAGS)
            try:
                if self._afresh:
                    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                if (size := os.fstat(descriptor)).st_size > CHUNK or not stat.S_ISREG(size.st_mode):
                    with open(descriptor, "rb", closefd=False) as stream:
                        data = stream.read()
                else:
                    data = os.read(descriptor, CHUNK)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._failed(path, error)
            return None
        self._files += 1
        self._bytes += len(data)
        return data

    def _failed(self, path: str, error: OSError) -> None:
        if error.errno in _GONE:
            self._faults.append(Fault(path, "missing", ""))
        elif error.errno in _LOST:
            self._faults.append(Fault(path, "differs", error.strerror or "?"))
        else:
            self._faults.append(Fault(path, "unreadable", error.strerror or "?"))


def own_contents(inventory: bytes, own: str) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-512 of the contents that came with the version folder ``own``."""
    below = f"{own}/"
    for digest, paths in orjson.loads(inventory)["manifest"].items():
        for path in paths:
            if path.startswith(below):
                yield path, digest.lower()
