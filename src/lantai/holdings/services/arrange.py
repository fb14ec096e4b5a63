"""Arranging: records are moved, volumes split and merged. An accepted 档号 never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lantai.base.actors import Actor


@dataclass(frozen=True, slots=True)
class Arranged:
    """What an act of arranging did: the entry's uuid ("" = nothing to do), the records it moved."""

    entry: str
    count: int
    urn: str = ""
    """Of the volume that was made by splitting."""
    kept: tuple[str, ...] = ()
    """档号 of merged volumes that stay, empty."""


def move(
    actor: Actor, urns: Sequence[str], *, parent: str = "", series: str = "", versions: Mapping[str, int]
) -> Arranged:
    """Move records into the file ``parent`` (档号 or urn), or to the top of the series ``series`` (its code).

    All of one fonds; ``versions`` by urn. Into a file they come behind what lies there, in the given order;
    at the top of a series by their 档号.
    """
    raise NotImplementedError


def split(
    actor: Actor,
    file: str,
    items: Sequence[str],
    *,
    ref: str,
    values: Mapping[str, str],
    versions: Mapping[str, int],
) -> Arranged:
    """Make a new volume ``ref`` beside the volume ``file`` (urn) and move ``items`` (urns) of it there."""
    raise NotImplementedError


def merge(actor: Actor, into: str, files: Sequence[str], *, versions: Mapping[str, int]) -> Arranged:
    """Move all that lies in ``files`` (urns) behind what lies in the volume ``into`` (urn).

    Emptied volumes that are not accepted and hold nothing else are withdrawn; the others stay, empty, with a
    note and the relation "part". ``versions`` of the volumes by urn.
    """
    raise NotImplementedError
