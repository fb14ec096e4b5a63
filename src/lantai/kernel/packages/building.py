"""Packages built from a draft: the DA/T 93 folder or zip, and a BagIt 1.0 bag around the same folder.

Equal drafts give equal bytes, whatever the clock. Nothing that exists is written over; after an error
nothing is left. Content is read once and streams through.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from lantai.kernel.digests import ALGORITHMS, FileDigests, new
from lantai.kernel.errors import Conflict, Invalid, NotFound, Unavailable
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.metadata_xml import FILE_NAME, write_metadata
from lantai.kernel.packages.model import LIMITS, Draft, DraftRecord
from lantai.kernel.packages.names import Names
from lantai.kernel.packages.papers import (
    CATALOGUE,
    DIGESTS,
    NOTE,
    OTHERS,
    REQUIRED,
    VOLUMES,
    write_catalogue,
    write_digests,
    write_note,
)
from lantai.kernel.packages.writing import refused, sync, write_file

_STEP = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_BAG_ALGORITHMS = ("sha512", "sm3")


class Sink(Protocol):
    """Where a package's files go; each path once."""

    def put(self, path: str, chunks: Iterable[bytes], size: int) -> FileDigests: ...


class _FolderSink:
    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, path: str, chunks: Iterable[bytes], size: int) -> FileDigests:
        target = self._root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            return write_file(target, chunks, size=size)
        except OSError as error:
            raise refused(error, path) from error


