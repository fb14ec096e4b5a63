"""What lies in a drop folder: things, each with its entries, their fingerprints and the files it is made of."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

TAKEN = "_taken"
"""Folder beside the things, to which what was filed is moved."""

RESULTS = (".receipt.json", ".receipt.txt", ".refused.json", ".refused.txt")
"""How our own files beside the things end."""

_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp", "~")
_MAIL = (".eml", ".mbox")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Thing:
    """One document, or one file of mail, as it lies there.

    ``kind`` is file, folder, mail or sidecar (a description whose file is not there). ``entries`` has the fingerprint
    of each entry of the drop folder that belongs to it; ``files`` are those of the document by their path in it;
    ``sidecar`` is the description beside a file, ``place`` the drop folder. ``odd`` are links and devices, which
    nobody follows.
    """

    name: str
    kind: str
    entries: Mapping[str, str]
    files: Mapping[str, Path]
    sizes: Mapping[str, int]
    sidecar: Path | None
    place: Path
    odd: tuple[str, ...]

    @property
    def bytes(self) -> int:
        return sum(self.sizes.values())

    @property
    def unfinished(self) -> bool:
        """Whether something in it has a name that transfer programs give to what they still write."""
        return any(name.endswith(_UNFINISHED) for name in self.files)


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    print: str
    folder: bool
    files: Mapping[str, Path]
    sizes: Mapping[str, int]
    odd: tuple[str, ...]


def things(folder: Path, filed: Mapping[str, str]) -> list[Thing]:
    """Return the things in a unit's drop folder by name; entries that are as in ``filed`` have been taken."""
    found = {entry.name: looked(Path(entry.path)) for entry in _entries(folder)}
    there = {
        name: entry
        for name, entry in found.items()
        if entry is not None and filed.get(_shown(name)) != entry.print
    }
    beside = {name: _owner(name, there) for name in there}
    partners = {owner: name for name, owner in sorted(beside.items()) if owner}
    return [
        _thing(name, entry, there.get(partners.get(name, "")))
        for name, entry in sorted(there.items())
        if not beside[name] or partners[beside[name]] != name
    ]


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        for entry in found:
            name = entry.name
            if not (name.startswith(".") or name == TAKEN or name.endswith((*RESULTS, *_UNFINISHED))):
                yield entry


def _owner(name: str, there: Mapping[str, _Entry]) -> str:
    """Return the file that a description describes: 通知.pdf for 通知.pdf.json; "" for what is no description."""
    stem, dot, suffix = name.rpartition(".")
    described = dot and suffix in ("json", "csv") and not stem.lower().endswith(_MAIL)
    return stem if described and stem in there and not there[stem].folder else ""


def _thing(name: str, entry: _Entry, sidecar: _Entry | None) -> Thing:
    entries = {_shown(one.path.name): one.print for one in (entry, sidecar) if one is not None}
    kind = "folder" if entry.folder else "file"
    if not entry.folder and name.lower().endswith(_MAIL):
        kind = "mail"
    elif not entry.folder and name.endswith(".json"):
        kind = "sidecar"
    beside = sidecar.path if sidecar else None
    return Thing(_shown(name), kind, entries, entry.files, entry.sizes, beside, entry.path.parent, entry.odd)


def looked(path: Path) -> _Entry | None:
    """Return an entry with the fingerprint of all that is in it; None when it is gone. Not followed: links."""
    made = hashlib.sha256()
    files: dict[str, Path] = {}
    sizes: dict[str, int] = {}
    odd = []
    try:
        told = path.lstat()
        whole = stat.S_ISDIR(told.st_mode)
        for name, place in _inside(path) if whole else [(path.name, path)]:
            at = place.lstat()
            made.update(repr((_shown(name), at.st_size, at.st_mtime_ns, at.st_ino, at.st_mode)).encode())
            if whole and place.name in _LITTER:
                continue
            if stat.S_ISREG(at.st_mode) and name == _shown(name):
                files[name], sizes[name] = place, at.st_size
            else:
                odd.append(_shown(name))
    except PermissionError:
        return _Entry(path, made.hexdigest(), False, {}, {}, (_shown(path.name),))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _Entry(path, made.hexdigest(), whole, files, sizes, tuple(odd))


def opened(folder: Path, name: str) -> int:
    """Open the regular file at the relative path ``name`` below ``folder`` and return its handle.

    No link on the way is followed and nothing waited for, whatever somebody puts there meanwhile: ``OSError``.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    *folders, last = PurePosixPath(name).parts
    at = os.open(folder, _FOLDER)
    try:
        for piece in folders:
            below = os.open(piece, flags | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
        handle = os.open(last, flags | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(name)
    return handle


@contextmanager
def aside(folder: Path, number: str) -> Iterator[int]:
    """Yield the handle of ``_taken/<number>``, made where it is missing; ``OSError`` where a link lies in its place."""
    at = os.open(folder, _FOLDER)
    try:
        for name in (TAKEN, number):
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=at)
            below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def move(folder: Path, name: str, told: str, number: str, into: int) -> None:
    """Move an entry whose fingerprint is ``told`` into :func:`aside`; what is another document by now stays."""
    place = folder / name
    entry = looked(place)
    if entry is None or entry.print != told:
        return
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.lstat(name, dir_fd=into).st_mode):
            shutil.rmtree(name, dir_fd=into)
        else:
            os.unlink(name, dir_fd=into)
    os.rename(place, name, dst_dir_fd=into)
    moved = looked(folder / TAKEN / number / name)
    if (moved is None or moved.print != told) and not os.path.lexists(place):
        os.rename(name, place, src_dir_fd=into)  # somebody wrote in this very moment


def _inside(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield all that lies in a folder but folders, in the order of its path; links are not followed."""
    for at, folders, names in os.walk(folder, onerror=_loud):
        links = [name for name in folders if os.path.islink(os.path.join(at, name))]
        folders[:] = sorted(set(folders) - set(links))
        for name in sorted([*names, *links]):
            place = Path(at, name)
            yield place.relative_to(folder).as_posix(), place


def _loud(problem: OSError) -> None:
    raise problem


def _shown(name: str) -> str:
    """Return a name as it can be kept: bytes that are no UTF-8 are shown as such."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
