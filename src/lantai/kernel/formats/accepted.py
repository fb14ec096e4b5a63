"""The formats that may be filed and transferred: versioned data, overridable by a site."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lantai.kernel.formats.model import Format

BUILTIN = Path(__file__).with_name("accepted.toml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted format, its spellings in metadata, the basis of its acceptance (A, B, C, c, K, house)."""

    name: str
    kinds: tuple[str, ...]
    puids: frozenset[str]
    mimes: frozenset[str]
    also: frozenset[str]
    basis: str

    def accepts(self, form: Format) -> bool:
        """Return whether ``form`` is this format."""
        return (bool(form.puid) and form.puid in self.puids) or form.mime in self.mimes


@dataclass(frozen=True, slots=True)
class Accepted:
    """A list of accepted formats; ``id`` and ``version`` are quoted in check reports."""

    id: str
    version: int
    standard: str
    entries: tuple[Entry, ...]

    def entry(self, form: Format) -> Entry | None:
        """Return the entry that accepts ``form``, or None."""
        for entry in self.entries:
            if entry.accepts(form):
                return entry
        return None

    def means(self, told: str, form: Format) -> bool:
        """Return whether metadata that say ``told`` ("JPG", "image/jpeg", "fmt/43") mean ``form``."""
        text = told.strip().lower().lstrip(".")
        if text in (form.puid.lower(), form.mime.lower(), form.name.lower()):
            return True
        named = [entry for entry in self.entries if text in entry.also or text == entry.name.lower()]
        if named:
            return any(entry.accepts(form) for entry in named)
        return text == form.extension

    def names(self) -> str:
        """Return the names of all accepted formats in one line."""
        return ", ".join(entry.name for entry in self.entries)


@cache
def load(source: Path = BUILTIN) -> Accepted:
    """Return the list in ``source``; a damaged file raises ``tomllib.TOMLDecodeError`` or ``KeyError``."""
    told = tomllib.loads(source.read_text("utf-8"))
    entries = tuple(_entry(row) for row in told["format"])
    return Accepted(told["id"], told["version"], told["standard"], entries)


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        row["name"],
        tuple(row["kinds"]),
        frozenset(row.get("puids", ())),
        frozenset(row.get("mimes", ())),
        frozenset(row.get("also", ())),
        row["basis"],
    )
