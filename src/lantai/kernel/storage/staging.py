"""Unfinished work of a local store: folders nobody lists, owned by a lock that dies with its process."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lantai.kernel.storage.keys import STAGING

PLAN = "plan"
"""Names the prefixes a publish will create, one per line ('\\0' ends a line), to clean up after a kill."""


class Staging:
    """The staging folder of the store at ``root``; it exists only while somebody works in it.

    Each piece of work is a folder with a random name, locked (flock) for as long as its process lives.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self.path = os.path.join(root, STAGING)

    @contextmanager
    def folder(self) -> Iterator[str]:
        """Give a new, empty, locked folder; it and what is left in it are gone afterwards."""
        path, lock = self._claim()
        try:
            yield path
        finally:
            try:
                shutil.rmtree(path)
            finally:
                os.close(lock)
                self._leave()

    def leftovers(self) -> Iterator[str]:
        """Yield, locked, the folders of killed writers; the caller cleans up, then they are removed."""
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            return
        for name in names:
            path = os.path.join(self.path, name)
            lock = self._lock(path)
            if lock is None:
                continue
            try:
                yield path
                shutil.rmtree(path)
            finally:
                os.close(lock)
        self._leave()

    def _claim(self) -> tuple[str, int]:
        while True:
            path = os.path.join(self.path, secrets.token_hex(8))
            try:
                os.mkdir(path)
            except FileNotFoundError:
                self._arrive()
                continue
            lock = self._lock(path)
            if lock is not None:
                return path, lock

    @staticmethod
    def _lock(path: str) -> int | None:
        """Lock a folder without waiting; None when it has an owner, or a collector took it meanwhile."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if os.path.isdir(path):
            return descriptor
        os.close(descriptor)
        return None

    def _arrive(self) -> None:
        """Make the staging folder; another process may make or remove it at the same moment."""
        os.makedirs(self._root, exist_ok=True)
        with suppress(FileExistsError):
            os.mkdir(self.path)

    def _leave(self) -> None:
        try:
            os.rmdir(self.path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def write_plan(folder: str, prefixes: list[str]) -> None:
    """Leave in a staging folder which prefixes will appear."""
    Path(folder, PLAN).write_bytes("\0".join(prefixes).encode("utf-8"))


def read_plan(folder: str) -> list[str]:
    """Return what :func:`write_plan` left, [] when there is nothing or a kill came before it was written."""
    with suppress(FileNotFoundError):
        plan = Path(folder, PLAN).read_bytes().decode("utf-8")
        return plan.split("\0") if plan else []
    return []
