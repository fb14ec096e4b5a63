"""A store in a folder of a local file system (one that has hard links, rename and flock)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from lantai.kernel.errors import Conflict, Corrupt, LantaiError, NotFound
from lantai.kernel.storage.keys import STAGING, check_key, check_prefix, check_trees
from lantai.kernel.storage.medium import (
    explained,
    for_each,
    forget_taken,
    meaning,
    sync_file,
    sync_file_system,
    sync_tree,
    write_new,
)
from lantai.kernel.storage.staging import Staging, read_plan, write_plan
from lantai.kernel.storage.store import Source, Stray, Tree
from lantai.kernel.storage.walk import walk

_FOLDERS_TO_SYNC_ONE_BY_ONE = 8
_ABSENT = (FileNotFoundError, NotADirectoryError)
_NOT_EMPTY = (errno.ENOTEMPTY, errno.EEXIST)


class LocalStore:
    """Keys are paths below ``root``. Nothing is created before the first write.

    Work is staged in ``root/.staging`` on the same file system and linked or renamed into place after it is
    on the medium. Several processes may share one folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))
        self._root = str(self.root)
        self._staging = Staging(self._root)

    @property
    def url(self) -> str:
        return self.root.as_uri()

    def open(self, key: str) -> BinaryIO:
        path = self._path(key)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except _ABSENT:
            raise NotFound("storage.key.missing", key=key) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise Corrupt("storage.file.odd", key=key) from None
            raise meaning(error, key, self._root) from error
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return os.fdopen(descriptor, "rb")
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise NotFound("storage.key.missing", key=key)
        raise Corrupt("storage.file.odd", key=key)

    def size(self, key: str) -> int:
        found = self._stat(key)
        if found is None:
            raise NotFound("storage.key.missing", key=key)
        return found.st_size

    def exists(self, key: str) -> bool:
        return self._stat(key) is not None

    def list(self, prefix: str = "") -> Iterator[str]:
        check_prefix(prefix)
        with explained(prefix, self._root):
            for key, kind in walk(self._root, prefix):
                if kind == "file":
                    yield key

    def strays(self, prefix: str = "") -> Iterator[Stray]:
        check_prefix(prefix)
        with explained(prefix, self._root):
            for key, kind in walk(self._root, prefix):
                if kind != "file":
                    yield Stray(key, kind)

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        self.put_many({key: source}, replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        for key in files:
            if self._stat(check_key(key)) is not None and not replace:
                raise Conflict("storage.key.exists", key=key)
        if not files:
            return
        with explained(next(iter(files)), self._root, files.values()), self._staging.folder() as stage:
            staged = {key: f"{stage}/{number}" for number, key in enumerate(files)}
            for_each(lambda key: write_new(staged[key], files[key]), files)
            if len(staged) > 1:
                sync_tree(stage)
            else:
                sync_file(f"{stage}/0")
            self._install(staged, lambda path, key: self._place(path, key, replace))
        forget_taken(files.values())

    def publish(self, trees: Sequence[Tree]) -> None:
        check_trees(trees)
        for tree in trees:
            self._must_be_free(tree.prefix)
        if not trees:
            return
        with explained(trees[0].prefix, self._root, _sources(trees)), self._staging.folder() as stage:
            write_plan(stage, [tree.prefix for tree in trees])
            for_each(lambda job: write_new(*job), _lay_out(stage, trees))
            sync_tree(stage)
            staged = {tree.prefix: f"{stage}/{number}" for number, tree in enumerate(trees)}
            self._install(staged, self._move)
        forget_taken(_sources(trees))

    def delete(self, key: str) -> None:
        with explained(key, self._root):
            path = self._path(key)
            try:
                os.unlink(path)
            except (*_ABSENT, IsADirectoryError):
                return
            self._prune(os.path.dirname(path))

    def delete_tree(self, prefix: str) -> None:
        path = self._path(prefix)
        if not _is_folder(path):
            return
        with explained(prefix, self._root), self._staging.folder() as stage:
            try:
                os.rename(path, f"{stage}/deleted")
            except FileNotFoundError:
                return
            self._prune(os.path.dirname(path))

    def local_path(self, key: str) -> Path | None:
        return Path(self._path(key))

    def collect_staging(self) -> int:
        """Remove what killed writers left, never the work of a living one; return how many there were."""
        count = 0
        with explained(STAGING, self._root):
            for folder in self._staging.leftovers():
                for prefix in read_plan(folder):
                    self._prune(os.path.dirname(self._path(prefix)))
                count += 1
        return count

    def _path(self, key: str) -> str:
        return f"{self._root}/{check_key(key)}"

    def _stat(self, key: str) -> os.stat_result | None:
        """Return what is known of the file ``key``, None when there is none (a folder or a link is none)."""
        with explained(key, self._root):
            try:
                found = os.lstat(self._path(key))
            except _ABSENT:
                return None
            return found if stat.S_ISREG(found.st_mode) else None

    def _must_be_free(self, prefix: str) -> None:
        with explained(prefix, self._root):
            try:
                mode = os.lstat(self._path(prefix)).st_mode
            except FileNotFoundError:
                return
            if not stat.S_ISDIR(mode) or any(kind != "empty" for _, kind in walk(self._root, prefix)):
                raise Conflict("storage.prefix.taken", prefix=prefix)
            if not _removed_empty(self._path(prefix)):
                raise Conflict("storage.prefix.taken", prefix=prefix)

    def _install(self, staged: Mapping[str, str], place: Callable[[str, str], None]) -> None:
        """Let ``place`` put each staged path where its name says, below folders made for it; sync the folders."""
        changed: set[str] = set()
        try:
            for name, path in staged.items():
                self._install_one(path, name, place, changed)
        except (OSError, LantaiError):
            for folder in sorted(changed, reverse=True):
                self._prune(folder)
            raise
        finally:
            self._sync_folders(changed)

    def _install_one(
        self, staged: str, name: str, place: Callable[[str, str], None], changed: set[str]
    ) -> None:
        parent = os.path.dirname(self._path(name))
        while True:
            _make_folders(parent, changed)
            changed.add(parent)
            try:
                return place(staged, name)
            except FileNotFoundError:
                if not os.path.lexists(staged):
                    raise
                # another process pruned the folder between its making and its use: make it again

    def _place(self, staged: str, key: str, replace: bool) -> None:
        target = self._path(key)
        if _is_folder(target):
            raise Conflict("storage.key.clash", key=key)
        if replace:
            return os.rename(staged, target)
        try:
            os.link(staged, target)
        except FileExistsError:
            raise Conflict("storage.key.exists", key=key) from None

    def _move(self, staged: str, prefix: str) -> None:
        try:
            os.rename(staged, self._path(prefix))
        except OSError as error:
            if error.errno in (*_NOT_EMPTY, errno.ENOTDIR):
                raise Conflict("storage.prefix.taken", prefix=prefix) from None
            raise

    def _sync_folders(self, folders: set[str]) -> None:
        """Make the entries of ``folders`` durable."""
        if len(folders) > _FOLDERS_TO_SYNC_ONE_BY_ONE and sync_file_system(self._root):
            return
        for folder in sorted(folders):
            self._sync_folder(folder)

    def _sync_folder(self, folder: str) -> None:
        """Sync ``folder``, or the nearest one above it that another process has not pruned meanwhile."""
        while True:
            try:
                return sync_file(folder)
            except FileNotFoundError:
                if folder == self._root:
                    return
                folder = os.path.dirname(folder)

    def _prune(self, folder: str) -> None:
        """Remove ``folder`` and those above it as far as they are empty, and sync the first that stays."""
        while folder != self._root:
            try:
                os.rmdir(folder)
            except FileNotFoundError:
                pass
            except OSError as error:
                if error.errno in (*_NOT_EMPTY, errno.ENOTDIR):
                    break
                raise
            folder = os.path.dirname(folder)
        self._sync_folder(folder)


def _sources(trees: Sequence[Tree]) -> Iterator[Source]:
    return chain.from_iterable(tree.files.values() for tree in trees)


def _lay_out(stage: str, trees: Sequence[Tree]) -> Iterator[tuple[str, Source]]:
    """Make the folders of each tree below ``stage/<number>`` and yield the files to write there."""
    for number, tree in enumerate(trees):
        base = f"{stage}/{number}"
        os.mkdir(base)
        made = {base}
        for name, source in tree.files.items():
            path = f"{base}/{name}"
            folder = path[: path.rindex("/")]
            if folder not in made:
                _make_folders(folder, made)
                made.add(folder)
            yield path, source


def _make_folders(folder: str, changed: set[str]) -> None:
    """Make ``folder`` and those above it; add to ``changed`` each folder that got a new entry."""
    while True:
        try:
            os.mkdir(folder)
        except FileExistsError:
            if _is_folder(folder):
                return
            if os.path.lexists(folder):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None
        except FileNotFoundError:
            _make_folders(os.path.dirname(folder), changed)
        else:
            changed.add(os.path.dirname(folder))
            return


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except _ABSENT:
        return False


def _removed_empty(path: str) -> bool:
    """Remove a folder that holds nothing but folders; False when somebody put something in meanwhile."""
    for folder, _, _ in os.walk(path, topdown=False):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in _NOT_EMPTY:
                return False
            raise
    return True
