"""Files that arrive in pieces and go on where they broke off; they wait in the inbox until somebody takes them.

``upload-<id>/told.json``  whose it is, what it is called, how long it will be
``upload-<id>/data``       what has arrived: its length is how far the upload is

What nobody has touched for a day, or for as long as was asked when it began, is swept with the inbox. Arriving is
no act: nothing is known to the archives before a service takes the file.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

LIMIT = 256 << 30
"""Bytes of one file: a package of a hand-over may have 100 GB and more."""

OPEN_MOST = 10
"""Files, or groups of files, of one account that wait. By a page, the one that was left longest makes room for the next;
to a machine, which knows all of its own, the next is refused."""

DAYS_MOST = 30
"""Days that an untouched upload may be asked to be kept."""

GROUP_MOST = 5_000
"""Files of one group: those that a page sends as folders."""

MARGIN = 64 << 20
"""Bytes that must stay free on the disk of the inbox."""

SETTLE = 1 << 30
"""After so many bytes what has arrived is made durable: in portions, since all at once keeps a sender waiting too long."""

LARGE = 1 << 30
"""From so many bytes on a file begins only where those that have begun will have room, too."""

_HOUR = 3600
_DAY = 24 * _HOUR
_CHUNK = 1 << 20
_NAME_LIMIT = 255


_purposes: dict[str, Callable[[Actor], bool]] = {}


def let(purpose: str, allowed: Callable[[Actor], bool]) -> None:
    """Let those upload of whom ``allowed`` says so: a room calls it for each page that takes files."""
    _purposes[purpose] = allowed


class Readable(Protocol):
    """What bytes are read from, such as a request."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way: ``offset`` of ``size`` bytes have arrived at ``path``; ``name`` is its own."""

    id: str
    name: str
    size: int
    offset: int
    path: Path

    @property
    def whole(self) -> bool:
        return self.offset == self.size


