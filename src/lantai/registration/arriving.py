"""What a page's form brought: one package, whole or piece by piece, and perhaps the unit's digest table."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from lantai.base import resumable
from lantai.base.guards import ActorRequest
from lantai.base.incoming import Arrived
from lantai.kernel.errors import Invalid
from lantai.registration.services.deposits import TABLE


def package(request: ActorRequest, folder: Path) -> tuple[Path, str]:
    """Return where the package lies in ``folder`` of the inbox, and its name; ``Invalid`` when there is not just one.

    One that came piece by piece gets a second name there: if the deposit is refused, it need not be sent again.
    """
    arrived = _files(request, "package")
    found = [(file.path, file.name or "") for file in arrived]
    if handed := request.POST.get("upload", ""):
        upload = resumable.arrived(request.actor, handed)
        path = folder / uuid.uuid4().hex
        os.link(upload.path, path)
        found.append((path, upload.name))
    if not found:
        raise Invalid("registration.upload.empty")
    if len(found) > 1:
        raise Invalid("registration.upload.one_package")
    return found[0]


def table(request: ActorRequest) -> bytes:
    """Return the bytes of the digest table, b"" when none came; no more than one too many is read."""
    for file in _files(request, "table"):
        with open(file.path, "rb") as stream:
            return stream.read(TABLE + 1)
    return b""


def _files(request: ActorRequest, field: str) -> list[Arrived]:
    return [file for file in request.FILES.getlist(field) if isinstance(file, Arrived)]
