"""The folder of an index.

Numbered builds side by side, a pointer to the current one, locks and a disk guard.

``<home>/<schema>-<folding>-<engine version>-<n>/`` is a build, ``<home>/current`` holds the name of the one
in use. A build is swapped in by one rename. One that is not finished is gone on with if schema, folding and
engine are still the same; everything else that is not current is rubbish and gets collected. Local disks
only: the locks are those of the operating system.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lantai.kernel.errors import Conflict, NotFound, Unavailable
from lantai.kernel.storage.medium import sync_file

POINTER = "current"
UNFINISHED = "unfinished"
"""Lies in a build until it is swapped in; who goes on with it reads there what was noted at its beginning."""
MARGIN = 256 << 20
"""Bytes that stay free on the disk whatever the index wants."""

Stamp = tuple[int, int, int]


def free_bytes(folder: Path) -> int:
    """Return how many bytes can still be written where ``folder`` is."""
    return shutil.disk_usage(folder).free


def stamp(path: Path) -> Stamp:
    """Return what changes whenever ``path`` is replaced; raises ``FileNotFoundError``."""
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


@dataclass(frozen=True, slots=True)
class IndexHome:
    """``name`` tells what a build must have been made with; ``free`` measures the disk."""

    path: Path
    name: str
    margin: int = MARGIN
    free: Callable[[Path], int] = free_bytes

    @property
    def pointer(self) -> Path:
        """Return the path of the file that names the current build."""
        return self.path / POINTER

    def current(self) -> Path:
        """Return the folder of the current build.

        Raises ``NotFound("search.index.missing")``, or ``Conflict("search.index.outdated")`` when it was made
        with another schema, folding or engine.
        """
        try:
            told = self.pointer.read_text("utf-8").strip()
        except FileNotFoundError:
            raise NotFound("search.index.missing", home=self.path.name) from None
        folder = self.path / told
        if not told or os.path.sep in told or not folder.is_dir():
            raise NotFound("search.index.missing", home=self.path.name)
        if told.rpartition("-")[0] != self.name:
            raise Conflict("search.index.outdated", found=told, needed=self.name)
        return folder

    def exists(self) -> bool:
        """Return whether there is a current build; one of another version raises as in :meth:`current`."""
        try:
            self.current()
        except NotFound:
            return False
        return True

    def size(self) -> int:
        """Return the bytes of the build that is in use, whatever made it; 0 without one."""
        try:
            told = self.pointer.read_text("utf-8").strip()
        except FileNotFoundError:
            return 0
        return folder_bytes(self.path / told) if told else 0

    def guard_disk(self, needed: int) -> None:
        """Raise ``Unavailable("search.disk.full")`` unless ``needed`` bytes and the margin are free."""
        free = self.free(self.path)
        if free < needed + self.margin:
            raise Unavailable("search.disk.full", free=free, needed=needed + self.margin)

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the right to build, of which there is one; else ``Unavailable("search.rebuild.busy")``."""
        self.path.mkdir(parents=True, exist_ok=True)
        with _locked(self.path / "build.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Keep the pointer where it is for as long as a commit takes."""
        with _locked(self.path / "pointer.lock", fcntl.LOCK_SH):
            yield

    def new_build(self) -> Path:
        """Make the folder of the next build. Only while :meth:`building`."""
        folder = self.path / f"{self.name}-{max(map(_number, self.builds()), default=0) + 1}"
        folder.mkdir()
        return folder

    def swap(self, folder: Path) -> None:
        """Make ``folder`` the current build, durably and at once for everybody."""
        (folder / UNFINISHED).unlink(missing_ok=True)
        with _locked(self.path / "pointer.lock", fcntl.LOCK_EX):
            beside = self.path / f"{POINTER}.new"
            with beside.open("w", encoding="utf-8") as out:
                out.write(folder.name + "\n")
                out.flush()
                os.fsync(out.fileno())
            sync_file(str(self.path))
            beside.replace(self.pointer)
            sync_file(str(self.path))

    def builds(self) -> list[Path]:
        """Return the folders of all builds, finished or not."""
        return sorted(p for p in self.path.iterdir() if p.is_dir())

    def begin(self, folder: Path, told: str) -> None:
        """Note durably in the new build ``folder`` that it is unfinished, and what its maker wants to know."""
        beside = folder / f"{UNFINISHED}.new"
        with beside.open("w", encoding="utf-8") as out:
            out.write(told)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(folder / UNFINISHED)
        sync_file(str(folder))

    def unfinished(self) -> tuple[Path, str] | None:
        """Return the newest build of this version that was begun and is not current, and what was noted."""
        told = self._told()
        for folder in sorted(self.builds(), key=_number, reverse=True):
            note = folder / UNFINISHED
            own = folder.name.rpartition("-")[0] == self.name and folder.name != told
            if own and note.exists() and (folder / "meta.json").exists():
                return folder, note.read_text("utf-8")
        return None

    def _told(self) -> str:
        return self.pointer.read_text("utf-8").strip() if self.pointer.exists() else ""

    def collect(self, keep: Path | None = None) -> None:
        """Remove every build that is neither current nor ``keep``. Only while :meth:`building`.

        Readers keep what they have open.
        """
        told = self._told()
        for folder in self.builds():
            if folder.name != told and folder != keep:
                shutil.rmtree(folder)


def _number(folder: Path) -> int:
    number = folder.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def folder_bytes(folder: Path) -> int:
    """Return the bytes of the files in ``folder``; files that vanish meanwhile (merges) count nothing."""
    total = 0
    for entry in folder.glob("*"):
        try:
            total += entry.stat().st_size
        except FileNotFoundError:
            continue
    return total


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("a") as held:
        try:
            fcntl.flock(held, how)
        except BlockingIOError:
            raise Unavailable("search.rebuild.busy") from None
        yield
