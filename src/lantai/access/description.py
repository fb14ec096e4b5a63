"""The description of a record in the groups and words of its record type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.holdings.queries import RecordView, span, types
from lantai.kernel.recordtypes import Element, RecordType
from lantai.search.queries import mark_words

_HEAD = frozenset({"title", "ref"})
_SEVERAL = re.compile(r"[；;\n]+")
_TIMED = frozenset({"date", "moment"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One element: its name, and its values as escaped HTML with the words of the search marked."""

    label: str
    values: tuple[SafeString, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that belong together."""

    label: str
    facts: tuple[Fact, ...]


def groups(record: RecordView, terms: Sequence[str], *, inner: bool) -> list[Group]:
    """Return the description of ``record``; who is not ``inner`` sees what is public and not personal."""
    language = reader_language()
    kind = types().get(record.type)
    if kind is None:
        rows = [
            Fact(key, (_marked(value, terms),)) for key, value in record.values.items() if value and inner
        ]
        return [Group(_("著录"), tuple(rows))] if rows else []
    made = []
    for key, label in kind.groups.items():
        facts = tuple(_facts(kind, key, record, terms, inner=inner))
        if facts:
            made.append(Group(label[language], facts))
    unknown = (
        [value for key, value in record.values.items() if key not in kind.by_key and value] if inner else []
    )
    if unknown:  # columns of a list that no element takes, kept because somebody said so
        said = tuple(_marked(one, terms) for value in unknown for one in _SEVERAL.split(value) if one.strip())
        made.append(Group(_("其他"), (Fact(_("其他"), said),)))
    return made


def _facts(
    kind: RecordType, group: str, record: RecordView, terms: Sequence[str], *, inner: bool
) -> Iterator[Fact]:
    language = reader_language()
    for element in kind.of_scope():
        value = record.values.get(element.key, "")
        if element.group != group or element.key in _HEAD or not value.strip():
            continue
        if not inner and (element.personal or not element.public):
            continue
        yield Fact(element.label[language], tuple(_marked(one, terms) for one in _said(kind, element, value)))


def _said(kind: RecordType, element: Element, value: str) -> list[str]:
    """Return the values of an element as they are read: coded ones in words, dates with their units."""
    several = [one.strip() for one in _SEVERAL.split(value) if one.strip()] if element.repeat else [value]
    vocabulary = kind.vocabulary(element)
    said = []
    for one in several:
        term = vocabulary.term(one) if vocabulary else None
        label = term.label[reader_language()] if term else ""
        said.append(label or (span(one) if element.kind in _TIMED else one))
    return said


def _marked(value: str, terms: Sequence[str]) -> SafeString:
    return mark_safe(mark_words(value, terms))
