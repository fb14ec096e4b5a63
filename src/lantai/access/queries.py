"""Reads for the reader: a record with everything that is known of it, its files, their pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lantai.access.renditions import Picture, kind_of, page_count, picture
from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.holdings.queries import PartView, RecordView
from lantai.kernel.errors import NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.queries import Told
from lantai.search.queries import object_texts
from lantai.vault import queries as vault
from lantai.vault.queries import DepositView, StoredView


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of a record and how it is shown: pictures of ``pages``, ``texts`` by page, or played."""

    part: PartView
    kind: str
    pages: int
    texts: tuple[str, ...]
    stored: StoredView | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A record as its page shows it."""

    record: RecordView
    files: tuple[Shown, ...]
    deposit: DepositView | None
    history: tuple[Told, ...]


def reading(actor: Actor, what: str) -> Reading:
    """Return the record of a 档号 or urn with its files, its preservation and its history."""
    record = holdings.record(actor, what)
    deposit = vault.deposit_view(record.object_id) if record.object_id else None
    stored = {s.path: s for s in vault.stored_files(record.object_id)} if deposit else {}
    files = tuple(_shown(record, part, stored.get(part.path)) for part in holdings.parts(record.id))
    history = ledger.history([record.urn, f"urn:uuid:{record.batch}"])
    return Reading(record, files, deposit, tuple(history))


def _shown(record: RecordView, part: PartView, stored: StoredView | None) -> Shown:
    path = vault.file_path(record.object_id, part.path)
    kind = kind_of(part)
    texts = tuple(object_texts(record.object_id, part.path))
    return Shown(part, kind, page_count(path, part) if path else 0, texts, stored)


def _file(actor: Actor, what: str, order: int) -> tuple[RecordView, PartView, Path]:
    record = holdings.record(actor, what)
    for part in holdings.parts(record.id):
        path = vault.file_path(record.object_id, part.path) if part.order == order else None
        if path is not None:
            return record, part, path
    raise NotFound("access.part.missing", ref=record.ref, order=order)


def original(actor: Actor, what: str, order: int) -> tuple[PartView, Path]:
    """Return a file of a record and where its bytes lie, for reading only."""
    _, part, path = _file(actor, what, order)
    return part, path


def page_picture(actor: Actor, what: str, order: int, page: int, width: int) -> Picture:
    """Return the picture of one page of a file of a record."""
    _, part, path = _file(actor, what, order)
    return picture(path, part, page, width)
