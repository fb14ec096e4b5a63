"""A raw file as the body of a request: laid down in the inbox while it is read, gone when the call is over."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest

from lantai.base.home import home
from lantai.kernel.errors import Invalid

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
    """Yield the body of ``request`` as a file; ``Invalid("exchange.body.too_large")`` above ``FILE_LIMIT``."""
    length = request.headers.get("Content-Length", "") or "0"
    if not length.isdigit() or int(length) > FILE_LIMIT:
        raise Invalid("exchange.body.too_large", limit=FILE_LIMIT)
    made, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=home().inbox, prefix="api-") as out:
        while chunk := request.read(_CHUNK):
            size += len(chunk)
            made.update(chunk)
            out.write(chunk)
        out.flush()
        yield Received(Path(out.name), size, made.hexdigest())
