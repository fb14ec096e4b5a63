"""What leaves the catalogue as a file: written first, then recorded, only then handed over."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from lantai.base.actors import Actor
from lantai.catalogue import exports, prints
from lantai.catalogue.selection import Selection
from lantai.kernel.errors import Conflict
from lantai.ledger.acts import act, record


@dataclass(frozen=True, slots=True)
class Exported:
    """How many records a file holds, and the SHA-256 of its bytes as it stands in the ledger."""

    count: int
    sha256: str


def export(actor: Actor, selection: Selection, form: str, out: Path, *, language: str = "") -> Exported:
    """Write what ``actor`` sees of ``selection`` to the file ``out`` and record who took out what.

    The file appears whole or not at all; ``Conflict("catalogue.export.exists")`` when it is there already.
    """

    def fill(stream: BinaryIO) -> int:
        return exports.write(actor, selection.records(actor), form, stream, language=language)

    return written(out, fill, lambda made: record_export(actor, selection, form, made))


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed form: where it is, how many records, files or boxes it tells of, in how many documents."""

    path: Path
    count: int
    parts: int
    sha256: str


def print_out(actor: Actor, selection: Selection, form: str, out: Path, options: prints.Options) -> Printed:
    """Print ``form`` of what ``actor`` sees of ``selection`` to the file ``out`` and record it.

    A name that ends in ``.pdf`` ends in ``.zip`` when there is more than one document.
    """
    parts: list[int] = []

    def fill(stream: BinaryIO) -> int:
        made = prints.write(actor, selection, form, stream, options)
        parts.append(made.parts)
        return made.count

    made = written(out, fill, lambda told: record_print(actor, selection, form, told))
    if parts[0] > 1 and out.suffix == ".pdf":
        out = out.rename(out.with_suffix(".zip"))
    return Printed(out, made.count, parts[0], made.sha256)


def written(out: Path, fill: Callable[[BinaryIO], int], tell: Callable[[Exported], None]) -> Exported:
    """Make the file ``out`` of what ``fill`` writes (it returns the count), after ``tell`` has recorded it."""
    if out.exists():
        raise Conflict("catalogue.export.exists", path=str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(prefix=".lantai-", dir=out.parent, delete=False) as stream:
        fresh = Path(stream.name)
        try:
            count = fill(stream)  # type: ignore[arg-type]  # a named temporary file is a stream of bytes
            stream.flush()
            os.fsync(stream.fileno())
            made = Exported(count, _sha256(fresh))
            tell(made)
            fresh.replace(out)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    return made


def _sha256(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@act("catalogue.records.export")
def record_export(actor: Actor, selection: Selection, form: str, made: Exported) -> None:
    """Record an export: the selection, its form, the count of records and the digest of the file."""
    record(
        f"urn:uuid:{uuid.uuid4()}",
        {"selection": selection.document(), "form": form, "count": made.count, "sha256": made.sha256},
    )


@act("catalogue.records.print")
def record_print(actor: Actor, selection: Selection, form: str, made: Exported) -> None:
    """Record that an official list was made for paper: the selection, the form, the count and the digest."""
    record(
        f"urn:uuid:{uuid.uuid4()}",
        {"selection": selection.document(), "form": form, "count": made.count, "sha256": made.sha256},
    )
