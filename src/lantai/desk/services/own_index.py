"""The index of the desk: kept in step by a follower of the ledger, built anew from the rows (decision 0017)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lantai.base.actors import Actor
from lantai.base.locks import held
from lantai.desk import store
from lantai.desk.models import Capture, FilingClass, HandOver, Item, State, Volume
from lantai.desk.searchable import (
    NAME,
    capture_id,
    document,
    engine,
    files_of,
    folder,
    in_tray,
    is_item,
    items,
    row_of,
    say_current,
)
from lantai.desk.searchable_volumes import volume_document, volumes
from lantai.desk.services.texts import texts_of
from lantai.kernel.errors import LantaiError
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record
from lantai.ledger.models import Entry
from lantai.ledger.services import Follower, follow, follower_names, go_on_from
from lantai.people.policies import require
from lantai.search.engine.protocol import Among, Document, Rejected, Request
from lantai.search.engine.rebuild import Rebuild
from lantai.search.engine.tantivy_engine import TantivyEngine

logger = logging.getLogger(__name__)

CHUNK = 200
"""Rows whose files are read together."""
CHARACTERS = 20_000_000
"""Characters that are held until they are made visible."""

Progress = Callable[[int, int], None]

STILL = frozenset(
    {
        "desk.class.move",
        "desk.class.make",
        "desk.class.sort",
        "desk.class.arrange",
        "desk.index.rebuild",
        *(f"desk.volume.{verb}" for verb in ("put", "sort", "take_out", "move")),
        "desk.filing_day.set",
        "desk.sending.set",
        "desk.sending.stop",
        "desk.sending.deliver",
        "desk.sending.hear",
        "desk.sending.late",
        *(f"desk.hand_over.{verb}" for verb in ("begin", "state", "order", "cancel", "build", "fail")),
    }
)
ASIDE = (
    "desk.loan.",
    "desk.plan.",
    "desk.schedule.",
    "desk.register.",
    "desk.defect.",
    "desk.scheme.",
    "desk.check.",
    "desk.department.",
    "desk.target.",
    "desk.delivery.",
    "desk.site.",
)
"""Acts after which every record is found as before."""

_OF_CLASS = frozenset({"desk.class.close", "desk.class.reopen"})
"""Acts that change all items of a class; the others name their own, however many lie in it."""


def own_follower() -> Follower:
    """Return the follower that keeps the index in step, for :func:`lantai.ledger.services.register`."""
    return Follower(NAME, handle, done=lambda: engine().close())


def handle(entries: Sequence[Entry]) -> None:
    """Index what the acts in ``entries`` changed; done twice, the result is the same."""
    acts = [entry for entry in entries if entry.act.startswith("desk.") and not still(entry.act)]
    touched = _Touched()
    for entry in acts:
        touched.take(entry)
    if touched.nothing:
        return
    index = engine()
    waiting = 0
    for made in _documents(sorted(touched.captures()), sorted(touched.items())):
        report(index.upsert(made))
        index.delete(capture_id(pk) for pk in _parts(made))
        waiting += sum(len(page) for one in made for page in one.text)
        if waiting >= CHARACTERS:
            report(index.commit())
            waiting = 0
    for some in _volumes(touched.volumes()):
        report(index.upsert(some))
    index.delete(capture_id(pk) for pk in touched.put_away())
    index.delete(_gone(index, touched.uuids))
    report(index.commit())


def still(act: str) -> bool:
    """Return whether every record is found after such an act as before it."""
    return act in STILL or act.startswith(ASIDE)


class _Touched:
    """What entries are about: rows by uuid, number, class and hand-over."""

    def __init__(self) -> None:
        self.uuids: set[str] = set()
        self._classes: set[str] = set()
        self._placed: set[str] = set()
        self._numbers: set[str] = set()
        self._entries: set[UUID] = set()

    @property
    def nothing(self) -> bool:
        """Whether no record is concerned."""
        return not (self.uuids or self._numbers or self._entries)

    def take(self, entry: Entry) -> None:
        """Note what one entry is about."""
        subject = entry.subject.removeprefix("urn:uuid:")
        data: dict[str, Any] = json.loads(entry.text)["data"]
        self._entries.add(entry.uuid)
        if entry.act in _OF_CLASS:
            self._classes.add(subject)
        elif entry.act == "desk.item.place":
            self._put(subject, data["content"])
        elif subject != entry.subject:
            self.uuids.add(subject)
        told = [data.get("number"), *_listed(data.get("captures"))]
        self._numbers.update(one for one in told if isinstance(one, str) and one)

    def _put(self, place: str, content: str) -> None:
        """Note the items that were put into a class; all of them in it where the list is lost."""
        try:
            self._placed.update(_listed_in(content))
        except LantaiError as lost:
            logger.warning("list %s of class %s cannot be read: %s", content[:16], place, lost)
            self._classes.add(place)

    def captures(self) -> set[int]:
        """Return the captures concerned that lie in the tray."""
        return set(self._told().filter(state=State.TRAY).values_list("pk", flat=True))

    def put_away(self) -> list[int]:
        """Return the captures concerned that lie in the tray no more."""
        return list(self._told().exclude(state=State.TRAY).values_list("pk", flat=True))

    def volumes(self) -> QuerySet[Volume]:
        """Return the volumes concerned: told themselves, of a class that changed, of one that was handed over or came back."""
        handed = HandOver.objects.filter(uuid__in=self.uuids).values_list("classes", flat=True)
        numbers = {number for some in handed for number in some}
        of_class = Q(filing_class__uuid__in=self._classes) | Q(filing_class__number__in=numbers)
        return volumes().filter(Q(uuid__in=self.uuids) | of_class)

    def _told(self) -> QuerySet[Capture]:
        return Capture.objects.filter(Q(uuid__in=self.uuids) | Q(number__in=self._numbers))

    def items(self) -> set[int]:
        """Return the items concerned: told themselves, by a capture, their class, their hand-over, or formed."""
        classes = FilingClass.objects.filter(uuid__in=self._classes)
        handed = HandOver.objects.filter(uuid__in=self.uuids)
        found: set[int] = set()
        for rows in (
            Item.objects.filter(Q(uuid__in=self.uuids) | Q(entry__in=self._entries)),
            Item.objects.filter(links__capture__in=self._told()),
            Item.objects.filter(filing_class__in=classes),
            Item.objects.filter(handed__hand_over__in=handed),
        ):
            found.update(rows.values_list("pk", flat=True))
        placed = sorted(self._placed)
        for start in range(0, len(placed), CHUNK):
            rows = Item.objects.filter(uuid__in=placed[start : start + CHUNK])
            found.update(rows.values_list("pk", flat=True))
        return found


def _listed_in(content: str) -> list[str]:
    """Return the uuids of the items in a list that an entry names by its digest."""
    told = json.loads(store.read(content))
    return [str(urn).removeprefix("urn:uuid:") for urn in told["items"]]


def _parts(made: Sequence[Document]) -> list[int]:
    """Return the captures that are part of the items among ``made``: they are found by them, not by themselves."""
    keys = [row_of(one.id)[1] for one in made if is_item(one.id)]
    return list(Capture.objects.filter(link__item__in=keys).values_list("pk", flat=True))


def _listed(told: object) -> list[object]:
    return told if isinstance(told, list) else []


def _documents(captures: Sequence[int], of_items: Sequence[int]) -> Iterator[list[Document]]:
    """Yield the documents of rows by their keys, some at a time; rows that are gone have none."""
    for start in range(0, len(captures), CHUNK):
        yield _made(list(in_tray().filter(pk__in=captures[start : start + CHUNK])))
    for start in range(0, len(of_items), CHUNK):
        yield _made(list(items().filter(pk__in=of_items[start : start + CHUNK])))


def _made(rows: Sequence[Capture | Item]) -> list[Document]:
    texts = texts_of(one for row in rows for one in files_of(row))
    return [document(row, texts) for row in rows]


def _volumes(rows: QuerySet[Volume]) -> Iterator[list[Document]]:
    """Yield the documents of volumes, some at a time."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield [volume_document(row) for row in volumes().filter(pk__in=keys[start : start + CHUNK])]


