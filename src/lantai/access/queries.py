"""Reads for the reader: a record with everything that is known of it, its files, their pages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lantai.access.renditions import Marked, Picture, drawable, kind_of, marks, page_count, picture
from lantai.base.actors import Actor
from lantai.holdings import queries as holdings
from lantai.holdings.queries import PartView, RecordView
from lantai.kernel.errors import Corrupt, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.queries import Told
from lantai.search.queries import object_texts
from lantai.vault import queries as vault
from lantai.vault.queries import DepositView, StoredView

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of a record and how it is shown: pictures of ``pages``, ``texts`` by page, or played."""

    part: PartView
    kind: str
    pages: int
    texts: tuple[str, ...]
    stored: StoredView | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the deposit of a record stands in the ledger, and how many entries the signed checkpoint covers."""

    index: int
    size: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A record as its page shows it.

    ``inner``: the actor sees it by office or unit; else only because it is open, and gets no ``history``:
    what offices did with it is not opened with the record. ``proof`` is None until the deposit is published.
    """

    record: RecordView
    files: tuple[Shown, ...]
    deposit: DepositView | None
    history: tuple[Told, ...]
    proof: Evidence | None
    inner: bool


def reading(actor: Actor, what: str) -> Reading:
    """Return the record of a 档号 or urn with its files, its preservation and its history.

    The public gets the description alone: no file is opened for whoever passes by.
    """
    record = holdings.record(actor, what)
    if actor.kind == "public":
        return Reading(record, (), None, (), None, inner=False)
    deposit = vault.deposit_view(record.object_id) if record.object_id else None
    stored = {s.path: s for s in vault.stored_files(record.object_id)} if deposit else {}
    files = tuple(_shown(record, part, stored.get(part.path)) for part in holdings.parts(record.id))
    inner = holdings.sees_by_office(actor, record.unit)
    history = ledger.history([record.urn, f"urn:uuid:{record.batch}"]) if inner else []
    proof = _evidence(str(deposit.entry)) if deposit else None
    return Reading(record, files, deposit, tuple(history), proof, inner)


def _evidence(entry: str) -> Evidence | None:
    try:
        return Evidence(ledger.proof(entry).index, ledger.published())
    except NotFound:
        return None  # written a moment ago: the sequencer publishes it within a second


def _shown(record: RecordView, part: PartView, stored: StoredView | None) -> Shown:
    kind = kind_of(part)
    texts = tuple(object_texts(record.object_id, part.path)) if kind in {"pages", "text"} else ()
    if part.mime == "image/tiff" or kind == "pages":
        path = _where(record, part)
        return Shown(part, kind, page_count(path, part) if path else 0, texts, stored)
    return Shown(part, kind, 1 if kind == "image" else 0, texts, stored)


def _where(record: RecordView, part: PartView) -> Path | None:
    """Return where a file lies; None, and a line in the log, when the vault cannot give it.

    The record is shown all the same, with what is known of it: its loss must not hide it.
    """
    try:
        return vault.file_path(record.object_id, part.path)
    except (NotFound, Corrupt) as problem:
        logger.error("%s of %s cannot be read: %s", part.path, record.ref, problem)
        return None


def _file(actor: Actor, what: str, order: int) -> tuple[RecordView, PartView, Path]:
    record = holdings.record(actor, what)
    for part in holdings.parts(record.id):
        path = vault.file_path(record.object_id, part.path) if part.order == order else None
        if path is not None:
            return record, part, path
    raise NotFound("access.part.missing", ref=record.ref, order=order)


def page_marks(record: RecordView, part: PartView, page: int, terms: Sequence[str]) -> Marked | None:
    """Return where ``terms`` stand on a page of a PDF that the caller may see; None when nowhere."""
    path = _where(record, part) if terms and kind_of(part) == "pages" else None
    return marks(path, page, terms) if path else None


def can_draw(record: RecordView, part: PartView) -> bool:
    """Return whether a file that the caller may see gives pictures."""
    path = _where(record, part)
    return path is not None and drawable(path, part)


def original(actor: Actor, what: str, order: int) -> tuple[PartView, Path, str]:
    """Return a file of a record, where its bytes lie, for reading only, and its SHA-512 ("" = not known)."""
    record, part, path = _file(actor, what, order)
    return part, path, _digest(record, part)


def _digest(record: RecordView, part: PartView) -> str:
    return next((s.sha512 for s in vault.stored_files(record.object_id) if s.path == part.path), "")


def page_source(actor: Actor, what: str, order: int) -> str:
    """Return the SHA-512 of the file whose pages are asked for ("" = not known)."""
    record, part, _ = _file(actor, what, order)
    return _digest(record, part)


def page_picture(actor: Actor, what: str, order: int, page: int, width: int) -> Picture:
    """Return the picture of one page of a file of a record."""
    _, part, path = _file(actor, what, order)
    return picture(path, part, page, width)
