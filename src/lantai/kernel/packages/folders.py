"""Folders copied and hashed in one read, in batches that are durable before they are reported."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.packages.model import LIMITS, Container, Limits, Member
from lantai.kernel.packages.names import escape, shown
from lantai.kernel.packages.writing import LARGE, PLAIN, refused, sync, write_file

OnFile = Callable[[str, FileDigests], None]
NOTHING_DONE: Mapping[str, FileDigests] = {}
_STEP = 1 << 20
_BATCH = 32
_DURABLE_FILES = 2048
_DURABLE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A regular file found in a folder: where it lies, its name bytes, its size."""

    location: bytes
    raw: bytes
    size: int

    @property
    def path(self) -> str:
        """Return the UTF-8 path: as it is, or percent-escaped where it is not UTF-8."""
        try:
            return self.raw.decode("utf-8")
        except UnicodeDecodeError:
            return escape(self.raw)


def walk(root: Path, limits: Limits = LIMITS) -> tuple[list[FolderFile], list[str]]:
    """Return the regular files below ``root`` in byte order and the folders that hold nothing.

    Raises Invalid ``packages.member.link``, ``.special``, ``packages.limit.files``, ``.bytes``,
    ``packages.name.deep``, ``.long``.
    """
    files: list[FolderFile] = []
    empty: list[str] = []
    total = 0
    for location, raw, entries in _folders(os.fsencode(root)):
        if raw.count(b"/") >= limits.depth:
            raise Invalid(
                "packages.name.deep", member=_shown(raw), depth=limits.depth + 1, limit=limits.depth
            )
        if not entries and raw:
            empty.append(FolderFile(location, raw, 0).path)
        for entry in entries:
            name = raw + b"/" + entry.name if raw else entry.name
            _judge(entry, name, limits)
            if entry.is_file(follow_symlinks=False):
                size = entry.stat(follow_symlinks=False).st_size
                files.append(FolderFile(entry.path, name, size))
                total += size
        if len(files) > limits.files:
            raise Invalid("packages.limit.files", member=_shown(raw), limit=limits.files)
        if total > limits.bytes:
            raise Invalid("packages.limit.bytes", member=_shown(raw), limit=limits.bytes)
    return sorted(files, key=lambda file: file.raw), sorted(empty)


def _folders(root: bytes) -> Iterator[tuple[bytes, bytes, list[os.DirEntry[bytes]]]]:
    waiting = [(root, b"")]
    while waiting:
        location, raw = waiting.pop()
        with os.scandir(location) as scan:
            entries = list(scan)
        yield location, raw, entries
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, raw + b"/" + entry.name if raw else entry.name))


def _judge(entry: os.DirEntry[bytes], name: bytes, limits: Limits) -> None:
    if entry.is_symlink():
        raise Invalid("packages.member.link", member=_shown(name))
    if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
        raise Invalid("packages.member.special", member=_shown(name))
    if len(name) > limits.path_bytes:
        raise Invalid("packages.name.long", member=_shown(name), bytes=len(name), limit=limits.path_bytes)


def _shown(raw: bytes) -> str:
    return shown(raw.decode("utf-8", "backslashreplace"))


def unpack_folder(
    source: Path, into: Path, limits: Limits, *, digests: bool = True, threads: int | None = None
) -> Container:
    """Copy ``source`` into ``into`` and return it as a container; see :func:`copy_folder`."""
    files, empty = walk(source, limits)
    taken: dict[str, FileDigests] = {}
    _copy(files, into, taken.__setitem__, threads)
    for folder in empty:
        (into / folder).mkdir(parents=True, exist_ok=True)
    return _container(source, files, empty, taken if digests else {})


