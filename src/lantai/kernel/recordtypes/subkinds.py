"""Sub-kinds (二级类别) of a record type: which one a record is of, and which elements it therefore has.

One element says it: that which the type names as ``subkind_element`` (会计类别), else an element ``subkind`` that
every type with sub-kinds has. What a record does not say there, its 类别号 may (``KJ·JJ·02``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import source
from lantai.kernel.recordtypes.model import Element, RecordType, Subkind, heading

KEY = "subkind"
"""Element and vocabulary of types that name no other."""

_ELEMENT: Mapping[str, Any] = {
    "zh": "二级类别",
    "en": "sub-kind",
    "aliases": ["二级类目", "二级门类", "二级类别名称", "二级类别号", "二级类别代码", "子类"],
    "kind": "code",
    "vocabulary": KEY,
    "max_length": 30,
    "public": True,
    "order": 141,
    "dc": "type",
    "ead": "controlaccess/genreform",
    "search": {"kind": "facet", "boost": 2.0},
    "basis": "house",
}


def add_element(merged: source.Merged, table: source.Table) -> str:
    """Give a type with sub-kinds its element and vocabulary; return the key of the element, "" without any.

    What the type itself says of the element goes before; headings that others have stay theirs.
    """
    rows = table.get("subkind", ())
    if not rows:
        return ""
    named = str(table.get("subkind_element", ""))
    if named:
        _spell_codes(merged, named, rows)
        return named
    own = merged.elements.get(KEY, {})
    taken = {
        heading(text)
        for key, element in merged.elements.items()
        if key != KEY
        for text in (element.get("zh", ""), *element.get("aliases", []))
    }
    made = {"group": "identity" if "identity" in merged.groups else "", **_ELEMENT, **own}
    made["levels"] = own.get("levels", [one for one in table["levels"] if one != "fonds"])
    made["aliases"] = [alias for alias in made["aliases"] if heading(alias) not in taken]
    merged.elements[KEY] = made
    terms = [
        {
            "value": row.get("zh", ""),
            "en": row.get("en", ""),
            "also": [row.get("code", ""), *row.get("also", [])],
        }
        for row in rows
    ]
    merged.vocabularies.setdefault(KEY, {"zh": _ELEMENT["zh"], "en": _ELEMENT["en"], "terms": terms})
    return KEY


def _spell_codes(merged: source.Merged, key: str, rows: Sequence[source.Table]) -> None:
    """Let the vocabulary of the element ``key`` read the codes of the sub-kinds too (PZ, 01)."""
    name = merged.elements.get(key, {}).get("vocabulary", "")
    if name not in merged.vocabularies:
        return
    codes = {row.get("zh"): [row.get("code", ""), *row.get("also", [])] for row in rows}
    told = merged.vocabularies[name]
    terms = [
        {**term, "also": [*term.get("also", []), *codes.get(term.get("value"), [])]}
        for term in told.get("terms", [])
    ]
    merged.vocabularies[name] = {**told, "terms": terms}


def check(file: str, made: RecordType) -> None:
    """Raise Invalid when the element that says the sub-kind is not there or cannot name one of them."""
    if not made.subkinds:
        return
    element = made.by_key.get(made.subkind_key)
    vocabulary = made.vocabulary(element) if element else None
    if element is None or vocabulary is None:
        name = made.subkind_key
        raise Invalid("recordtypes.file.reference", file=file, key="subkind_element", name=name)
    for kind in made.subkinds:
        if vocabulary.term(kind.label.zh) is None:
            place = f"vocabulary.{vocabulary.key}"
            raise Invalid("recordtypes.file.missing", file=file, key=f"{place}.{kind.label.zh}")


def subkind(type: RecordType, values: Mapping[str, str]) -> Subkind | None:
    """Return the sub-kind that a record with these values (in any spelling) is of; None when nothing tells it."""
    if not type.subkinds:
        return None
    told = values.get(type.subkind_key, "")
    if told.strip():
        vocabulary = type.vocabularies[type.by_key[type.subkind_key].vocabulary]
        term = vocabulary.term(told)
        return next((one for one in type.subkinds if term and one.label.zh == term.value), None)
    return of_path(type, values.get("series", "").split("·"))


def of_path(type: RecordType, path: Sequence[str]) -> Subkind | None:
    """Return the sub-kind that a 类别号 taken apart (``["KJ", "JJ", "02"]``) names, or None."""
    for length in range(len(path), 1, -1):
        found = type.by_prefix.get("·".join(path[:length]), "")
        if found:
            code = found.rpartition("·")[2]
            return next((one for one in type.subkinds if one.code == code), None)
    return None


def named(type: RecordType, code: str) -> Subkind | None:
    """Return the sub-kind with this code, an older one included, or None."""
    return next((one for one in type.subkinds if code in {one.code, *one.also}), None)


def own_keys(type: RecordType) -> frozenset[str]:
    """Return the keys of the elements that only some sub-kinds of the type have."""
    return frozenset(key for one in type.subkinds for key in one.elements)


def unasked(type: RecordType, values: Mapping[str, str]) -> frozenset[str]:
    """Return the keys of elements that such a record need not have: those of sub-kinds that it is not known to be of."""
    if not type.subkinds:
        return frozenset()
    kind = subkind(type, values)
    return own_keys(type).difference(kind.elements if kind else ())


def foreign(type: RecordType, values: Mapping[str, str]) -> tuple[Element, ...]:
    """Return the elements with a value that the sub-kind of the record does not have, in form order.

    None while nothing tells its sub-kind.
    """
    kind = subkind(type, values)
    if kind is None:
        return ()
    others = own_keys(type).difference(kind.elements)
    return tuple(one for one in type.of_scope() if one.key in others and values.get(one.key, "").strip())


def elements_of(type: RecordType, values: Mapping[str, str], level: str) -> tuple[Element, ...]:
    """Return the elements that a record with these values has at its level, in the order of its form.

    The general ones and those of its sub-kind, which stand in the order that the sub-kind says; while that is
    not told only the general ones. What has a value is there in any case: nothing is hidden.
    """
    kind = subkind(type, values)
    shown = type.of_subkind(kind.code if kind else "")
    known = {element.key for element in shown}
    filled = [e for e in type.of_scope() if e.key not in known and values.get(e.key, "").strip()]
    return tuple(element for element in (*shown, *filled) if level in element.levels)
