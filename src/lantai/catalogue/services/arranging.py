"""Arranging many at once: a list too long for the ledger is preserved in the vault before it is followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from lantai.base.actors import Actor
from lantai.catalogue.services.register import preserve
from lantai.holdings import services as holdings
from lantai.holdings.services import Arranged, list_lines
from lantai.kernel.digests import digest_bytes
from lantai.people.policies import require

MANY = 100
"""Records from which on a list is preserved: the ledger's entry may be too small for what is told of each."""

LIST = "records.jsonl"


def move(
    actor: Actor, urns: Sequence[str], *, parent: str = "", series: str = "", versions: Mapping[str, int]
) -> Arranged:
    """Do as :func:`lantai.holdings.services.move`, however many there are."""
    kept = _preserved(actor, urns, versions, {"act": "move", "parent": parent, "series": series})
    return holdings.move(actor, urns, parent=parent, series=series, versions=versions, preserved=kept)


def split(
    actor: Actor,
    file: str,
    items: Sequence[str],
    *,
    ref: str,
    values: Mapping[str, str],
    versions: Mapping[str, int],
) -> Arranged:
    """Do as :func:`lantai.holdings.services.split`, however many there are."""
    kept = _preserved(actor, items, versions, {"act": "split", "file": file, "ref": ref})
    return holdings.split(actor, file, items, ref=ref, values=values, versions=versions, preserved=kept)


def accept(actor: Actor, urns: Sequence[str] = (), *, batch: UUID | None = None) -> int:
    """Do as :func:`lantai.holdings.services.accept`, however many there are."""
    kept = None if batch else _preserved(actor, urns, {}, {"act": "accept"})
    return holdings.accept(actor, urns, batch=batch, preserved=kept)


def _preserved(
    actor: Actor, urns: Sequence[str], versions: Mapping[str, int], told: Mapping[str, Any]
) -> UUID | None:
    if len(urns) < MANY:
        return None
    require(actor, "holdings.arrange")
    lines = b"".join(line + b"\n" for line in list_lines(urns, versions))
    batch = uuid5(
        NAMESPACE_URL, digest_bytes(lines + repr(sorted(told.items())).encode(), ("sha512",)).sha512
    )
    head = {"schema": "lantai.list/1", "batch": str(batch), "count": len(urns), "source": told["act"], **told}
    preserve(actor, batch, head, {LIST: lines}, name="list.json")
    return batch
