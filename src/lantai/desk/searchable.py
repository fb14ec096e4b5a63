"""The unit's records as the desk's index sees them: one document per 件, per 案卷, and per capture still in the tray.

The index is the archives' engine in a home of its own (decision 0017). What its fields hold here: ``acl`` the unit,
``level`` the state, ``open`` the 机构(问题), ``batch`` the uuid of the row, the rest what they are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from django.db.models import Prefetch, QuerySet

from lantai.base.home import home
from lantai.desk.models import Capture, Component, FileText, Item, ItemCapture, State
from lantai.kernel.errors import Conflict
from lantai.search.engine.protocol import MAX_DATE, Document
from lantai.search.engine.tantivy_engine import TantivyEngine
from lantai.search.index import engine_in

NAME = "desk-search"
"""The follower that keeps the index in step."""

STATES = ("tray", "open", "numbered", "handed")
"""Where a record is: in the tray, arranged, numbered, handed over. The last three are those of an item."""

FIELDS = {"year": "year", "function": "open", "retention": "retention", "state": "level", "type": "type"}
"""By what a search can be narrowed, and the field of the index that holds it."""

MOST_OF_RECORD = 1_000_000
"""Characters of one record, over all its files, that are searched."""

_DATE = re.compile(r"[0-9]{4,8}")
_OWN = frozenset({"title", "author", "doc_number", "ref"})
"""Elements with a field of their own in the index."""

_VOLUME = 1 << 35

DOCUMENTS = "2 案卷"
"""What documents the index holds; one that was built for others must be built anew."""

_ROWS = 500

Texts = Mapping[str, Sequence[str]]
"""Pages of text by SHA-512."""


def folder() -> Path:
    """Return where the index lies."""
    return home().root / "desk-index"


def engine() -> TantivyEngine:
    """Return the index of the desk, made empty when there is none.

    ``Conflict("search.index.outdated")`` when it was built for other documents.
    """
    made, marker = engine_in(folder()), folder() / "documents"
    if marker in _current and marker.exists():
        return made
    found = marker.read_text("utf-8") if marker.exists() else ""
    if not found and not made.count():
        say_current()
    elif found != DOCUMENTS:
        raise Conflict("search.index.outdated", found=found or "1", needed=DOCUMENTS)
    _current.add(marker)
    return made


_current: set[Path] = set()


def say_current() -> None:
    """Write down for which documents the index was built, whole or not at all."""
    fresh = folder() / f"documents.{uuid4().hex}"
    fresh.write_text(DOCUMENTS, "utf-8")
    fresh.replace(folder() / "documents")


def kept_texts(digests: Iterable[str]) -> dict[str, list[str]]:
    """Return the pages of text that were taken out already, by SHA-512."""
    asked = sorted(set(digests))
    found: dict[str, list[str]] = {}
    for start in range(0, len(asked), _ROWS):
        rows = FileText.objects.filter(sha512__in=asked[start : start + _ROWS])
        told = rows.values_list("sha512", "content")
        found |= {sha512: FileText.parted(content) for sha512, content in told}
    return found


def kept_sizes(digests: Iterable[str]) -> dict[str, int]:
    """Return the characters of text that were taken out already, by SHA-512."""
    asked = sorted(set(digests))
    found: dict[str, int] = {}
    for start in range(0, len(asked), _ROWS):
        rows = FileText.objects.filter(sha512__in=asked[start : start + _ROWS])
        found |= dict(rows.values_list("sha512", "characters"))
    return found


def capture_id(pk: int) -> int:
    """Return the id of a capture's document: even."""
    return pk << 1


def item_id(pk: int) -> int:
    """Return the id of an item's document: odd."""
    return pk << 1 | 1


def volume_id(pk: int) -> int:
    """Return the id of a volume's document: beyond those of captures and items."""
    return _VOLUME | pk


def is_item(identity: int) -> bool:
    """Return whether a document is that of an item."""
    return identity < _VOLUME and bool(identity & 1)


def row_of(identity: int) -> tuple[str, int]:
    """Return of what a document is (capture, item, volume), and the key of its row."""
    if identity >= _VOLUME:
        return "volume", identity ^ _VOLUME
    return "item" if is_item(identity) else "capture", identity >> 1