def copy_folder(
    source: Path,
    into: Path,
    done: Mapping[str, FileDigests] = NOTHING_DONE,
    on_file: OnFile | None = None,
    threads: int | None = None,
    limits: Limits = LIMITS,
) -> Container:
    """Copy every file below ``source`` into ``into``, reading each once; return the container with digests.

    Resumable: files of ``done`` whose size on disk (in ``into`` and in ``source``) is the recorded one are
    taken as they are, others are written anew. ``on_file(path, digests)`` is called from the calling thread,
    for every newly copied file, after the file is durable: whoever stores these calls may pass them as
    ``done`` after a crash. Files keep their name bytes; a name that is not UTF-8 becomes percent-escaped.

    Raises Invalid (see :func:`walk`), Unavailable ``packages.disk.full``, ``packages.disk.failed`` and
    ``packages.source.changed`` (a file shrank or grew while it was read).
    """
    files, empty = walk(source, limits)
    into.mkdir(parents=True, exist_ok=True)
    results: dict[str, FileDigests] = {}
    rest = []
    for file in files:
        known = done.get(file.path)
        target = into / file.path
        if known and known.size == file.size and target.is_file() and target.stat().st_size == file.size:
            results[file.path] = known
        else:
            rest.append(file)

    def report(path: str, digests: FileDigests) -> None:
        results[path] = digests
        if on_file is not None:
            on_file(path, digests)

    _copy(rest, into, report, threads)
    for folder in empty:
        (into / folder).mkdir(parents=True, exist_ok=True)
    sync(into)
    return _container(source, files, empty, results)


def _container(
    source: Path, files: Sequence[FolderFile], empty: Sequence[str], digests: Mapping[str, FileDigests]
) -> Container:
    members = tuple(Member(file.path, file.raw, file.size, order) for order, file in enumerate(files))
    return Container(
        "folder",
        source.name,
        sum(file.size for file in files),
        "",
        "",
        members,
        empty_folders=tuple(empty),
        digests={m.path: digests[m.path] for m in members if m.path in digests},
    )


def _copy(
    files: Sequence[FolderFile],
    into: Path,
    report: OnFile,
    threads: int | None,
) -> None:
    """Copy by several threads, each part while the one before it becomes durable and is reported."""
    for folder in sorted({file.path.rpartition("/")[0] for file in files}):
        (into / folder).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        try:
            parts = list(_parts(files)) or [[]]  # a resumed copy may find nothing left to do
            futures = [pool.submit(_copy_some, batch, into) for batch in _batches(parts[0])]
            for part, following in zip(parts, [*parts[1:], []], strict=True):
                taken = [digests for future in futures for digests in future.result()]
                futures = [pool.submit(_copy_some, batch, into) for batch in _batches(following)]
                sync(into)
                for file, digests in zip(part, taken, strict=True):
                    report(file.path, digests)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _parts(files: Sequence[FolderFile]) -> Iterator[list[FolderFile]]:
    """Cut the files into what becomes durable together."""
    part: list[FolderFile] = []
    held = 0
    for file in files:
        part.append(file)
        held += file.size
        if len(part) >= _DURABLE_FILES or held >= _DURABLE_BYTES:
            yield part
            part, held = [], 0
    if part:
        yield part


def _batches(files: Sequence[FolderFile]) -> Iterator[list[FolderFile]]:
    batch: list[FolderFile] = []
    held = 0
    for file in files:
        batch.append(file)
        held += file.size
        if len(batch) >= _BATCH or held > LARGE:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _copy_some(files: Sequence[FolderFile], into: Path) -> list[FileDigests]:
    return [_copy_one(file, into / file.path) for file in files]


def _copy_one(file: FolderFile, target: Path) -> FileDigests:
    try:
        target.unlink(missing_ok=True)
        source = os.open(file.location, os.O_RDONLY | PLAIN)
        try:
            if not stat.S_ISREG(os.fstat(source).st_mode):
                raise Invalid("packages.member.special", member=_shown(file.raw))
            taken = write_file(target, _chunks(source, file.size), size=file.size)
        finally:
            os.close(source)
    except OSError as error:
        raise refused(error, file.path) from error
    if taken.size != file.size:
        raise Unavailable("packages.source.changed", member=shown(file.path))
    return taken


def _chunks(descriptor: int, size: int) -> Iterator[bytes]:
    """Yield a file's bytes; a small one is asked for in one read, which one more byte proves complete."""
    step = min(_STEP, size + 1)
    while data := os.read(descriptor, step):
        yield data