def begin(
    actor: Actor, name: str, size: int, group: str = "", *, days: int = 1, machine: bool = False
) -> Upload:
    """Make room for a file of ``size`` bytes, kept for ``days`` while nothing of it comes.

    Files of one ``group`` (a UUID that their page made; "" for none) count as one where room is made, and are
    ``Invalid("base.upload.many")`` beyond ``GROUP_MOST``. For a ``machine`` nothing of its account is removed but what was
    taken already or never came: ``Conflict("base.upload.open")`` while ``OPEN_MOST`` others wait.

    ``Forbidden("base.upload.forbidden")`` for who may bring no file to any room,
    ``Invalid("base.upload.size")`` for none or too many, ``("base.upload.name")`` for a name that is a path;
    ``Unavailable("base.upload.disk")`` when the disk cannot hold it, a large one beside what is still to come of others.
    """
    if actor.kind != "person" or not any(allowed(actor) for allowed in _purposes.values()):
        raise Forbidden("base.upload.forbidden")
    if not 0 < size <= LIMIT:
        raise Invalid("base.upload.size", size=size, limit=LIMIT)
    if not name or len(name) > _NAME_LIMIT or not name.isprintable() or set(name) & set("/\\"):
        raise Invalid("base.upload.name", limit=_NAME_LIMIT)
    home().inbox.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home().inbox).free
    needed = size + MARGIN + (_to_come() if size >= LARGE else 0)
    if free < needed:
        raise Unavailable("base.upload.disk", needed=needed - free, free=free)
    days = max(1, min(days, DAYS_MOST))
    _counted(actor, group if _is_id(group) else "", days, machine)
    made = str(uuid.uuid4())
    fresh = home().inbox / f"fresh-{made}"
    fresh.mkdir()
    told = {
        "owner": actor.username,
        "name": name,
        "size": size,
        "group": group,
        "days": days,
        "machine": machine,
    }
    (fresh / "told.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    (fresh / "data").touch()
    fresh.rename(_folder(made))
    return upload(actor, made)


def keep(actor: Actor, name: str, path: Path, group: str = "") -> Upload:
    """Let a file that arrived otherwise, in the form of a page, wait as an upload; ``path`` is given away.

    Raises as :func:`begin`.
    """
    begun = begin(actor, name, path.stat().st_size, group)
    os.replace(path, begun.path)
    return upload(actor, begun.id)


def upload(actor: Actor, id: str) -> Upload:
    """Return how far an upload of ``actor`` is; ``NotFound`` for any other, whosever it is."""
    told = _told(_folder(id)) if _is_id(id) else None
    if told is None or told["owner"] != actor.username or actor.kind != "person":
        raise NotFound("base.upload.missing")
    path = _folder(id) / "data"
    return Upload(id, str(told["name"]), int(str(told["size"])), path.stat().st_size, path)


def append(actor: Actor, id: str, offset: int, source: Readable) -> Upload:
    """Write what ``source`` gives behind the first ``offset`` bytes; what arrives before it breaks off counts.

    ``Conflict("base.upload.offset")`` when another number of bytes has arrived, or arrives at this moment;
    ``Invalid("base.upload.size")`` when more comes than was said; ``Unavailable("base.upload.disk")`` when others
    have filled the disk since it began.
    """
    now = upload(actor, id)
    os.utime(now.path.parent)  # the piece may break off: what arrives of it is no day old either
    with open(now.path, "ab", buffering=0) as out:
        _hold(out, now)
        if os.fstat(out.fileno()).st_size != offset:
            raise Conflict("base.upload.offset", offset=os.fstat(out.fileno()).st_size)
        while chunk := source.read(min(_CHUNK, now.size - offset + 1)):
            if offset + len(chunk) > now.size:
                raise Invalid("base.upload.size", size=offset + len(chunk), limit=now.size)
            _write(out, chunk)
            offset += len(chunk)
            if offset // SETTLE > (offset - len(chunk)) // SETTLE:
                os.fsync(out.fileno())
        if offset == now.size:
            os.fsync(out.fileno())
    os.utime(now.path.parent)
    return upload(actor, id)


def _hold(out: FileIO, now: Upload) -> None:
    """Let one request at a time write; the lock ends with the open file."""
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        raise Conflict("base.upload.offset", offset=now.offset) from busy


def _write(out: FileIO, chunk: bytes) -> None:
    free = shutil.disk_usage(home().inbox).free
    if free < len(chunk) + MARGIN:
        raise Unavailable("base.upload.disk", needed=len(chunk) + MARGIN - free, free=free)
    try:
        left = memoryview(chunk)
        while left:
            left = left[out.write(left) :]
    except OSError as problem:
        free = shutil.disk_usage(home().inbox).free
        raise Unavailable("base.upload.disk", needed=len(chunk), free=free) from problem


def arrived(actor: Actor, id: str) -> Upload:
    """Return a file that has arrived whole; ``Conflict("base.upload.unfinished")`` while it has not."""
    found = upload(actor, id)
    if not found.whole:
        raise Conflict("base.upload.unfinished", offset=found.offset, size=found.size)
    return found


def forget(actor: Actor, id: str) -> None:
    """Remove an upload of ``actor``, taken or not."""
    shutil.rmtree(upload(actor, id).path.parent)


def discard(actor: Actor, ids: Iterable[str]) -> None:
    """Remove uploads of ``actor``, arrived or not; those that are gone are gone."""
    for id in dict.fromkeys(ids):
        with suppress(NotFound, FileNotFoundError):
            forget(actor, id)


def release(actor: Actor, ids: Iterable[str], folder: Path) -> None:
    """Let uploads go whose bytes were given away under second names in ``folder``; those that are gone are gone.

    One that its taker keeps as this very file stays until it is swept: it takes no room, and who never got an
    answer can name it again.
    """
    given = Counter(path.lstat().st_ino for path in folder.rglob("*"))
    for id in dict.fromkeys(ids):
        with suppress(NotFound, FileNotFoundError):
            found = upload(actor, id).path
            told = found.stat()
            if told.st_nlink <= 1 + given[told.st_ino]:
                shutil.rmtree(found.parent)


def _to_come() -> int:
    """Return how many bytes are still to come of the files of which something came within a day."""
    waiting, since = 0, time.time() - _DAY
    for folder in home().inbox.glob("upload-*"):
        told = _told(folder)
        if told is not None and _touched(folder) > since:
            with suppress(FileNotFoundError):  # swept, or given up, at this moment
                came = (folder / "data").stat().st_size
                waiting += int(str(told["size"])) - came if came else 0
    return waiting


def _counted(actor: Actor, group: str, days: int, machine: bool) -> None:
    """Make room for a lone file or the first of a group; a group's marker holds a byte for each of its files."""
    if not group:
        _make_room(actor, days, machine)
        return
    marker = home().inbox / f"group-{group}"
    if not marker.exists():
        _make_room(actor, days, machine)
    with open(marker, "ab", buffering=0) as out:
        out.write(b".")
        if out.tell() > GROUP_MOST:
            raise Invalid("base.upload.many", limit=GROUP_MOST)


def _make_room(actor: Actor, days: int, machine: bool) -> None:
    """Remove the files, or groups of files, of ``actor`` that were left longest, so that one more has room.

    Pages and machines count apart, and what is kept for longer makes room for its like only: many small files do not
    drive out a large package. Of a machine's only those go that were taken, and those of which nothing came for an hour.
    """
    mine: dict[str, list[Path]] = {}
    for folder in home().inbox.glob("upload-*"):
        told = _told(folder)
        if told is None or told["owner"] != actor.username or bool(told.get("machine")) is not machine:
            continue
        if (_days(told) > 1) == (days > 1):
            mine.setdefault(str(told.get("group") or folder.name), []).append(folder)
    newest = {name: max(map(_touched, some)) for name, some in mine.items()}
    oldest = sorted(mine, key=lambda name: newest[name])
    if machine:
        oldest = [name for name in oldest if all(map(_spare, mine[name]))]
        if len(mine) - len(oldest) >= OPEN_MOST:
            raise Conflict("base.upload.open", limit=OPEN_MOST)
    for name in oldest[: max(0, len(mine) - OPEN_MOST + 1)]:
        for left in mine[name]:
            shutil.rmtree(left, ignore_errors=True)


def _touched(folder: Path) -> float:
    """Return when a folder was touched last, 0.0 for one that was let go meanwhile."""
    with suppress(FileNotFoundError):
        return folder.stat().st_mtime
    return 0.0


def _spare(folder: Path) -> bool:
    """Return whether a machine misses nothing when an upload goes.

    Its bytes lie elsewhere, too; or nothing ever came of it for an hour: the answer that named it was lost.
    """
    with suppress(FileNotFoundError):
        data = (folder / "data").stat()
        return data.st_nlink > 1 or (not data.st_size and _touched(folder) < time.time() - _HOUR)
    return True


def kept_days(folder: Path) -> int:
    """Return how many days a folder of the inbox is kept while nobody touches it."""
    told = _told(folder)
    return 1 if told is None else _days(told)


def _days(told: dict[str, object]) -> int:
    return int(str(told.get("days", 1)))


def _told(folder: Path) -> dict[str, object] | None:
    try:
        told: dict[str, object] = json.loads((folder / "told.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return told


def _folder(id: str) -> Path:
    return home().inbox / f"upload-{id}"


def _is_id(id: str) -> bool:
    try:
        return str(uuid.UUID(id)) == id
    except ValueError:
        return False
