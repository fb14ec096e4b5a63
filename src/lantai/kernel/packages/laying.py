"""A draft laid into a sink as a DA/T 93 folder: the papers, and every record's folder with metadata and files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.kernel.digests import FileDigests, new
from lantai.kernel.errors import Invalid, NotFound, Unavailable
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
from lantai.kernel.packages.sinks import Sink

_STEP = 1 << 20


class Laying:
    """A draft on its way into a sink as a DA/T 93 folder, below ``start``."""

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
        self.by_ref = records_by_ref(self.draft)
        for record in self.draft.records:
            self._record(record)
        for name, source in sorted(self.draft.others.items()):
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
            if file.name == FILE_NAME or not plain(file.name):
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
        self.files[path] = copy(self.sink, path, source, known)
        return self.files[path]


def records_by_ref(draft: Draft) -> dict[str, DraftRecord]:
    """Return the records by 档号; Invalid ``packages.draft.ref``, ``.ref_twice`` for what cannot name a folder."""
    by_ref: dict[str, DraftRecord] = {}
    for record in draft.records:
        if not record.ref.strip() or "/" in record.ref or record.ref in (".", ".."):
            raise Invalid("packages.draft.ref", ref=record.ref)
        if record.ref in by_ref:
            raise Invalid("packages.draft.ref_twice", ref=record.ref)
        by_ref[record.ref] = record
    return by_ref


def copy(sink: Sink, path: str, source: Path, known: FileDigests | None) -> FileDigests:
    """Put the file ``source`` at ``path``; what it no longer is as ``known`` is refused."""
    seen = Source(path, source, known)
    digests = sink.put(path, seen, seen.size)
    seen.settle(digests)
    return digests


class Source:
    """The bytes of a draft's file, once: iterated in blocks, then held against what was known of them.

    Raises NotFound ``packages.draft.source_missing``, Unavailable ``packages.source.changed``.
    """

    def __init__(self, name: str, path: Path, known: FileDigests | None) -> None:
        self.name, self.path, self.known = name, path, known
        try:
            self.size = path.stat().st_size
        except FileNotFoundError as error:
            raise NotFound("packages.draft.source_missing", path=name) from error

    def __iter__(self) -> Iterator[bytes]:
        try:
            with open(self.path, "rb", buffering=0) as stream:
                yield from iter(lambda: stream.read(_STEP), b"")
        except FileNotFoundError as error:
            raise NotFound("packages.draft.source_missing", path=self.name) from error

    def hashed(self) -> Iterator[bytes]:
        """Yield the bytes and settle with their own digest at the end, for sinks that see other bytes.

        SHA-512 alone is taken where it is known: it costs less than the others, and says as much.
        """
        known = self.known.digests if self.known else {}
        wanted = ("sha512",) if "sha512" in known else tuple(known)
        hashers = {name: new(name) for name in wanted}
        size = 0
        for block in self:
            size += len(block)
            if size > self.size:
                break
            for hasher in hashers.values():
                hasher.update(block)
            yield block
        self.settle(FileDigests(size, {name: hasher.hexdigest() for name, hasher in hashers.items()}))

    def settle(self, found: FileDigests) -> None:
        """Raise if what was read is not what was promised."""
        if found.size != self.size or (self.known is not None and not _agree(self.known, found)):
            raise Unavailable("packages.source.changed", member=self.name)


def _agree(known: FileDigests, found: FileDigests) -> bool:
    return known.size == found.size and all(
        found.digests.get(algorithm, digest) == digest for algorithm, digest in known.digests.items()
    )


def plain(name: str) -> bool:
    """Return whether the path stays as it is: no empty, ``.`` or ``..`` parts."""
    return all(part not in ("", ".", "..") for part in name.split("/"))
