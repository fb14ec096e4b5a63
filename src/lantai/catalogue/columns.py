"""What the columns of a list mean: by their headings, by what was decided before, by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lantai.catalogue.exports.headings import KEPT as BESIDE
from lantai.catalogue.exports.headings import RESERVED as EXPORTED
from lantai.catalogue.marks import IGNORED, OTHER, RESERVED, SAID, TYPE
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.recordtypes.model import heading as comparable

_EXPORTED = {
    label[language]: TYPE if key == "type" else key if key in RESERVED else IGNORED
    for key, label in EXPORTED.items()
    for language in ("zh", "en")
}
"""Headings that exports give to what is no element: its type and where it stands are read, the rest follows."""

_BESIDE = {label[language]: key for key, label in BESIDE.items() for language in ("zh", "en")}
"""Headings of what is kept beside the elements, where no type has an element of that name."""

PARTS = ("file_number", "item_number")
"""Elements of which a missing 档号 can be composed, with fonds, year and retention."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it was met: its unique name, some filled values, what it becomes and who said so.

    ``by`` is alias, remembered, hand, reserved or "" (nobody knows); ``filled`` tells that it has values.
    """

    name: str
    examples: tuple[str, ...]
    key: str
    by: str
    filled: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "examples": list(self.examples),
            "key": self.key,
            "by": self.by,
            "filled": self.filled,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Column:
        return cls(told["name"], tuple(told["examples"]), told["key"], told["by"], told["filled"])


def follows(name: str) -> bool:
    """Return whether nothing is lost when the column ``name`` is left out: exports write it, readers do not need it."""
    return _EXPORTED.get(name) == IGNORED


def fingerprint(columns: Iterable[str]) -> str:
    """Return what lists with the same columns in any order have in common (64 hexadecimal digits)."""
    told = "\x1f".join(sorted(comparable(name) for name in columns))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def propose(
    columns: Sequence[str],
    types: Sequence[RecordType],
    remembered: Mapping[str, str],
    *,
    keys: bool = False,
) -> dict[str, tuple[str, str]]:
    """Return what each column becomes and why, (key, by); ("", "") where nobody knows.

    What was decided before goes first, then the headings that the ``types`` know, in their order; the first
    of two columns for one element gets it, unless the element takes several values. ``keys`` says that the
    columns are element keys already, those of name records and others beside those of ``types``.
    """
    found: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for name in columns:
        key, by = _known(name, types, remembered)
        if keys and not key:
            key, by = name, "reserved"
        if key in taken and not _repeats(key, types):
            key, by = "", ""
        if key not in {"", IGNORED, OTHER}:
            taken.add(key)
        found[name] = (key, by)
    return found


def _known(name: str, types: Sequence[RecordType], remembered: Mapping[str, str]) -> tuple[str, str]:
    if name in remembered:
        return remembered[name], "remembered"
    if name in SAID:
        return name, "reserved"
    if name in _EXPORTED:
        return _EXPORTED[name], "reserved"
    for type in types:
        element = type.column(name)
        if element is not None and element.scope == "record" and element.kind != "container":
            return element.key, "alias"
    return (_BESIDE[name], "reserved") if name in _BESIDE else ("", "")


def _repeats(key: str, types: Sequence[RecordType]) -> bool:
    return any(type.by_key[key].repeat for type in types if key in type.by_key)


def check_mapping(mapping: Mapping[str, str], columns: Sequence[str], types: Sequence[RecordType]) -> None:
    """Raise ``Invalid("catalogue.mapping.…")`` for a column or element that is not there, or one taken twice.

    A column may always become the element whose key is its very name: sources of name records have such.
    """
    taken: dict[str, str] = {}
    for name, key in mapping.items():
        if name not in columns:
            raise Invalid("catalogue.mapping.column_unknown", column=name)
        if key in {"", IGNORED, OTHER}:
            continue
        if key not in {*SAID, *BESIDE, name} and not any(key in type.by_key for type in types):
            raise Invalid("catalogue.mapping.element_unknown", column=name, key=key)
        if key in taken and not _repeats(key, types):
            raise Invalid("catalogue.mapping.twice", column=name, other=taken[key])
        taken[key] = name


def complete(mapping: Mapping[str, str], types: Sequence[RecordType]) -> bool:
    """Return whether rows can be read by ``mapping``: a title, and a 档号 or what one is composed of.

    The title may be lacking where each of ``types`` makes one of its other elements.
    """
    keys = set(mapping.values())
    titled = "title" in keys or all(
        "title" in type.by_key and type.by_key["title"].templates for type in types
    )
    return titled and ("ref" in keys or bool(keys & set(PARTS)))


def level_of(columns: Mapping[str, str]) -> str:
    """Return ``file`` when the column of titles says that this is a list of files (案卷目录), else ""."""
    title = next((name for name, key in columns.items() if key == "title"), "")
    return "file" if "案卷题名" in title else ""