class _ZipSink:
    """A zip whose bytes depend on nothing but names and content: stored, one fixed time, plain files."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, path: str, chunks: Iterable[bytes], size: int) -> FileDigests:
        entry = zipfile.ZipInfo(path, _EPOCH)
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        hashers = {name: new(name) for name in ALGORITHMS}
        written = 0
        with self._archive.open(entry, "w", force_zip64=size >= 1 << 31) as target:
            for chunk in chunks:
                target.write(chunk)
                written += len(chunk)
                for hasher in hashers.values():
                    hasher.update(chunk)
        return FileDigests(written, {name: hasher.hexdigest() for name, hasher in hashers.items()})


def build_dat93(draft: Draft, out: Path, types: Types, *, archive: bool = False) -> dict[str, FileDigests]:
    """Write the draft as a DA/T 93 folder ``out``, or as one zip with ``archive``; return its digests.

    Raises Conflict ``packages.target.exists``; NotFound ``packages.draft.source_missing``; Invalid
    ``packages.draft.ref``, ``.ref_twice``, ``.parent``, ``packages.name.*``; Unavailable
    ``packages.source.changed``, ``packages.disk.*``.
    """
    return _build(out, archive, lambda sink: _Laying(draft, sink, types).run())


def build_bagit(draft: Draft, out: Path, types: Types, *, archive: bool = False) -> dict[str, FileDigests]:
    """Write the draft as a bag whose payload is its DA/T 93 folder; manifests in SHA-512 and SM3.

    Errors as :func:`build_dat93`.
    """

    def lay(sink: Sink) -> dict[str, FileDigests]:
        laying = _Laying(draft, sink, types, "data/")
        files = laying.run()
        oxum = f"{sum(f.size for f in files.values())}.{len(files)}"
        info = {
            "Source-Organization": draft.sender,
            "External-Identifier": draft.fonds,
            "External-Description": draft.description.get("内容描述", ""),
            "Payload-Oxum": oxum,
        }
        papers = {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": "".join(f"{k}: {_one_line(v)}\n" for k, v in info.items() if v).encode(),
            **{f"manifest-{a}.txt": _manifest(files, a) for a in _BAG_ALGORITHMS},
        }
        tags = {path: sink.put(path, (data,), len(data)) for path, data in papers.items()}
        for algorithm in _BAG_ALGORITHMS:
            data = _manifest(tags, algorithm)
            files[f"tagmanifest-{algorithm}.txt"] = sink.put(
                f"tagmanifest-{algorithm}.txt", (data,), len(data)
            )
        return files | tags

    return _build(out, archive, lay)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _manifest(files: Mapping[str, FileDigests], algorithm: str) -> bytes:
    lines = []
    for path in sorted(files):
        name = path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
        lines.append(f"{files[path].digests[algorithm]}  {name}\n")
    return "".join(lines).encode("utf-8")


def _build(out: Path, archive: bool, lay: Callable[[Sink], dict[str, FileDigests]]) -> dict[str, FileDigests]:
    if os.path.lexists(out):
        raise Conflict("packages.target.exists", path=str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(out) as part:
        if archive:
            with zipfile.ZipFile(part, "x", zipfile.ZIP_STORED) as target:
                files = lay(_ZipSink(target))
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
            os.link(part, out)
        else:
            out.mkdir()
            part.rename(out)
    except FileExistsError as error:
        raise Conflict("packages.target.exists", path=str(out)) from error


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


class _Laying:
    """A draft on its way into a sink, below ``start``."""

    def __init__(self, draft: Draft, sink: Sink, types: Types, start: str = "") -> None:
        self.draft = draft
        self.sink = sink
        self.types = types
        self.start = start
        self.names = Names(LIMITS)
        self.files: dict[str, FileDigests] = {}
        self.content: list[FileDigests] = []
        self.by_ref: dict[str, DraftRecord] = {}

    def run(self) -> dict[str, FileDigests]:
        for record in self.draft.records:
            if not record.ref.strip() or "/" in record.ref or record.ref in (".", ".."):
                raise Invalid("packages.draft.ref", ref=record.ref)
            if record.ref in self.by_ref:
                raise Invalid("packages.draft.ref_twice", ref=record.ref)
            self.by_ref[record.ref] = record
        for record in self.draft.records:
            self._record(record)
        for name, source in self.draft.others.items():
            self._copy(f"{OTHERS}/{name}", source, None)
        self._papers()
        return self.files

    def _folder(self, record: DraftRecord) -> str:
        """Return the record's folder: below its 案卷, else by 全宗号, 门类 and 年度."""
        above, seen = [record.ref], {record.ref}
        while record.parent:
            parent = self.by_ref.get(record.parent)
            if parent is None or parent.ref in seen:
                raise Invalid("packages.draft.parent", ref=record.ref, parent=record.parent)
            record = parent
            seen.add(record.ref)
            above.append(record.ref)
        top = [self.draft.fonds, record.type, record.values.get("year", "").strip()]
        clean = [part for part in top if part and "/" not in part and part not in (".", "..")]
        return "/".join([*clean, *reversed(above)])

    def _record(self, record: DraftRecord) -> None:
        folder = self._folder(record)
        paper = self._accept(f"{folder}/{FILE_NAME}")
        files = []
        for file in record.files:
            if file.name == FILE_NAME or not _plain(file.name):
                raise Invalid("packages.draft.file_name", ref=record.ref, name=file.name)
            digests = self._copy(f"{folder}/{file.name}", file.source, file.digests)
            files.append((file.name, digests))
            self.content.append(digests)
        self._put(paper, write_metadata(record, files, self.types))

    def _papers(self) -> None:
        volumes = sum(record.level == "file" for record in self.draft.records)
        self._put(self._accept(CATALOGUE), write_catalogue(self.draft.records, "item", self.types))
        if volumes:
            self._put(self._accept(VOLUMES), write_catalogue(self.draft.records, "file", self.types))
        note = self._note(volumes)
        self._put(self._accept(NOTE), write_note(note))
        carrier = note.get("载体编号", "")
        inside = {path[len(self.start) :]: told for path, told in self.files.items()}
        self._put(self._accept(f"{OTHERS}/{DIGESTS}"), write_digests(inside, carrier))

    def _note(self, volumes: int) -> dict[str, str]:
        refs = [record.ref for record in self.draft.records]
        items = len(refs) - volumes
        counted = {
            "移交单位": self.draft.sender,
            "全宗号": self.draft.fonds,
            "内容描述": "",
            "起止档号": f"{refs[0]} 至 {refs[-1]}" if refs else "",
            "档案数量": f"{volumes}卷{items}件" if volumes else f"{items}件",
            "文件数": str(len(self.content)),
            "总字节数": str(sum(told.size for told in self.content)),
            "软硬件环境": "",
        }
        note = counted | dict(self.draft.description)
        return {name: value for name, value in note.items() if value or name in REQUIRED}

    def _accept(self, path: str) -> str:
        return self.start + self.names.file(path)

    def _put(self, path: str, data: bytes) -> None:
        self.files[path] = self.sink.put(path, (data,), len(data))

    def _copy(self, name: str, source: Path, known: FileDigests | None) -> FileDigests:
        path = self._accept(name)
        try:
            with open(source, "rb", buffering=0) as stream:
                size = os.fstat(stream.fileno()).st_size
                digests = self.sink.put(path, iter(lambda: stream.read(_STEP), b""), size)
        except FileNotFoundError as error:
            raise NotFound("packages.draft.source_missing", path=str(source)) from error
        if digests.size != size or (known is not None and not _agree(known, digests)):
            raise Unavailable("packages.source.changed", member=name)
        self.files[path] = digests
        return digests


def _agree(known: FileDigests, found: FileDigests) -> bool:
    return known.size == found.size and all(
        found.digests.get(algorithm, digest) == digest for algorithm, digest in known.digests.items()
    )


def _plain(name: str) -> bool:
    """Return whether the path stays as it is: no empty, ``.`` or ``..`` parts."""
    return all(part not in ("", ".", "..") for part in name.split("/"))
