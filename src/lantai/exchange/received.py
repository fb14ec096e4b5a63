"""Files in the body of a request, alone or as parts: laid down in the inbox while they are read, gone after the call."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import orjson
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from lantai.base.home import home
from lantai.base.resumable import MARGIN
from lantai.kernel import digests
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.storage.medium import write_bytes

if TYPE_CHECKING:
    Uploaded = UploadedFile[bytes]
else:
    Uploaded = UploadedFile

FILE_LIMIT = 2 << 30
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """A received file: where it lies during the call, how long it is, its digest."""

    path: Path
    size: int
    sha256: str


@contextmanager
def received(request: HttpRequest) -> Iterator[Received]:
    """Yield the body of ``request`` as a file; ``Invalid("exchange.body.too_large")`` above ``FILE_LIMIT``.

    ``Unavailable("base.upload.broken")`` when less came than was said: a server tells a line that broke as its end.
    """
    length = request.headers.get("Content-Length", "") or "0"
    if not length.isdigit() or int(length) > FILE_LIMIT:
        raise Invalid("exchange.body.too_large", limit=FILE_LIMIT)
    made, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=home().inbox, prefix="api-") as out:
        while chunk := request.read(_CHUNK):
            size += len(chunk)
            made.update(chunk)
            out.write(chunk)
        if size != int(length):
            raise Unavailable("base.upload.broken")
        out.flush()
        yield Received(Path(out.name), size, made.hexdigest())


DOCUMENT_LIMIT = 2 << 20
DIGESTS = ("sha512", "sm3")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class PartFile:
    """A file that came as a part: the name it came with, where it lies during the call, size and digests."""

    name: str
    path: Path
    found: FileDigests


@dataclass(frozen=True, slots=True)
class Parts:
    """What came as parts: the parsed JSON, files by the name of their part, and the folder of this call."""

    document: object
    files: Mapping[str, tuple[PartFile, ...]]
    folder: Path


class _Arrived(Uploaded):
    """A file that has arrived and is closed."""

    def __init__(self, told: PartFile) -> None:
        super().__init__(None, told.name, size=told.found.size)
        self.told = told

    def close(self) -> None:
        """There is nothing open."""


class _Handler(FileUploadHandler):
    """Writes each part into ``folder`` as it arrives and computes its digests on the way; memory stays flat."""

    chunk_size = _CHUNK

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._path = folder
        self._out: int | None = None
        self._made: dict[str, digests.Hasher] = {}

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._path = place_for(self._folder, self.file_name or "")
        self._out = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self._made = {name: digests.new(name) for name in DIGESTS}

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._out is None:
            return
        for one in self._made.values():
            one.update(raw_data)
        write_bytes(self._out, raw_data)

    def file_complete(self, file_size: int) -> Uploaded | None:
        self.upload_interrupted()
        found = FileDigests(file_size, {name: one.hexdigest() for name, one in self._made.items()})
        return _Arrived(PartFile(self.file_name or "", self._path, found))

    def upload_interrupted(self) -> None:
        if self._out is not None:
            os.close(self._out)
            self._out = None


def place_for(folder: Path, name: str) -> Path:
    """Return a new place in ``folder`` that keeps only the suffix of ``name``, by which some formats are known."""
    suffix = PurePosixPath(name).suffix
    return folder / f"{uuid.uuid4().hex}{suffix if _SUFFIX.fullmatch(suffix) else ''}"


@contextmanager
def received_parts(request: HttpRequest) -> Iterator[Parts]:
    """Yield the parts of a multipart/form-data body: the one named ``capture`` is the JSON, the others are files."""
    if request.content_type != "multipart/form-data":
        raise Invalid("exchange.body.media", expected="multipart/form-data")
    length = request.headers.get("Content-Length", "") or "0"
    if not length.isdigit() or int(length) > FILE_LIMIT:
        raise Invalid("exchange.body.too_large", limit=FILE_LIMIT)
    folder = home().inbox / f"{uuid.uuid4()}.part"
    folder.mkdir(parents=True)
    try:
        free = shutil.disk_usage(folder).free
        if free < int(length) + MARGIN:
            raise Unavailable("base.upload.disk", needed=int(length) + MARGIN - free, free=free)
        yield _parted(request, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Counted:
    """A body that knows how much of it came: half a last part looks like a whole one."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.size = 0

    def read(self, n: int = -1, /) -> bytes:
        """Return the next bytes."""
        chunk = self._request.read(n)
        self.size += len(chunk)
        return chunk


def _parted(request: HttpRequest, folder: Path) -> Parts:
    body = _Counted(request)
    try:
        parser = MultiPartParser(request.META, cast(Any, body), [_Handler(folder)], "utf-8")
        fields, sent = parser.parse()
        if body.size != int(request.headers.get("Content-Length", "") or "0"):
            raise Unavailable("base.upload.broken")
    except UnreadablePostError as broken:
        raise Unavailable("base.upload.broken") from broken
    except MultiPartParserError as broken:
        raise Invalid("exchange.body.unreadable") from broken
    except SuspiciousOperation as large:
        raise Invalid("exchange.body.too_large", limit=DOCUMENT_LIMIT) from large
    except OSError as problem:
        free = shutil.disk_usage(folder).free
        raise Unavailable("base.upload.disk", needed=MARGIN, free=free) from problem
    files = {
        name: tuple(one.told for one in sent.getlist(name) if isinstance(one, _Arrived)) for name in sent
    }
    inside = files.pop("capture", ())
    if inside and inside[0].found.size > DOCUMENT_LIMIT:
        raise Invalid("exchange.body.too_large", limit=DOCUMENT_LIMIT)
    text = (
        inside[0].path.read_bytes() if inside else str(fields.get("capture", "")).encode("utf-8", "replace")
    )
    try:
        return Parts(orjson.loads(text), files, folder)
    except orjson.JSONDecodeError as broken:
        raise Invalid("exchange.part.unreadable", part="capture") from broken
