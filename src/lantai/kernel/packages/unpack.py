"""Archives into a folder, without trust: within limits, nothing outside, nothing half, nothing renamed.

A refusal names the member at fault, in the archive's own order, and leaves no trace on the disk.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO, TypeVar, cast

from lantai.kernel.digests import FileDigests, digest_stream
from lantai.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.folders import unpack_folder
from lantai.kernel.packages.model import LIMITS, Container, ContainerKind, Limits, Member
from lantai.kernel.packages.names import Names, choose_encoding, decode_name
from lantai.kernel.packages.sinks import Watch
from lantai.kernel.packages.tar_reader import Stream, TarEntry, content
from lantai.kernel.packages.tar_reader import entries as tar_entries
from lantai.kernel.packages.writing import LARGE, refused, sync, write_file
from lantai.kernel.packages.zip_directory import UTF8, ZipEntry, read_directory
from lantai.kernel.packages.zip_reader import read_entry

_FOREIGN = ((b"7z\xbc\xaf'\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"MSCF", "cab"))
_BATCH = 32
T = TypeVar("T")

LOOK_SECONDS = 1.0
"""How often a watch is told how far an archive is, at least."""


def unpack(
    source: Path,
    into: Path,
    limits: Limits = LIMITS,
    *,
    digests: bool = True,
    threads: int | None = None,
    watch: Watch | None = None,
) -> Container:
    """Unpack the zip or tar (plain, gz, bz2, xz) ``source``, or copy the folder, into the new ``into``.

    All files are durable on return. Archives inside archives are files like others. With ``digests`` the
    container holds SHA-512, SM3 and SHA-256 of every member by path. ``watch`` is told, in the caller's thread and at
    least every second, how many bytes of an archive lie there; what it raises ends the work.

    Raises NotFound ``packages.source.missing``; Conflict ``packages.target.exists``; Invalid
    ``packages.archive.*``, ``packages.zip.*``, ``packages.name.*``, ``packages.member.*``,
    ``packages.limit.*``; Unavailable ``packages.disk.*``. After any error ``into`` is gone.
    """
    if not source.exists():
        raise NotFound("packages.source.missing", path=str(source))
    if into.exists() and any(into.iterdir()):
        raise Conflict("packages.target.exists", path=str(into))
    into.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_dir():
            return unpack_folder(source, into, limits, digests=digests, threads=threads)
        container = _Unpacking(source, into, limits, digests, threads, watch).run()
        sync(into)
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    return container


class _Ended(Exception):
    """The work was given up while a thread was at it."""


@dataclass(slots=True)
class _Progress:
    """How many bytes lie there by now, and whether threads are to stop."""

    written: int = 0
    ended: bool = False
    lock: Lock = field(default_factory=Lock)

    def counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, counted; ``_Ended`` once the work is given up."""
        for chunk in chunks:
            if self.ended:
                raise _Ended
            with self.lock:
                self.written += len(chunk)
            yield chunk


class _Reading:
    """A file that is read only until the work is given up."""

    def __init__(self, stream: BinaryIO, progress: _Progress) -> None:
        self._stream, self._progress = stream, progress

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        if self._progress.ended:
            raise _Ended
        return self._stream.read(size)


def _digest_whole(source: Path, progress: _Progress) -> FileDigests:
    with open(source, "rb", buffering=0) as stream:
        return digest_stream(cast(BinaryIO, _Reading(stream, progress)), ("sha512", "sm3"))