def in_tray() -> QuerySet[Capture]:
    """Return the captures in the tray, with all that their documents take."""
    ordered = Component.objects.order_by("order")
    rows = Capture.objects.filter(state=State.TRAY).select_related("unit")
    return rows.prefetch_related(Prefetch("components", ordered))


def items() -> QuerySet[Item]:
    """Return the items, with all that their documents take."""
    links = ItemCapture.objects.order_by("order").select_related("capture")
    return Item.objects.select_related("unit", "filing_class").prefetch_related(
        Prefetch("links", links), Prefetch("links__capture__components", Component.objects.order_by("order"))
    )


def files_of(row: Capture | Item) -> list[Component]:
    """Return the files of a row of :func:`in_tray` or :func:`items`, in their order."""
    if isinstance(row, Capture):
        return list(row.components.all())
    return [one for link in row.links.all() for one in link.capture.components.all()]


def document(row: Capture | Item, texts: Texts) -> Document:
    """Return the document of a row as it is now, with ``texts`` of its files."""
    values, captures = (row.described, [row]) if isinstance(row, Capture) else _of_item(row)
    place = row.filing_class if isinstance(row, Item) else None
    files = files_of(row)
    names = [one.name for one in files]
    codes = [text for one in captures for text in (one.external_id, one.number)]
    day = _date(values.get("date", ""))
    function = place.function if place else values.get("function", "")
    retention = place.retention if place else values.get("retention", "")
    return Document(
        id=item_id(row.pk) if isinstance(row, Item) else capture_id(row.pk),
        title=row.title,
        author=values.get("author", ""),
        keywords="\n".join([*codes, *names, place.number if place else ""]),
        note="\n".join(told(row, values)),
        text=tuple(_first(files, texts)),
        ref=row.ref if isinstance(row, Item) else "",
        doc_number=values.get("doc_number", ""),
        fonds=place.fonds if place else "",
        type=row.type,
        year=_year(row, values, day),
        retention=retention[:80],
        open=function[:80],
        level="tray" if isinstance(row, Capture) else row.state,
        unit=row.unit.code,
        acl=row.unit_id,
        date=day,
        batch=str(row.uuid),
    )


def _of_item(row: Item) -> tuple[dict[str, str], list[Capture]]:
    values = {key: str(text) for key, text in row.values.items()}
    return values, [link.capture for link in row.links.all()]


def told(row: Capture | Item, values: Mapping[str, str]) -> list[str]:
    """Return what else is searched of a row: its other values, what its class says, what its text hinted at."""
    words = [str(text) for key, text in values.items() if text and key not in _OWN]
    if isinstance(row, Item) and row.filing_class is not None:
        words += [row.filing_class.function, row.filing_class.retention]
    if isinstance(row, Item):  # an item is called after its first document, and found by all of them
        words += [link.capture.title for link in row.links.all() if link.capture.title != row.title]
    return list(dict.fromkeys(filter(None, [*words, *(value for _, value in hinted(row))])))


def hinted(row: Capture | Item) -> Iterator[tuple[str, str]]:
    """Yield the elements and values of the hints of a row's captures."""
    captures = [row] if isinstance(row, Capture) else [link.capture for link in row.links.all()]
    for one in captures:
        for hint in one.hints:
            if hint.get("value"):
                yield str(hint.get("fills", "")), str(hint["value"])


def _first(files: Iterable[Component], texts: Texts) -> Iterator[str]:
    """Yield the pages of the files, :data:`MOST_OF_RECORD` characters at most."""
    left = MOST_OF_RECORD
    for one in files:
        for page in texts.get(one.sha512, ()):
            if left <= 0:
                return
            yield page[:left]
            left -= len(page)


def _year(row: Capture | Item, values: Mapping[str, str], day: int) -> int:
    """Return the year of the class; before there is one, that in which it is to be filed, else of its date."""
    if isinstance(row, Item) and row.filing_class is not None:
        return row.filing_class.year
    if isinstance(row, Capture) and row.year:
        return row.year
    year = values.get("year", "")
    return int(year) if year.isascii() and year.isdigit() and len(year) == 4 else day // 10_000


@lru_cache(maxsize=10_000)
def _date(text: str) -> int:
    """Return YYYYMMDD of the first date in ``text``, missing parts as 0; 0 when there is none."""
    found = _DATE.search(text.replace("-", "").replace("/", ""))
    day = int(found.group().ljust(8, "0")[:8]) if found else 0
    return day if day <= MAX_DATE else 0
