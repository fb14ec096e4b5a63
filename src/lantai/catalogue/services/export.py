"""What leaves the catalogue as a file: written first, then recorded, only then handed over."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from lantai.base.actors import Actor
from lantai.catalogue import exports, prints
from lantai.catalogue.prints import Options
from lantai.catalogue.selection import Selection
from lantai.kernel.errors import Conflict
from lantai.ledger.acts import act, record

__all__ = ["Exported", "Options", "Selection", "export", "file_name", "print_out", "sha256_of"]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that left: where it is, how many records (files, boxes) it tells of, in how many documents, and
    the SHA-256 of its bytes as it stands in the ledger."""

    path: Path
    count: int
    files: int
    sha256: str


def export(actor: Actor, selection: Selection, form: str, out: Path, *, language: str = "") -> Exported:
    """Write what ``actor`` sees of ``selection`` to the file ``out`` and record who took out what.

    ``form`` is a key of :data:`lantai.catalogue.exports.FORMS`. The file appears whole or not at all; a name
    that does not end in ``.zip`` does when it holds several documents. ``Conflict("catalogue.export.exists")``
    when there is such a file already.
    """

    def fill(stream: BinaryIO) -> tuple[int, int]:
        made = exports.write(actor, selection.records(actor), form, stream, language=language)
        return made.count, made.files

    return _written(out, fill, lambda made: _record_export(actor, selection, form, made))


def print_out(
    actor: Actor, selection: Selection, form: str, out: Path, options: Options = prints.DEFAULT
) -> Exported:
    """Print ``form`` (a key of :data:`lantai.catalogue.prints.TITLES`) to the file ``out`` and record it.

    As with :func:`export`, several documents come as a zip archive.
    """

    def fill(stream: BinaryIO) -> tuple[int, int]:
        made = prints.write(actor, selection, form, stream, options)
        return made.count, made.parts

    return _written(out, fill, lambda made: _record_print(actor, selection, form, made))


def _written(
    out: Path, fill: Callable[[BinaryIO], tuple[int, int]], tell: Callable[[Exported], None]
) -> Exported:
    """Make the file ``out`` of what ``fill`` writes (it returns count and files), after ``tell`` recorded it."""
    _refuse_taken(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(prefix=".lantai-", dir=out.parent, delete=False) as stream:
        fresh = Path(stream.name)
        try:
            count, files = fill(cast(BinaryIO, stream))
            stream.flush()
            os.fsync(stream.fileno())
            target = out.with_suffix(".zip") if files > 1 else out
            _refuse_taken(target)
            made = Exported(target, count, files, sha256_of(fresh))
            tell(made)
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    return made


def _refuse_taken(path: Path) -> None:
    if path.exists():
        raise Conflict("catalogue.export.exists", path=str(path))


_SAID = {"ead": "EAD3", "ead2002": "EAD2002", "dc": "DC"}
"""Forms whose files would else be called like the catalogue XML of the same records."""


def file_name(selection: Selection, title: str, form: str = "") -> str:
    """Return what a file is called, without its ending: what it is and of what."""
    place = selection.place
    parts = [title, _SAID.get(form, "")]
    if selection.question is None:
        year = str(place.year or "")
        parts += [place.fonds, place.type, year, place.series, place.file, selection.brought]
    else:
        parts.append(selection.question.text)
    told = "-".join(part for part in parts if part)
    return "".join(sign if sign.isalnum() or sign in "-·_" else "_" for sign in told)[:120]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@act("catalogue.records.export")
def _record_export(actor: Actor, selection: Selection, form: str, made: Exported) -> None:
    """Record an export: the selection, its form, the count of records and the digest of the file."""
    record(
        f"urn:uuid:{uuid.uuid4()}",
        {"selection": selection.document(), "form": form, "count": made.count, "sha256": made.sha256},
    )


@act("catalogue.records.print")
def _record_print(actor: Actor, selection: Selection, form: str, made: Exported) -> None:
    """Record that an official list was made for paper: the selection, the form, the count and the digest."""
    record(
        f"urn:uuid:{uuid.uuid4()}",
        {"selection": selection.document(), "form": form, "count": made.count, "sha256": made.sha256},
    )
