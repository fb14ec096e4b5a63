"""Does what a record type names exist: elements, groups, vocabularies?"""

from __future__ import annotations

from collections.abc import Collection

from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes.model import Element, RecordType
from lantai.kernel.recordtypes.values import PART

FACETED = ("facet", "number", "date", "exact")
"""How elements are searched by whose values results can be narrowed."""


def check_references(file: str, made: RecordType) -> None:
    """Raise Invalid where the type names an element, group or vocabulary that it does not have."""
    for element in made.elements:
        _check_element(file, made, element)
    for condition in made.conditions:
        for key in (condition.when, *condition.needs):
            _known(file, "condition", key, made.by_key)
    for kind in made.subkinds:
        for key in kind.elements:
            _known(file, f"subkind.{kind.code}.elements", key, made.by_key)
    for element in made.facets():
        found = element.search.kind
        if found not in FACETED:
            place = f"element.{element.key}.search.kind"
            allowed = " ".join(FACETED)
            raise Invalid("recordtypes.file.choice", file=file, key=place, found=found, allowed=allowed)


def _check_element(file: str, made: RecordType, element: Element) -> None:
    place = f"element.{element.key}"
    _known(file, f"{place}.vocabulary", element.vocabulary, made.vocabularies)
    if element.kind == "code" and not element.vocabulary:
        raise Invalid("recordtypes.file.missing", file=file, key=f"{place}.vocabulary")
    _known(file, f"{place}.group", element.group, made.groups)
    for template in element.templates:
        for part in PART.finditer(template):
            _known(file, f"{place}.templates", part[1], made.by_key)
    for field in ("container", "within", "tail_to", "feeds"):
        _known(file, f"{place}.{field}", getattr(element, field), made.by_key)


def _known(file: str, key: str, name: str, names: Collection[str]) -> None:
    if name and name not in names:
        raise Invalid("recordtypes.file.reference", file=file, key=key, name=name)
