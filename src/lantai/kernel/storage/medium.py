"""The local medium: making bytes durable, writing them, and what its failures mean."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from lantai.kernel.errors import Conflict, Corrupt, Invalid, LantaiError, NotFound, Unavailable
from lantai.kernel.storage.keys import shown
from lantai.kernel.storage.store import Flow, Source, Taken

Item = TypeVar("Item")

CHUNK = 1 << 20
FILE_MODE = 0o444
"""Stored files are never written again: the mode says so to people who look with other tools."""

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)
_TASKS_IN_FLIGHT = 8
_TASK_FILES = 32


def meaning(error: OSError, key: str, folder: str, sources: Iterable[Source] = ()) -> LantaiError:
    """Return what ``error``, met while storing ``sources`` as ``key`` in the store at ``folder``, means."""
    code = error.errno
    if code in _FULL:
        needed = sum(map(length, sources))
        return Unavailable("storage.disk.full", key=key, needed=needed, free=free_bytes(folder))
    if code == errno.ENAMETOOLONG:
        return Invalid("storage.key.too_long", key=key, limit=255)
    if code in (errno.ENOTDIR, errno.EISDIR):
        return Conflict("storage.key.clash", key=key)
    return Unavailable("storage.store.failed", key=key, reason=error.strerror or str(error))


@contextmanager
def explained(key: str, folder: str, sources: Iterable[Source] = ()) -> Iterator[None]:
    """Turn every ``OSError`` of the block into the error of Lantai that it means."""
    try:
        yield
    except OSError as error:
        raise meaning(error, key, folder, sources) from error


def free_bytes(folder: str) -> int | None:
    """Return the bytes that may still be written where ``folder`` lies, None when it cannot be asked."""
    try:
        figures = os.statvfs(folder)
    except OSError:
        return None
    return figures.f_bavail * figures.f_frsize


def sync_file(path: str) -> None:
    """Wait until a file's bytes, or a folder's entries, are on the medium."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _find_syncfs() -> Callable[[int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int]
    function.restype = ctypes.c_int
    return lambda descriptor: int(function(descriptor))


_syncfs = _find_syncfs()


def sync_file_system(folder: str) -> bool:
    """Write out all that is pending on the file system of ``folder``; False where syncfs(2) is unknown."""
    if _syncfs is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if _syncfs(descriptor) == 0:
            return True
        code = ctypes.get_errno()
    finally:
        os.close(descriptor)
    if code == errno.ENOSYS:
        return False
    raise OSError(code, os.strerror(code), folder)


def sync_tree(folder: str) -> None:
    """Make all files and folders below ``folder`` durable: one syncfs, else one fsync each."""
    if sync_file_system(folder):
        return
    paths = (os.path.join(base, name) for base, _, names in os.walk(folder) for name in [*names, ""])
    for_each(lambda path: sync_file(path.rstrip("/")), paths)


def write_bytes(descriptor: int, data: bytes) -> None:
    """Write all of ``data``."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def open_source(path: Path) -> int:
    """Open a regular file for reading; a link, folder or device is ``Invalid("storage.source.not_file")``."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise NotFound("storage.source.missing", path=shown(str(path))) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Invalid("storage.source.not_file", path=shown(str(path))) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Invalid("storage.source.not_file", path=shown(str(path)))
    return descriptor


def copy_into(descriptor: int, path: Path) -> None:
    """Copy the bytes of the file ``path`` to an open descriptor."""
    source = open_source(path)
    try:
        while data := os.read(source, CHUNK):
            write_bytes(descriptor, data)
    finally:
        os.close(source)


def linked(path: Path, target: str) -> bool:
    """Give the regular file ``path`` a second name; False when the two lie on different media."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        raise NotFound("storage.source.missing", path=shown(str(path))) from None
    if not stat.S_ISREG(mode):
        raise Invalid("storage.source.not_file", path=shown(str(path)))
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno in _NO_LINK:
            return False
        raise
    return True


def write_new(target: str, source: Source) -> None:
    """Create the file ``target`` with the bytes of ``source`` (a taken file is linked), not yet durable."""
    if isinstance(source, Taken) and linked(source.path, target):
        return
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        if isinstance(source, bytes):
            write_bytes(descriptor, source)
        elif isinstance(source, Flow):
            for data in _flowing(source):
                write_bytes(descriptor, data)
        else:
            copy_into(descriptor, source.path if isinstance(source, Taken) else source)
    finally:
        os.close(descriptor)


def _flowing(source: Flow) -> Iterator[bytes]:
    """Yield what flows; ``Corrupt("storage.source.other_size")`` when it is not as much as was said."""
    total = 0
    for data in source.chunks():
        total += len(data)
        yield data
    if total != source.size:
        raise Corrupt("storage.source.other_size", expected=source.size, found=total)


def chunks_of(source: Source, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the bytes of ``source``: of bytes and files in chunks of ``size``, of a flow as it gives them."""
    if isinstance(source, bytes):
        yield from (source[start : start + size] for start in range(0, len(source), size))
    elif isinstance(source, Flow):
        yield from _flowing(source)
    else:
        path = source.path if isinstance(source, Taken) else source
        with reading(path), open(open_source(path), "rb", buffering=0) as stream:
            while data := stream.read(size):
                yield data


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says of a source file into ``Invalid("storage.source.unreadable")``."""
    try:
        yield
    except OSError as error:
        raise Invalid(
            "storage.source.unreadable", path=shown(str(path)), reason=error.strerror or ""
        ) from error


def measured(source: Source) -> int:
    """Return how many bytes ``source`` has; a file that is none is refused as :func:`open_source` does."""
    if isinstance(source, bytes):
        return len(source)
    if isinstance(source, Flow):
        return source.size
    path = source.path if isinstance(source, Taken) else source
    with reading(path):
        descriptor = open_source(path)
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)


def length(source: Source) -> int:
    """Return how many bytes ``source`` adds to a medium; 0 for a file that is gone."""
    if isinstance(source, bytes):
        return len(source)
    if isinstance(source, Flow):
        return source.size
    try:
        return os.stat(source.path if isinstance(source, Taken) else source).st_size
    except FileNotFoundError:
        return 0


def forget_taken(sources: Iterable[Source]) -> None:
    """Remove the owners' names of taken files, after the store has them for good."""
    for source in sources:
        if isinstance(source, Taken):
            source.path.unlink(missing_ok=True)


def for_each(work: Callable[[Item], None], items: Iterable[Item], threads: int | None = None) -> None:
    """Call ``work`` on every item in a few threads; the first error stops the rest and is raised."""
    iterator = iter(items)
    first = list(islice(iterator, _TASK_FILES))
    if len(first) < _TASK_FILES:
        return _run(work, first)
    pending: deque[Future[None]] = deque()
    with ThreadPoolExecutor(threads or min(4, 2 * (os.cpu_count() or 1))) as pool:
        try:
            while first:
                pending.append(pool.submit(_run, work, first))
                if len(pending) > _TASKS_IN_FLIGHT:
                    pending.popleft().result()
                first = list(islice(iterator, _TASK_FILES))
            while pending:
                pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _run(work: Callable[[Item], None], items: list[Item]) -> None:
    for item in items:
        work(item)
