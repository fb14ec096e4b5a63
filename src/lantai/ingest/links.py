"""Links that other rooms put on the page of a transfer: this room does not know where a transfer comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lantai.base.actors import Actor
from lantai.ingest.queries import TransferView


@dataclass(frozen=True, slots=True)
class Link:
    """A link on the page of a transfer; one that ``mends`` stands for the plain form of a returned transfer."""

    label: str
    address: str
    mends: bool = False


Source = Callable[[Actor, TransferView], Iterable[Link]]
_sources: list[Source] = []


def add_links(source: Source) -> None:
    """Let a room add its links: called when it is ready."""
    _sources.append(source)


def links(actor: Actor, transfer: TransferView) -> list[Link]:
    """Return the links of all rooms for what ``actor`` may see of a transfer."""
    return [link for source in _sources for link in source(actor, transfer)]
