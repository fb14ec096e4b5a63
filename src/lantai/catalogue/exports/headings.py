"""Headings of exported tables: such that reading the table again finds the same elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lantai.kernel.recordtypes import Element, Label, RecordType

RESERVED: Mapping[str, Label] = {
    "type": Label("所属门类", "record type"),
    "level": Label("记录层级", "record level"),
    "parent": Label("所属案卷", "in the file"),
    "urn": Label("永久标识", "permanent identifier"),
}
"""What the catalogue knows of a record beside its elements, and the headings of it: none is an element's."""

KEPT: Mapping[str, Label] = {"other": Label("其他", "other")}
"""What is kept beside the elements, and how it is headed: what an import found no element for."""

LEVELS: Mapping[str, Label] = {
    "series": Label("类别", "series"),
    "file": Label("案卷", "file"),
    "item": Label("文件", "item"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: an element's key with ``element`` None where no type knows it, and its heading."""

    key: str
    heading: str
    element: Element | None


def columns(kinds: Iterable[RecordType], used: Iterable[str], language: str) -> tuple[Column, ...]:
    """Return the columns of a table of records of ``kinds``: list columns first, then in the order of forms.

    ``used`` are the keys that have a value somewhere; list columns stand even when empty, 档号 always first.
    """
    types = list(kinds)
    wanted = set(used)
    ordered: dict[str, Element | None] = {}
    for kind in types:
        shown = kind.list_columns()
        ordered.update((element.key, element) for element in shown if element.key not in ordered)
    for kind in types:
        rest = (element for element in kind.elements if element.key in wanted)
        ordered.update((element.key, element) for element in rest if element.key not in ordered)
    ordered.update((key, None) for key in sorted(wanted - set(ordered)))
    keys = ["ref", *(key for key in ordered if key != "ref")]
    return tuple(
        Column(key, _heading(key, ordered.get(key), types, language), ordered.get(key)) for key in keys
    )


def _heading(key: str, element: Element | None, types: list[RecordType], language: str) -> str:
    """Return the element's label if every type that has the heading means this element by it, else the key."""
    if element is None:
        return KEPT[key][language] if key in KEPT else key
    label = element.label[language]
    meant = [found for kind in types if (found := kind.column(label)) is not None]
    known = all(found.key == key for found in meant) and all(
        kind.column(label) for kind in types if key in kind.by_key
    )
    reserved = {told[each] for told in (*RESERVED.values(), *KEPT.values()) for each in ("zh", "en")}
    return label if meant and known and label not in reserved else key


def reserved(language: str) -> tuple[str, ...]:
    """Return the headings of the last columns, in the order of :data:`RESERVED`."""
    return tuple(label[language] for label in RESERVED.values())
