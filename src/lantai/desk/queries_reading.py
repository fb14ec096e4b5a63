"""Reads for who opens a record of the desk: its files, their pages as pictures, their text, who has borrowed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lantai.access.queries import Shown
from lantai.access.renditions import Marked, Picture, drawable, kind_of, marks, page_count, picture
from lantai.base.actors import Actor
from lantai.desk import queries, queries_arrangement, store
from lantai.desk.filing import KeptFile
from lantai.desk.searchable import kept_texts
from lantai.holdings.queries import PartView
from lantai.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class OwnReading:
    """A record of the desk opened to be read: ``what`` is the item's uuid or, from the tray, the capture's number.

    ``files`` are as the archives' reader takes them, ``kept`` the same as they were captured, in the same order.
    """

    what: str
    of_item: bool
    title: str
    ref: str
    unit_code: str
    unit_name: str
    files: tuple[Shown, ...]
    kept: tuple[KeptFile, ...]


def reading_item(actor: Actor, uuid: str) -> OwnReading:
    """Return an item with its files; ``NotFound("desk.item.missing")``."""
    shown = queries_arrangement.item(actor, uuid)
    line = shown.line
    files = _shown(shown.files)
    return OwnReading(
        line.uuid, True, line.title, line.ref, shown.unit_code, shown.unit_name, files, shown.files
    )


def reading_capture(actor: Actor, number: str) -> OwnReading:
    """Return a captured document with its files; ``NotFound("desk.capture.missing")``."""
    shown = queries.capture(actor, number)
    kept = shown.receipt.components
    return OwnReading(
        number, False, shown.line.title, "", shown.unit_code, shown.line.unit_name, _shown(kept), kept
    )


def part_of(file: KeptFile) -> PartView:
    """Return a captured file as the archives' reader knows files."""
    return PartView(
        file.order, file.role_label, file.name.replace("/", "／"), file.bytes, file.puid, file.mime, file.mime
    )


def _shown(files: Sequence[KeptFile]) -> tuple[Shown, ...]:
    texts = kept_texts(file.sha512 for file in files)
    return tuple(_one(file, tuple(texts.get(file.sha512, ()))) for file in files)


def _one(file: KeptFile, texts: tuple[str, ...]) -> Shown:
    part = part_of(file)
    kind = kind_of(part)
    path = store.place(file.sha512)
    pages = page_count(path, part) if kind in {"image", "pages"} and path.is_file() else 0
    return Shown(part, kind, pages, texts if kind in {"pages", "text"} else (), None)


def _file(reading: OwnReading, order: int) -> KeptFile:
    found = next((file for file in reading.kept if file.order == order), None)
    if found is None or not store.place(found.sha512).is_file():
        raise NotFound("desk.component.missing", number=reading.ref or reading.what, order=order)
    return found


def original(actor: Actor, what: str, order: int, *, of_item: bool) -> tuple[KeptFile, Path]:
    """Return one file of an item or a document and where its bytes lie; ``NotFound("desk.component.missing")``."""
    if not of_item:
        return queries.original(actor, what, order)
    shown = queries_arrangement.item(actor, what)
    found = next((file for file in shown.files if file.order == order), None)
    if found is None:
        raise NotFound("desk.component.missing", number=shown.line.ref or what[:40], order=order)
    return found, store.place(found.sha512)


def page_picture(file: KeptFile, path: Path, page: int, width: int) -> Picture:
    """Return the picture of a page of a file that the caller may see."""
    return picture(path, part_of(file), page, width)


def page_marks(reading: OwnReading, order: int, page: int, terms: Sequence[str]) -> Marked | None:
    """Return where ``terms`` stand on a page of a PDF; None when nowhere."""
    file = _file(reading, order)
    if not terms or kind_of(part_of(file)) != "pages":
        return None
    return marks(store.place(file.sha512), page, terms)


def can_draw(reading: OwnReading, order: int) -> bool:
    """Return whether a file gives pictures."""
    file = _file(reading, order)
    return drawable(store.place(file.sha512), part_of(file))
