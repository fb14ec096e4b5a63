"""What lies beside the objects goes to every target all the time: the log, the rows, the lists, the units' files.

In this order, so that what lies at a target is never told of by something that is not there: the checkpoint is read
first; then the desk's files, record types and terms, the lists of batches, the rows, the tiles of the log; and last the
checkpoint that was read. A target is a whole vault at every moment, as old as its checkpoint.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import UUID

from lantai.base.home import home
from lantai.base.locks import held
from lantai.kernel.errors import Corrupt, LantaiError, NotFound
from lantai.kernel.storage import Source, Store
from lantai.kernel.tlog import peek_checkpoint
from lantai.vault.logbook import Lies, Logbook
from lantai.vault.models import Target
from lantai.vault.parcel import file_sha512, sha512_of
from lantai.vault.places import settle_in, store_of
from lantai.vault.policy import OWN as OWN_POLICY
from lantai.vault.sealed import SealedShelf, file_key
from lantai.vault.services.copying import always
from lantai.vault.services.pace import USUAL, Clock, GoOn, Halted, Pace, pause_after

logger = logging.getLogger(__name__)

EVERY = 15.0
"""Seconds between two looks: what is new is at a target within this and the time it takes to go there."""

WHOLE_LOOK = 600.0
"""Seconds after which also what cannot have changed is looked at: a clock that was set back hides nothing for long."""

SLACK = 5_000_000_000
"""Nanoseconds by which two looks overlap."""

SOME, BYTES = 400, 64 << 20
MOST_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Beside:
    """A folder beside the objects; ``named`` when every file in it has its digest for a name."""

    name: str
    path: Path
    named: bool = False


def beside(desk: bool = True) -> tuple[Beside, ...]:
    """Return the folders in the order they are sent, the units' files among them unless ``desk`` is False."""
    place = home()
    folders = (
        Beside("desk", place.desk, named=True),
        Beside("recordtypes", place.types),
        Beside("batches", place.vault / "batches"),
        Beside("rows", place.vault / "rows"),
        Beside("ledger", place.vault / "ledger"),
    )
    return folders if desk else folders[1:]


_NO_FOLDERS = 2
"""Links of a folder that has no folders in it, where the file system counts them."""

SINGLE = ("terms.toml", OWN_POLICY)
CHECKPOINT = "ledger/checkpoint"
MIRRORED = ("rows", "ledger")
"""Folders in which files are replaced by later ones: what is gone here goes there, once the later ones lie there."""


def ship(uuid: UUID, go_on: GoOn = always, clock: Clock = USUAL, store: Store | None = None) -> int:
    """Send the target what is new beside the objects; return the number of files. Nothing where another process is at it.

    A failure is kept in its logbook with the moment of the next try and raised.
    """
    target = Target.objects.get(uuid=uuid)
    with held(f"log-{uuid}") as got:
        if not got or target.ended_at or target.paused or target.kind == Target.CARRIER:
            return 0
        book = Logbook(uuid)
        book.note("log", seen=clock.now())
        try:
            with Pace(target, go_on, clock) as pace:
                there = store or store_of(target)
                return Shipping(target, there, pace, clock, book, beside()).run()
        except Halted:
            return 0
        except LantaiError as problem:
            tries = book.far("log").tries + 1
            book.note("log", tries=tries, next=clock.now() + pause_after(tries), problem=problem.document())
            raise


class _Changed(Exception):
    """A file went while it was being sent: what replaces it is found by another look."""


