"""Where parts lie: files of parts that grow until they are large enough, never written a second time.

``parts/000000007.jsonl.gz``           a finished file; its first part is number 7
``parts/000000007.p/00003.jsonl.gz``   the same while it grows: parts 7, 8 and 9, in place of the one with two

A writer that is killed between writing the longer file and removing the shorter leaves both; the longer counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from lantai.kernel.errors import Corrupt, NotFound
from lantai.kernel.rowlog.parts import START, Place, Said, digest, members, said
from lantai.kernel.rowlog.wholes import WholeShelf
from lantai.kernel.storage import read

FULL = 256 << 10
"""Bytes from which on a file is finished."""

_FILE = re.compile(r"parts/(?P<first>\d{9})(?:\.p/(?P<count>\d{5}))?\.jsonl\.gz")


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of the chain: number and digest of the last part, and the growing file it lies in.

    ``first`` is the number of the first part in that file, ``count`` how many it holds: 0 when the next part begins one.
    """

    part: int = 0
    digest: str = START
    first: int = 1
    count: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it was read: what it says, its digest, and the key of the file it lies in."""

    said: Said
    digest: str
    key: str


@dataclass(frozen=True, slots=True)
class _File:
    first: int
    count: int
    """0 for a finished file, of which only reading tells."""
    key: str


class Shelf(WholeShelf):
    """The folder ``rows`` of a vault, or of a copy of one. One writer at a time."""

    def append(self, tail: Tail, member: bytes) -> Tail:
        """Write the part that follows ``tail``, durably, and return the new end.

        ``Conflict("storage.key.exists")`` when somebody wrote it already: ask :meth:`tail` then.
        ``Corrupt("rowlog.part.missing")`` when the file it goes on with is not there.
        """
        data = self._grown(tail) + member
        count, number = tail.count + 1, tail.part + 1
        if len(data) >= FULL:
            self.store.put(_full(tail.first), data)
            self.store.delete_tree(f"parts/{tail.first:09}.p")
            return Tail(number, digest(member), number + 1, 0)
        self.store.put(_growing(tail.first, count), data)
        if tail.count:
            self.store.delete(_growing(tail.first, tail.count))
        return Tail(number, digest(member), tail.first, count)

    def confirmed(self, tail: Tail) -> Tail:
        """Return ``tail`` where the files agree that it is the end, else what they say."""
        there = self.store.exists
        ends = not there(_growing(tail.first, tail.count + 1)) and not there(_full(tail.first))
        begun = not tail.count or there(_growing(tail.first, tail.count))
        return tail if tail.part and ends and begun else self.tail()

    def tail(self) -> Tail:
        """Return the end of the chain as the files tell it; ``Corrupt`` as :meth:`parts`."""
        files = self._files()
        if not files:
            return Tail()
        last = files[-1]
        digests = [digest(member) for member, _ in self._members(last.key)]
        if not digests:
            raise Corrupt("rowlog.part.form", path=last.key)
        part, found = last.first + len(digests) - 1, digests[-1]
        return Tail(part, found, last.first, len(digests)) if last.count else Tail(part, found, part + 1, 0)

    def parts(self, after: int = 0, before: str | None = None) -> Iterator[Part]:
        """Yield the parts after number ``after``, in order, each tied to the one before it.

        ``before`` is the digest that part ``after`` is known to have. ``Corrupt``: ``rowlog.part.form`` (unreadable),
        ``rowlog.part.missing`` (a number is not there), ``rowlog.part.order`` (another number stands there),
        ``rowlog.part.chain`` (it does not follow the one before it).
        """
        files = self._files()
        begin = max((at for at, file in enumerate(files) if file.first <= after + 1), default=0)
        wanted, known = (files[begin].first if files else after + 1), None
        if files and wanted > after + 1:
            raise Corrupt("rowlog.part.missing", part=after + 1)
        for file in files[begin:]:
            if file.first != wanted:
                raise Corrupt("rowlog.part.missing", part=wanted)
            for member, plain in self._members(file.key):
                told = said(plain, Place(file.key, wanted))
                if told.head.part != wanted:
                    raise Corrupt("rowlog.part.order", path=file.key, expected=wanted, found=told.head.part)
                if known is not None and told.head.before != known:
                    raise Corrupt("rowlog.part.chain", path=file.key, part=wanted)
                known = digest(member)
                if wanted == after and before is not None and known != before:
                    raise Corrupt("rowlog.part.chain", path=file.key, part=wanted)
                if wanted == after + 1 and before is not None and told.head.before != before:
                    raise Corrupt("rowlog.part.chain", path=file.key, part=wanted)
                if wanted > after:
                    yield Part(told, known, file.key)
                wanted += 1

    def trim(self, whole: int) -> None:
        """Remove what nobody needs who begins with the copy ``whole``: older copies, files of older parts only."""
        for number in self.wholes():
            if number < whole:
                self.remove(number)
        files = self._files()
        for file, following in pairwise(files):
            if following.first <= whole + 1:
                self._remove(file.first)

    def cut(self, part: int) -> None:
        """Remove every part after ``part``: none of them was reached by a checkpoint. Killed, call it again."""
        for number in self.wholes(unfinished=True):
            if number > part:
                self.remove(number)
        for file in reversed(self._files()):
            if file.first > part:
                self._remove(file.first)
                continue
            found = [member for member, _ in self._members(file.key)]
            if file.first + len(found) - 1 > part:
                kept = part - file.first + 1
                with suppress(NotFound):
                    self.store.delete(_growing(file.first, kept))
                self.store.put(_growing(file.first, kept), b"".join(found[:kept]))
                self._remove(file.first, but=_growing(file.first, kept))
            return

    def bytes_after(self, part: int) -> int:
        """Return the size of the files that hold parts after ``part``."""
        files = self._files()
        ends = [following.first for following in files[1:]]
        return sum(
            self.store.size(file.key)
            for file, end in zip(files, [*ends, part + 2], strict=True)
            if end > part + 1
        )

    def _remove(self, first: int, but: str = "") -> None:
        growing = [key for key in self.store.list(f"parts/{first:09}.p") if key != but]
        for key in (_full(first), *growing):
            self.store.delete(key)

    def _grown(self, tail: Tail) -> bytes:
        if not tail.count:
            return b""
        try:
            return read(self.store, _growing(tail.first, tail.count))
        except NotFound as gone:
            raise Corrupt("rowlog.part.missing", part=tail.part) from gone

    def _files(self) -> list[_File]:
        """Return the files in order, of each beginning the longest."""
        best: dict[int, _File] = {}
        for key in self.store.list("parts"):
            found = _FILE.fullmatch(key)
            if found is None:
                raise Corrupt("rowlog.file.unknown", path=key)
            file = _File(int(found["first"]), int(found["count"] or 0), key)
            known = best.get(file.first)
            if known is None or not file.count or (known.count and file.count > known.count):
                best[file.first] = file
        return [best[first] for first in sorted(best)]

    def _members(self, key: str) -> Iterator[tuple[bytes, bytes]]:
        return members(read(self.store, key), key)


def _full(first: int) -> str:
    return f"parts/{first:09}.jsonl.gz"


def _growing(first: int, count: int) -> str:
    return f"parts/{first:09}.p/{count:05}.jsonl.gz"
