"""What a list will look like in the catalogue: the first records of a plan as a table of all its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.catalogue.marks import IGNORED, KEPT, LEVEL, OTHER, PARENT, TYPE
from lantai.catalogue.queries import ImportView
from lantai.holdings import queries as holdings
from lantai.kernel.recordtypes import RecordType

FIRST = ("ref", "title", "author", "date", "retention")
"""Elements that stand first, in this order; 档号 and 题名 always."""

_NO_VALUE = frozenset({"", IGNORED, LEVEL, PARENT, TYPE})


@dataclass(frozen=True, slots=True)
class Preview:
    """``heads`` are (element key, its name), ``rows`` their values, in the same order."""

    heads: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[tuple[str, str, str]]]


def preview(shown: ImportView, lines: Sequence[Mapping[str, Any]]) -> Preview | None:
    """Return the table of the first records (``queries.first_rows``), None without any.

    After the usual columns come those that a person gave their meaning, then all others of the list, in its
    order; only elements that have a value somewhere, but what was mapped by hand stands even when it is empty.
    """
    if not lines:
        return None
    by = {column.name: column.by for column in shown.columns}
    mapped = [(name, KEPT if key == OTHER else key) for name, key in shown.mapping.items()]
    mapped = [(name, key) for name, key in mapped if key not in _NO_VALUE]
    decided = [key for name, key in mapped if by.get(name) in {"hand", "remembered"}]
    filled = {key for line in lines for key, text in line["values"].items() if text} | {"ref", "title"}
    order = dict.fromkeys([*FIRST, *decided, *(key for _, key in mapped)])
    keys = [key for key in order if key in filled or key in decided]
    kinds = [kind for code in _types(shown, lines) if (kind := holdings.types().get(code)) is not None]
    heads = [(key, _name(key, kinds)) for key in keys]
    rows = [[(key, label, _value(line, key)) for key, label in heads] for line in lines]
    return Preview(heads, rows)


def _types(shown: ImportView, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys([shown.type, *(str(line["type"]) for line in lines)]))


def _name(key: str, kinds: Sequence[RecordType]) -> str:
    if key == KEPT:
        return _("其他")
    found = next((kind.by_key[key] for kind in kinds if key in kind.by_key), None)
    return found.label[reader_language()] if found else key


def _value(line: Mapping[str, Any], key: str) -> str:
    return str(line["ref"]) if key == "ref" else str(line["values"].get(key, ""))
