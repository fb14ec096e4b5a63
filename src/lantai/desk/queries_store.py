"""Whether the desk's store has what rows and ledger name, with the right bytes, and what nobody names.

The store is looked at in parts: by the first signs of the digests, so that memory does not grow with what lies there. Nothing
is changed. Bytes that nobody names are harmless; what is younger than an hour may be on its way to a row.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeGuard

from django.apps import apps
from django.db.models import CharField, Model

from lantai.desk.models import Component, Item, Volume
from lantai.desk.searchable import engine, in_tray
from lantai.desk.store import desk_store, place
from lantai.kernel.digests import digest_file
from lantai.ledger import queries as ledger

SAMPLE_BYTES = 256 << 20
"""Bytes that are read again where only a sample is wanted."""

_NAMED = ("content", "register", "receipt", "told")
_ENTRIES = ("content", "register", "receipt", "proof", "side")
"""Columns of rows, and facts of entries, that name a document of the store by its SHA-512."""

_LENGTH = 128
_AGE = 3600
_PORTION = 5_000
_FEW, _MANY = 2_000, 50_000
_SHARDS = tuple(f"{n:x}" for n in range(16))
_FINE = tuple(f"{n:02x}" for n in range(256))

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class StoreLook:
    """What was seen: ``named`` digests and how many ``files`` were read again, ``bytes`` of them.

    ``missing`` are digests that rows or ledger name and that are not there, ``damaged`` those whose bytes are others,
    ``unnamed`` those that nobody names. ``whole``: all was looked at, not a sample.
    """

    named: int
    files: int
    bytes: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    unnamed: tuple[str, ...]
    whole: bool

    @property
    def sound(self) -> bool:
        """Whether everything that is named is there with its bytes."""
        return not self.missing and not self.damaged


def look_at_store(*, whole: bool = False, progress: Progress | None = None) -> StoreLook:
    """Compare the store with what names it, and read files again: all of them, or a sample.

    Of a desk with few files the sample asks whether each is there, of a large one it takes one part in 256, chosen by
    chance; it reads :data:`SAMPLE_BYTES` at most, and one file at least.
    """
    files = Component.objects.count()
    shards: Sequence[str] = _SHARDS if files > _MANY else ("",)
    if not whole and files > _FEW:
        shards = (random.choice(_FINE),)
    sums, missing, damaged, unnamed = [0, 0, 0], list[str](), list[str](), list[str]()
    for done, shard in enumerate(shards):
        rows, entries = _of_rows(shard), _of_entries(shard)
        lying = set(_lying(shard))
        missing += sorted((rows | entries) - lying)
        unnamed += sorted(one for one in lying - rows - entries if _old(one))
        left = None if whole else SAMPLE_BYTES
        for sha512 in sorted(rows & lying, key=lambda _one: random.random()):
            size = place(sha512).stat().st_size
            if left is not None and sums[1] and size > left:
                continue
            left = None if left is None else left - size
            sums[1:] = sums[1] + 1, sums[2] + size
            if digest_file(place(sha512), ("sha512",)).sha512 != sha512:
                damaged.append(sha512)
        sums[0] += len(rows | entries)
        if progress is not None:
            progress(done + 1, len(shards))
    return StoreLook(sums[0], sums[1], sums[2], tuple(missing), tuple(damaged), tuple(unnamed), whole)


@cache
def _columns() -> tuple[tuple[type[Model], str], ...]:
    """Return the columns of this room that name a digest of the store."""
    found: list[tuple[type[Model], str]] = [(Component, "sha512")]
    for model in apps.get_app_config("desk").get_models():
        for one in model._meta.get_fields():
            if isinstance(one, CharField) and one.max_length == _LENGTH and one.name in _NAMED:
                found.append((model, one.name))
    return tuple(found)


def _of_rows(shard: str) -> set[str]:
    """Return the digests that rows name and that begin with ``shard``."""
    found: set[str] = set()
    for model, column in _columns():
        rows = model._default_manager.filter(**{f"{column}__gte": shard, f"{column}__lt": f"{shard}g"})
        found.update(rows.values_list(column, flat=True).distinct().iterator())
    return found - {""}  # what has none yet


def _of_entries(shard: str) -> set[str]:
    """Return the digests of documents that entries of this room name and that begin with ``shard``."""
    found: set[str] = set()
    for first in range(0, ledger.size(), _PORTION):
        for _index, _uuid, data in ledger.sequenced(first, first + _PORTION, "desk.", _PORTION):
            told = (data.get(name) for name in _ENTRIES)
            found.update(one for one in told if _is_digest(one) and one.startswith(shard))
    return found


def _is_digest(told: object) -> TypeGuard[str]:
    return isinstance(told, str) and len(told) == _LENGTH


def _lying(shard: str) -> Iterator[str]:
    """Yield the digests that lie in the store and begin with ``shard``."""
    root = desk_store().root
    for folder in sorted(root.glob(shard if len(shard) == 2 else f"{shard}*")):
        for path in folder.glob("*/*"):
            if _is_digest(path.name):
                yield path.name


def whose(sha512: str) -> str:
    """Return what a digest of the store is: the document and the name of a file, "" for a document of the desk's own."""
    found = Component.objects.filter(sha512=sha512).select_related("capture").first()
    return f"{found.capture.number} {found.name}" if found else ""


def _old(sha512: str) -> bool:
    """Return whether a file is older than an hour; a younger one may get its row in a moment."""
    try:
        return place(sha512).stat().st_mtime < time.time() - _AGE
    except FileNotFoundError:
        return False


def indexed() -> tuple[int, int]:
    """Return how many records and volumes the desk has to be found, and how many its index holds."""
    return in_tray().count() + Item.objects.count() + Volume.objects.count(), engine().count()
