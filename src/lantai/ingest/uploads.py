"""Packages that arrive through the browser: streamed to the inbox, named safely, complete or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from lantai.base.home import home
from lantai.base.resumable import Upload
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.packages import Limits
from lantai.kernel.packages.names import Names, shown
from lantai.kernel.storage.medium import sync_file, sync_tree, write_bytes

if TYPE_CHECKING:
    Uploaded = UploadedFile[bytes]
else:
    Uploaded = UploadedFile

MARGIN = 64 << 20
"""Bytes that must stay free on the disk of the inbox."""
PATHS_LIMIT = 64 << 20
"""Bytes of the list of relative paths that comes with a folder."""


class Arrived(Uploaded):
    """A file that has arrived: it lies at ``path``, closed."""

    def __init__(self, path: Path, name: str, size: int, field: str) -> None:
        super().__init__(None, name, size=size)
        self.path = path
        self.field = field

    def close(self) -> None:
        """There is nothing open."""


class InboxHandler(FileUploadHandler):
    """Writes each uploaded file into ``folder`` as it arrives; no more than one is open at a time."""

    chunk_size = 1 << 20

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._out: int | None = None
        self._path = folder

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],
        content_length: int,
        boundary: str | bytes,
        encoding: str | None = None,
    ) -> None:
        """Refuse at once what the disk cannot hold."""
        need_space(self._folder, content_length)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._path = self._folder / uuid.uuid4().hex
        with _explained(self._folder, 0):
            self._out = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._out is not None:
            with _explained(self._folder, len(raw_data)):
                write_bytes(self._out, raw_data)

    def file_complete(self, file_size: int) -> Uploaded | None:
        self._close()
        return Arrived(self._path, self.file_name or "", file_size, self.field_name or "")

    def upload_interrupted(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._out is not None:
            open_file, self._out = self._out, None
            with _explained(self._folder, 0):
                os.close(open_file)


def need_space(folder: Path, needed: int) -> None:
    """Raise ``Unavailable`` unless ``needed`` bytes and a margin are free."""
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise Unavailable("ingest.disk.short", needed=needed + MARGIN - free, free=free)


@contextmanager
def _explained(folder: Path, needed: int) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        free = shutil.disk_usage(folder).free
        raise Unavailable("ingest.disk.short", needed=needed, free=free) from problem


@contextmanager
def incoming() -> Iterator[Path]:
    """Yield a new folder in the inbox that is gone afterwards, whatever was left in it."""
    folder = home().inbox / f"{uuid.uuid4()}.part"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def handed(upload: Upload, folder: Path) -> Arrived:
    """Return a file that came piece by piece as one that came at once.

    ``folder`` gets a second name of its bytes: if its transfer cannot begin, the pieces need not be sent again.
    """
    path = folder / uuid.uuid4().hex
    os.link(upload.path, path)
    return Arrived(path, upload.name, upload.size, "package")


def place_archive(arrived: Arrived, folder: Path) -> Path:
    """Put a package into a folder of its own in the inbox, under the name it came with; return where it lies."""
    name = _accept([arrived.name or ""])[0]
    return _publish(folder, [(arrived.path, Path(name))], Path(name))


def place_folder(files: Sequence[Arrived], listed: Arrived | None, folder: Path) -> Path:
    """Put the files of a folder where the browser had them; ``listed`` names their relative paths in order.

    ``Invalid`` when the list does not fit the files, or a path could leave the folder or hide another.
    """
    paths = _accept(_listed(listed, len(files)))
    tops = {path.split("/", 1)[0] for path in paths}
    if len(tops) != 1 or any("/" not in path for path in paths):
        raise Invalid("ingest.upload.paths_wrong")
    moves = [(file.path, Path(path)) for file, path in zip(files, paths, strict=True)]
    return _publish(folder, moves, Path(tops.pop()))


def discard(place: Path) -> None:
    """Remove what was placed, when its transfer could not begin."""
    shutil.rmtree(place.parent, ignore_errors=True)


def _listed(listed: Arrived | None, count: int) -> list[str]:
    if listed is None or (listed.size or 0) > PATHS_LIMIT:
        raise Invalid("ingest.upload.paths_wrong")
    try:
        paths = json.loads(listed.path.read_text("utf-8"))
    except (ValueError, RecursionError) as broken:
        raise Invalid("ingest.upload.paths_wrong") from broken
    if not isinstance(paths, list) or len(paths) != count or not all(isinstance(p, str) for p in paths):
        raise Invalid("ingest.upload.paths_wrong")
    return paths


def _accept(paths: Sequence[str]) -> list[str]:
    names = Names(Limits())
    accepted = []
    for path in paths:
        try:
            path.encode("utf-8")
            kept = names.file(path)
        except (Invalid, UnicodeEncodeError) as refused:
            raise Invalid("ingest.upload.name_invalid", name=shown(ascii(path)[1:-1])) from refused
        if kept != path:
            raise Invalid("ingest.upload.name_invalid", name=shown(path))
        accepted.append(kept)
    return accepted


def _publish(folder: Path, moves: Sequence[tuple[Path, Path]], top: Path) -> Path:
    """Lay the files out and make the whole appear in the inbox at once, durable."""
    out = folder / "out"
    with _explained(folder, 0):
        out.mkdir()
        for source, inside in moves:
            (out / inside).parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, out / inside)
        sync_tree(str(out))
        final = home().inbox / str(uuid.uuid4())
        os.replace(out, final)
        sync_file(str(home().inbox))
    return final / top
