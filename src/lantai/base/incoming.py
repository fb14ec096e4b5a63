"""Files that arrive in the form of a page: streamed to a folder of the inbox that is gone when the request is over."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from lantai.base.home import home
from lantai.base.resumable import MARGIN
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage.medium import write_bytes

if TYPE_CHECKING:
    Uploaded = UploadedFile[bytes]
else:
    Uploaded = UploadedFile


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
        with explained(self._folder, 0):
            self._out = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._out is not None:
            with explained(self._folder, len(raw_data)):
                write_bytes(self._out, raw_data)

    def file_complete(self, file_size: int) -> Uploaded | None:
        self._close()
        return Arrived(self._path, self.file_name or "", file_size, self.field_name or "")

    def upload_interrupted(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._out is not None:
            open_file, self._out = self._out, None
            with explained(self._folder, 0):
                os.close(open_file)


def need_space(folder: Path, needed: int) -> None:
    """Raise ``Unavailable("base.upload.disk")`` unless ``needed`` bytes and a margin are free."""
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise Unavailable("base.upload.disk", needed=needed + MARGIN - free, free=free)


@contextmanager
def explained(folder: Path, needed: int) -> Iterator[None]:
    """Turn an ``OSError`` of the block into ``Unavailable("base.upload.disk")``."""
    try:
        yield
    except OSError as problem:
        free = shutil.disk_usage(folder).free
        raise Unavailable("base.upload.disk", needed=needed, free=free) from problem


@contextmanager
def incoming() -> Iterator[Path]:
    """Yield a new folder in the inbox that is gone afterwards, whatever was left in it."""
    folder = home().inbox / f"{uuid.uuid4()}.part"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