class _Unpacking:
    """One archive on its way onto the disk."""

    def __init__(
        self,
        source: Path,
        into: Path,
        limits: Limits,
        digests: bool,
        threads: int | None,
        watch: Watch | None = None,
    ) -> None:
        self.source = source
        self.into = into
        self.limits = limits
        self.digests = digests
        self.watch = watch
        self.progress = _Progress()
        self.threads = threads or os.cpu_count() or 1
        self.names = Names(limits)
        self.members: list[Member] = []
        self.results: dict[str, FileDigests] = {}
        self.pending: deque[Future[list[tuple[str, FileDigests]]]] = deque()
        self.made: set[str] = set()
        self.whole: Future[FileDigests]

    def run(self) -> Container:
        with open(self.source, "rb") as archive, ThreadPoolExecutor(self.threads) as pool:
            start = archive.read(8)
            for mark, name in _FOREIGN:
                if start.startswith(mark):
                    raise Invalid("packages.archive.kind", found=name)
            try:
                if start.startswith(b"PK"):
                    kind: ContainerKind = "zip"
                    encoding, findings = self._zip(archive.fileno(), pool)
                else:
                    archive.seek(0)
                    kind = "tar"
                    encoding, findings = self._tar(Stream(archive, self.limits), pool)
                while self.pending:
                    self._collect()
                whole = self._wait(self.whole)
            except BaseException:
                self.progress.ended = True
                pool.shutdown(cancel_futures=True)
                raise
            return self._container(kind, whole, encoding, findings)

    def _container(
        self, kind: ContainerKind, whole: FileDigests, encoding: str, findings: Sequence[Finding]
    ) -> Container:
        return Container(
            kind=kind,
            name=self.source.name,
            size=whole.size,
            sha512=whole.sha512,
            sm3=whole.sm3,
            members=tuple(self.members),
            encoding=encoding,
            empty_folders=self.names.empty_folders(),
            findings=(*findings, *self.names.findings),
            digests={m.path: self.results[m.path] for m in self.members} if self.digests else {},
        )

    # --- zip

    def _zip(self, descriptor: int, pool: ThreadPoolExecutor) -> tuple[str, list[Finding]]:
        entries, places = read_directory(descriptor, self.limits)
        self._weigh(entries, os.fstat(descriptor).st_size)
        plain = [e.raw for e in entries if not e.flags & UTF8 and e.unicode is None]
        encoding = choose_encoding(plain)
        files: list[tuple[str, ZipEntry, int]] = []
        for entry, place in zip(entries, places, strict=True):
            name = self._zip_name(entry, encoding)
            if entry.is_folder:
                self._folder(self.names.folder(name))
                continue
            path = self.names.file(name)
            self.members.append(Member(path, entry.raw, entry.size, len(self.members)))
            files.append((path, entry, place))
        self._hash_whole(pool)
        for batch in _batches(files):
            self._submit(pool.submit(self._write_entries, descriptor, batch))
        return encoding, _encoding_finding(encoding)

    def _zip_name(self, entry: ZipEntry, encoding: str) -> str:
        if entry.unicode is not None:
            return decode_name(entry.unicode, ("utf-8",))[0]
        return decode_name(entry.raw, ("utf-8",) if entry.flags & UTF8 else (encoding,))[0]

    def _weigh(self, entries: Sequence[ZipEntry], archive_size: int) -> None:
        """Refuse by what the directory promises, before anything is written; readers hold it to that."""
        limits, total = self.limits, 0
        for entry in entries:
            total += entry.size
            if total > limits.bytes:
                raise Invalid("packages.limit.bytes", member=entry.shown, limit=limits.bytes)
            if entry.size > limits.ratio_floor and entry.size > limits.ratio * max(entry.packed, 1):
                raise Invalid("packages.limit.ratio", member=entry.shown, limit=limits.ratio)
        if total > limits.ratio_floor and total > limits.ratio * archive_size:
            raise Invalid("packages.limit.ratio", member="", limit=limits.ratio)
        if total > shutil.disk_usage(self.into).free:  # not begun: a disk filled to the brim stops everybody
            largest = max(entries, key=lambda entry: entry.size)
            raise Unavailable("packages.disk.full", member=largest.shown)

    def _write_entries(
        self, descriptor: int, batch: Sequence[tuple[str, ZipEntry, int]]
    ) -> list[tuple[str, FileDigests]]:
        written = []
        for path, entry, place in batch:
            written.append((path, self._write(path, read_entry(descriptor, entry, place), entry.size)))
        return written

    # --- tar

    def _tar(self, stream: Stream, pool: ThreadPoolExecutor) -> tuple[str, list[Finding]]:
        self._hash_whole(pool)
        seen: set[str] = set()
        batch: list[tuple[str, bytes]] = []
        held = total = 0
        for entry in tar_entries(stream):
            name, encoding = decode_name(entry.raw)
            seen.add(encoding)
            if entry.is_folder:
                self._folder(self.names.folder(name))
                continue
            path = self.names.file(name)
            total += entry.size
            if total > self.limits.bytes:
                raise Invalid("packages.limit.bytes", member=stream.member, limit=self.limits.bytes)
            self.members.append(Member(path, entry.raw, entry.size, len(self.members)))
            if entry.size > LARGE:
                self.results[path] = self._write(path, self._watched(content(stream, entry.size)), entry.size)
                continue
            batch.append((path, self._small(stream, entry)))
            held += entry.size
            if len(batch) >= _BATCH or held > LARGE:
                self._submit(pool.submit(self._write_small, batch))
                batch, held = [], 0
        self._submit(pool.submit(self._write_small, batch))
        encoding = next((e for e in ("percent", "gb18030") if e in seen), "utf-8")
        return encoding, _encoding_finding(encoding)

    def _small(self, stream: Stream, entry: TarEntry) -> bytes:
        return b"".join(content(stream, entry.size))

    def _write_small(self, batch: Sequence[tuple[str, bytes]]) -> list[tuple[str, FileDigests]]:
        return [(path, self._write(path, (data,), len(data))) for path, data in batch]

    # --- both

    def _watched(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks of a file that is written in the caller's thread."""
        for chunk in chunks:
            if self.watch is not None:
                self.watch(self.progress.written)
            yield chunk

    def _hash_whole(self, pool: ThreadPoolExecutor) -> None:
        """Begin to hash the archive itself, once there is hope that it will be accepted."""
        self.whole = pool.submit(_digest_whole, self.source, self.progress)

    def _submit(self, future: Future[list[tuple[str, FileDigests]]]) -> None:
        """Keep few batches in flight, so that memory stays flat and an error stops the rest soon."""
        self.pending.append(future)
        while len(self.pending) > self.threads * 4:
            self._collect()

    def _collect(self) -> None:
        written = self._wait(self.pending.popleft())
        self.results.update(written)

    def _wait(self, future: Future[T]) -> T:
        """Return what a thread came to; meanwhile tell how far the work is."""
        while self.watch is not None and not future.done():
            wait([future], timeout=LOOK_SECONDS)
            self.watch(self.progress.written)
        return future.result()

    def _write(self, path: str, chunks: Iterable[bytes], size: int) -> FileDigests:
        self._folder(path.rpartition("/")[0])
        try:
            return write_file(
                self.into / path, self.progress.counted(chunks), digests=self.digests, size=size
            )
        except OSError as error:
            raise refused(error, path) from error

    def _folder(self, path: str) -> None:
        if path and path not in self.made:
            try:
                (self.into / path).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise refused(error, path) from error
            self.made.add(path)


def _batches(
    files: Sequence[tuple[str, ZipEntry, int]],
) -> Iterator[list[tuple[str, ZipEntry, int]]]:
    """Cut the files into tasks: many small ones, or one large one."""
    batch: list[tuple[str, ZipEntry, int]] = []
    held = 0
    for file in files:
        batch.append(file)
        held += file[1].size
        if len(batch) >= _BATCH or held > LARGE:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _encoding_finding(encoding: str) -> list[Finding]:
    if encoding == "utf-8":
        return []
    severity = Severity.INFO if encoding == "gb18030" else Severity.WARNING
    return [Finding("packages.name.encoding", "", "utf-8", encoding, severity)]