def _gone(index: TantivyEngine, uuids: set[str]) -> list[int]:
    """Return the documents of items and volumes that were taken apart."""
    left = set(map(str, Volume.objects.filter(uuid__in=uuids).values_list("uuid", flat=True)))
    left |= set(map(str, Item.objects.filter(uuid__in=uuids).values_list("uuid", flat=True)))
    left |= set(map(str, Capture.objects.filter(uuid__in=uuids).values_list("uuid", flat=True)))
    away = frozenset(uuids - left)
    if not away:
        return []
    found = index.search(Request(acl=None, among=Among(batches=away), limit=len(away)))
    return [hit.id for hit in found.hits]


def report(rejected: Sequence[Rejected]) -> None:
    """Log every record that the engine would not take: it stays at the desk and is not found by words."""
    for one in rejected:
        logger.error("record %s of the desk was not indexed: %s %s", one.id, one.code, one.fact)


def rebuild_own_index(actor: Actor, progress: Progress | None = None) -> int:
    """Build the index anew from the rows and swap it in; return how many records it holds.

    Searches go on meanwhile; what happened since it was begun is done again by the follower.
    """
    require(actor, "index.rebuild")
    folder().mkdir(parents=True, exist_ok=True)
    began = ledger.size()
    done = 0
    captures = list(in_tray().order_by("pk").values_list("pk", flat=True))
    of_items = list(Item.objects.order_by("pk").values_list("pk", flat=True))
    with Rebuild(folder(), note=str(began), fresh=True) as build:
        for made in _documents(captures, of_items):
            report(build.add(made))
            done += len(made)
            if progress is not None:
                progress(done, len(captures) + len(of_items))
        for some in _volumes(volumes()):
            report(build.add(some))
            done += len(some)
        report(build.flush())
        with held(f"follower-{NAME}", wait=True):
            if ledger.follower(NAME).next_index > began:
                go_on_from(NAME, began)
            build.finish()
            say_current()
            go_on_from(NAME, began)
    if NAME in follower_names():
        follow(NAME)
    _rebuilt(actor, done)
    return done


@act("desk.index.rebuild")
def _rebuilt(actor: Actor, records: int) -> None:
    record("urn:lantai:desk-index", {"records": records})