class Shipping:
    """One run of sending what lies beside the objects."""

    def __init__(
        self,
        target: Target,
        there: Store,
        pace: Pace,
        clock: Clock,
        book: Logbook,
        folders: tuple[Beside, ...],
    ) -> None:
        self._there, self._pace, self._clock, self._book = pace.paced(there), pace, clock, book
        self._raw, self._folders = there, folders
        self._shelf = SealedShelf(self._there, target.recipient) if target.recipient else None

    def run(self) -> int:
        """Send until everything that the checkpoint tells of lies there."""
        for again in range(MOST_AGAIN):
            try:
                return self._round(whole=again > 0)
            except _Changed:
                continue
        return 0  # it changes faster than it goes: the next look goes on

    def _round(self, whole: bool) -> int:
        began = self._clock.now()
        note = _read(home().vault / CHECKPOINT)
        far = self._book.far("log")
        whole = whole or began - far.good > WHOLE_LOOK or began < far.good
        marks: dict[str, int] = {} if whole else dict(far.marks or {})
        if whole:
            settle_in(self._raw)
        sent = self._single()
        for folder in self._folders:
            mark = int(began * 1e9)
            found = _files(folder, marks.get(folder.name, 0) - SLACK)
            sent += self._send(folder, found)
            marks[folder.name] = mark
        size = far.size
        if note:
            sent += self._seal_with(note)
            size = peek_checkpoint(note).size
        self._mirror()
        self._book.note(
            "log", seen=self._clock.now(), good=began, size=size, tries=0, next=0.0, problem=None, marks=marks
        )
        return sent

    def _single(self) -> int:
        here = {name: home().root / name for name in SINGLE}
        return self._send(Beside("", home().root), iter((n, p) for n, p in here.items() if p.is_file()))

    def _seal_with(self, note: bytes) -> int:
        """Write the checkpoint, last of all."""
        digest = hashlib.sha512(note).hexdigest()
        known = self._book.lies([CHECKPOINT]).get(CHECKPOINT)
        if known is not None and known.sha512 == digest:
            return 0
        self._book.keep({CHECKPOINT: self._put_one(CHECKPOINT, note, Lies(len(note), 0, digest))})
        return 1

    def _send(self, folder: Beside, found: Iterator[tuple[str, Path]]) -> int:
        """Send those of ``found`` (key, file) that do not lie there as they lie here; return how many those were."""
        sent, batch, size = 0, dict[str, tuple[Path, Lies]](), 0
        for key, path, stat in self._unknown(found):
            self._pace.check()
            batch[key] = (path, stat)
            size += stat.size
            if len(batch) == SOME or size > BYTES:
                sent += self._batch(folder, batch)
                batch, size = {}, 0
        return sent + (self._batch(folder, batch) if batch else 0)

    def _unknown(self, found: Iterator[tuple[str, Path]]) -> Iterator[tuple[str, Path, Lies]]:
        """Yield of the files those of which the logbook does not say that they lie there, with size and time."""
        while some := list(islice(found, SOME)):
            known = self._book.lies(key for key, _ in some)
            for key, path in some:
                try:
                    stat = path.stat()
                except FileNotFoundError as gone:
                    raise _Changed from gone
                one = Lies(stat.st_size, stat.st_mtime_ns, "")
                if key not in known or known[key][:2] != one[:2]:
                    yield key, path, one

    def _batch(self, folder: Beside, batch: Mapping[str, tuple[Path, Lies]]) -> int:
        """Hash, write, read back, remember."""
        told: dict[str, Lies] = {}
        for key, (path, stat) in batch.items():
            digest = file_sha512(path)
            if not digest:
                raise _Changed
            if folder.named and len(path.name) == 128 and digest != path.name:
                raise Corrupt("vault.ship.source_damaged", key=key)
            told[key] = stat._replace(sha512=digest)
        if self._shelf is not None:
            told = {key: self._put_one(key, batch[key][0], one) for key, one in told.items()}
        else:
            self._put_plain({key: path for key, (path, _) in batch.items()}, told)
        self._book.keep(told)
        return len(told)

    def _put_plain(self, files: Mapping[str, Path], told: Mapping[str, Lies]) -> None:
        """Write files together and read them back; what lies there already and is the same stays."""
        wanted: dict[str, Source] = {
            key: path for key, path in files.items() if sha512_of(self._there, key) != told[key].sha512
        }
        try:
            self._there.put_many(wanted, replace=True)
        except NotFound as gone:
            raise _Changed from gone
        for key in wanted:
            if sha512_of(self._there, key) != told[key].sha512:
                self._blame(key, files[key], told[key])

    def _blame(self, key: str, path: Path, one: Lies) -> None:
        if file_sha512(path) != one.sha512:
            raise _Changed
        raise Corrupt("vault.ship.differs", key=key)

    def _put_one(self, key: str, source: bytes | Path, one: Lies) -> Lies:
        """Write one file, sealed where the target has a recipient, and return what lies there now."""
        if self._shelf is not None:
            try:
                sealed, _ = self._shelf.put_file(key, source)
            except NotFound as gone:
                raise _Changed from gone
            return one._replace(sealed=sealed)
        self._there.put(key, source, replace=True)
        if sha512_of(self._there, key) != one.sha512:
            raise Corrupt("vault.ship.differs", key=key)
        return one

    def _mirror(self) -> None:
        """Remove there what was replaced here by later files; never anything while the folder here looks lost."""
        for folder in self._folders:
            if folder.name not in MIRRORED or not any(path.is_file() for _, path in _files(folder, 0)):
                continue
            gone = [
                key
                for key in self._book.below(folder.name)
                if not (folder.path / key.partition("/")[2]).exists()
            ]
            for key in gone:
                self._there.delete(file_key(key) if self._shelf else key)
            if gone:
                self._book.forget(gone)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _files(folder: Beside, since: int) -> Iterator[tuple[str, Path]]:
    """Yield key and path of the files of a folder that lie in folders changed since a moment (nanoseconds), sorted.

    A file that arrives changes the time of its folder; half-made files and the checkpoint are left out.
    """
    waiting = [(folder.path, folder.name)]
    while waiting:
        path, key = waiting.pop()
        try:
            stat = path.stat()
            changed = stat.st_mtime_ns >= since
            if not changed and stat.st_nlink == _NO_FOLDERS:
                continue
            entries = sorted(os.scandir(path), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in reversed(entries):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                waiting.append((Path(entry.path), f"{key}/{entry.name}"))
        for entry in entries:
            own = f"{key}/{entry.name}"
            if changed and own != CHECKPOINT and entry.is_file(follow_symlinks=False):
                yield own, Path(entry.path)
