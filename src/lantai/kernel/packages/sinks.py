"""Where packages are written: a folder or a zip, whose bytes depend on nothing but names and content.

Nothing that exists is written over; after an error nothing is left.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Conflict
from lantai.kernel.packages.writing import ASIDE, Hashing, Lanes, refused, sync, write_file

_EPOCH = (1980, 1, 1, 0, 0, 0)
Chunks = Iterable[bytes | memoryview]


class Sink(Protocol):
    """Where a package's files go; each path once. Digests that were taken already (``told``) are not taken again."""

    def put(self, path: str, chunks: Chunks, size: int, told: FileDigests | None = None) -> FileDigests: ...


Watch = Callable[[int], None]
"""Is told how many bytes of a package were written, block by block."""


class Watched:
    """A sink that tells of every block on its way into another."""

    def __init__(self, inner: Sink, watch: Watch) -> None:
        self._inner, self._watch = inner, watch
        self._written = 0

    def put(self, path: str, chunks: Chunks, size: int, told: FileDigests | None = None) -> FileDigests:
        """Write one file, see :class:`Sink`."""
        return self._inner.put(path, self._watched(chunks), size, told)

    def _watched(self, chunks: Chunks) -> Iterator[bytes | memoryview]:
        for chunk in chunks:
            self._written += len(chunk)
            self._watch(self._written)
            yield chunk


class _FolderSink:
    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, chunks: Chunks, size: int, told: FileDigests | None = None) -> FileDigests:
        target = self._root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            written = write_file(target, chunks, digests=told is None, size=size)
        except OSError as error:
            raise refused(error, path) from error
        return told or written


class _ZipSink:
    """A zip whose bytes depend on nothing but names and content: stored, one fixed time, plain files."""

    def __init__(self, archive: zipfile.ZipFile, lanes: Lanes) -> None:
        self._archive, self._lanes = archive, lanes

    def put(self, path: str, chunks: Chunks, size: int, told: FileDigests | None = None) -> FileDigests:
        entry = zipfile.ZipInfo(path, _EPOCH)
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        hashing = Hashing(self._lanes if size > ASIDE else None) if told is None else None
        written = 0
        with self._archive.open(entry, "w", force_zip64=size >= 1 << 31) as target:
            for chunk in chunks:
                if hashing:
                    hashing.update(chunk)
                target.write(chunk)
                written += len(chunk)
        return told or FileDigests(written, hashing.finish() if hashing else {})


Lay = Callable[[Sink], dict[str, FileDigests]]
"""What writes a package's files into a sink and returns their digests by path."""


def write_package(out: Path, archive: bool, lay: Lay) -> dict[str, FileDigests]:
    """Make the package ``out`` (one zip with ``archive``, else a folder), durable when this returns.

    Raises Conflict ``packages.target.exists``, Unavailable ``packages.disk.*`` and what ``lay`` raises.
    """
    if os.path.lexists(out):
        raise Conflict("packages.target.exists", path=str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(out) as part:
        if archive:
            with zipfile.ZipFile(part, "x", zipfile.ZIP_STORED) as target, closing(Lanes()) as lanes:
                files = lay(_ZipSink(target, lanes))
        else:
            part.mkdir()
            files = lay(_FolderSink(part))
        sync(out.parent)
        _publish(part, out, archive)
    sync(out.parent)
    return files


def _publish(part: Path, out: Path, archive: bool) -> None:
    """Give the finished package its name; who made something of that name meanwhile keeps it."""
    try:
        if archive:
            _name(part, out)
        else:
            if sys.platform != "win32":  # there a folder is not renamed onto an empty one
                out.mkdir()
            part.rename(out)
    except FileExistsError as error:
        raise Conflict("packages.target.exists", path=str(out)) from error


def _name(part: Path, out: Path) -> None:
    try:
        os.link(part, out)
    except OSError as error:
        # Carriers in FAT or exFAT know no second name of a file.
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL):
            raise
        if os.path.lexists(out):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(out)) from error
        part.rename(out)


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    part = out.with_name(f".{os.getpid()}-{os.urandom(6).hex()}.part")
    try:
        yield part
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)
