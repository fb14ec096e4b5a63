"""The form of a record, made from its type: every element of its level, in the groups and words of the type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.base.forms import PlainForm
from lantai.catalogue.suggest import Own, hints_about
from lantai.holdings.queries import types
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.hints import Hint
from lantai.kernel.recordtypes import Element, Label, RecordType, pieces, subkinds

Look = Literal["line", "long", "select", "several", "fixed"]

LEADING = "content"
"""The group that comes first in a form: what a person writes, before what the code tells already."""

FIRST_GROUPS = ("identity", "content", "document", "description")
"""Groups that are open though they hold nothing yet."""

_GENERAL = {
    *("identity", "content", "form", "control", "files", "digitization", "signature", "storage", "rights"),
    *("notes", "agents", "events", "relations", "description"),
}
"""Groups of every type. The others hold what a type is there for: they are open and come next to the content."""

LISTED = 40
"""Values offered at once with a field; more come as one types."""

_OWN = frozenset(
    (
        *(
            "ref",
            "title",
            "subtitle",
            "parallel_title",
            "other_title",
            "abstract",
            "date",
            "doc_number",
            "pages",
        ),
        *("item_number", "file_number", "archives_item_number", "archives_file_number", "page_number"),
        *("document_sequence", "persons", "keywords", "descriptors", "attachments", "note", "record_code"),
        *(
            "file_name",
            "file_size",
            "signature_value",
            "item_count",
            "record_form",
            "receivers",
            "copy_receivers",
        ),
    )
)
"""Elements that belong to one record alone and are never carried over to the next."""
_WIDE = frozenset({"title", "abstract", "note", "attachments", "author", "ref"})
_LONG = frozenset({"longtext", "base64"})
_SHORT = frozenset({"integer", "number", "year", "date", "digits", "duration", "size", "code", "moment"})
_SPREAD = 60


class Several(forms.Widget):
    """Values of a repeating element: inputs of one name, joined with ``；``."""

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> str | None:
        """Return all values of ``name`` as one text; None when the form did not have the element."""
        given = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name)]
        told = [str(value).strip() for value in given if value is not None]
        return "；".join(value for value in told if value) if given and given[0] is not None else None

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> bool:
        """Return whether the element was not in the form at all."""
        return name not in data


@dataclass(frozen=True, slots=True)
class Note:
    """What stands beside a field: a finding or a hint with its reason; ``take`` is a value to take over."""

    text: str
    tone: str = ""
    excerpt: str = ""
    take: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One field as the page shows it; ``choices`` are (value, label), ``values`` the inputs of a repeating one.

    ``offered`` are values to choose from at once, each with a word on why ("" = it is used
    here); ``more``: there are others, asked for as one types.
    """

    element: Element
    label: str
    look: Look
    value: str
    values: Sequence[str] = ()
    choices: Sequence[tuple[str, str]] = ()
    offered: Sequence[tuple[str, str]] = ()
    more: bool = False
    obliged: str = ""
    help: str = ""
    wide: bool = False
    notes: Sequence[Note] = ()

    @property
    def key(self) -> str:
        return self.element.key

    @property
    def bad(self) -> bool:
        return any(note.tone == "no" for note in self.notes)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields; ``filled`` of them have a value, ``open`` says whether they are shown at once."""

    key: str
    label: str
    lines: Sequence[Line]
    filled: int
    open: bool


class RecordForm(PlainForm):
    """Fields by element key; made by :func:`form_for`. Values are checked by the record type, never here."""

    _type: ClassVar[RecordType]
    _level: ClassVar[str]

    def values(self) -> dict[str, str]:
        """Return the given values by element key; elements that the form did not bring are left out."""
        self.full_clean()
        return {
            key: _unified(self.cleaned_data[key])
            for key, field in self.fields.items()
            if key in self.cleaned_data
            and not field.widget.value_omitted_from_data(self.data, self.files, key)
        }


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


_made: dict[tuple[str, str], tuple[RecordType, type[RecordForm]]] = {}


def form_for(type: RecordType, level: str) -> type[RecordForm]:
    """Return the form class of records of ``type`` at ``level``: one field for each of :func:`elements_of`."""
    known = _made.get((type.code, level))
    if known is None or known[0] is not type:
        known = _made[type.code, level] = type, _form(type, level)
    return known[1]


def _form(kind: RecordType, level: str) -> type[RecordForm]:
    fields: dict[str, object] = {e.key: _field(kind, e) for e in elements_of(kind, level)}
    return type("RecordForm", (RecordForm,), {**fields, "_type": kind, "_level": level})


def elements_of(type: RecordType, level: str) -> tuple[Element, ...]:
    """Return the elements that a record of the level has, in form order, 档号 among them."""
    return tuple(element for element in type.of_scope() if level in element.levels)


def _field(kind: RecordType, element: Element) -> forms.CharField:
    look = look_of(kind, element)
    widget: forms.Widget = Several() if look == "several" else forms.TextInput()
    return forms.CharField(required=False, label=_label(element), widget=widget)


def _label(element: Element) -> Any:
    return lazy(lambda: element.label[reader_language()], str)()


def look_of(kind: RecordType, element: Element) -> Look:
    """Return how an element is entered."""
    vocabulary = kind.vocabulary(element)
    if element.repeat and element.kind not in _LONG:
        return "several"
    if vocabulary is not None and vocabulary.closed:
        return "select"
    return "long" if element.kind in _LONG else "line"


@dataclass(slots=True)
class Sheet:
    """What a page needs to show the form of a record: its type and level, the values, what is known about them."""

    kind: RecordType
    level: str
    values: Mapping[str, str]
    own: Own
    findings: Sequence[Finding] = ()
    fixed: frozenset[str] = frozenset({"ref"})
    hidden: frozenset[str] = frozenset()

    def sections(self) -> list[Section]:
        """Return the groups of the type that have elements at the level, and last what no element knows."""
        notes = self.notes()
        language = reader_language()
        made: list[Section] = []
        has = self.elements()
        own = self._own_groups(has)
        order = sorted(self.kind.groups.items(), key=lambda group: (group[0] != LEADING, group[0] not in own))
        for key, label in order:
            lines = [self.line(e, notes) for e in has if e.group == key]
            if lines:
                filled = sum(1 for line in lines if line.value)
                wanted = (
                    filled
                    or key in FIRST_GROUPS
                    or key in own
                    or any(line.obliged == "must" or line.notes for line in lines)
                )
                made.append(Section(key, label[language], lines, filled, bool(wanted)))
        rest = [e for e in has if e.group not in self.kind.groups]
        if rest:
            lines = [self.line(element, notes) for element in rest]
            made.append(Section("more", _("更多"), lines, sum(1 for line in lines if line.value), True))
        strays = [self.line(element, notes) for element in self.strays()]
        if strays:
            made.insert(0, Section("stray", _("改二级类别后不再有的项"), strays, len(strays), True))
        foreign = [
            self._foreign(key, value)
            for key, value in self.values.items()
            if key not in self.hidden and self._is_foreign(key, value)
        ]
        if foreign:
            made.append(Section("other", _("其他（只读）"), foreign, len(foreign), False))
        return made

    def elements(self) -> list[Element]:
        """Return the elements that the form asks for: those of the record's sub-kind, as far as that is known.

        The sub-kind itself stands above the form.
        """
        away = {self.kind.subkind_key, *self.hidden, *(element.key for element in self.strays())}
        return [e for e in subkinds.elements_of(self.kind, self.values, self.level) if e.key not in away]

    def _own_groups(self, has: Sequence[Element]) -> set[str]:
        """Return the groups with elements that only some types or sub-kinds have: what the form was chosen for."""
        own = subkinds.own_keys(self.kind)
        return {element.group for element in has if element.key in own or element.group not in _GENERAL}

    def strays(self) -> list[Element]:
        """Return the elements with a value that do not belong to the sub-kind that is chosen now."""
        return [e for e in subkinds.foreign(self.kind, self.values) if self.level in e.levels]

    def choice(self) -> Line | None:
        """Return the field in which the sub-kind is chosen, None for a type without any."""
        element = self.kind.by_key.get(self.kind.subkind_key)
        if element is None or self.level not in element.levels:
            return None
        kind = subkinds.subkind(self.kind, self.values)
        line = self.line(element, self.notes())
        return replace(line, value=kind.label.zh) if kind and not line.value else line

    def _is_foreign(self, key: str, value: str) -> bool:
        element = self.kind.by_key.get(key)
        return bool(value) and (
            element is None or self.level not in element.levels or element.scope != "record"
        )

    def _foreign(self, key: str, value: str) -> Line:
        known = self.kind.by_key.get(key)
        label = known.label[reader_language()] if known else key
        return Line(known or Element(key, Label(key, key)), label, "fixed", value, wide=True)

    def line(self, element: Element, notes: Mapping[str, Sequence[Note]]) -> Line:
        """Return one field."""
        value = self.values.get(element.key, "")
        look: Look = "fixed" if element.key in self.fixed else look_of(self.kind, element)
        vocabulary = self.kind.vocabulary(element)
        language = reader_language()
        choices: list[tuple[str, str]] = []
        known = self.own.names(element.key)
        offered = [(one, "") for one in known[:LISTED]]
        if element.key == "title":
            offered = [(str(one), _("本单位有 %(n)d 条这样写") % {"n": one.count}) for one in self.own.frames]
        if vocabulary is not None:
            choices = [(term.value, term.label[language]) for term in vocabulary.terms]
            if look == "select" and value and value not in {one for one, _label in choices}:
                choices.insert(0, (value, value))
            if look != "select":
                offered += [(one, "") for one, _label in choices if one not in known]
        return Line(
            element=element,
            label=element.label[language],
            look=look,
            value=value,
            values=[*pieces(element, value), ""] if look == "several" else (),
            choices=choices,
            offered=offered,
            more=len(known) > LISTED,
            obliged=_obliged(element, self.level),
            help=_help(element),
            wide=look in {"long", "several"} or element.key in _WIDE or _roomy(element, value),
            notes=notes.get(element.key, ()),
        )

    def notes(self) -> dict[str, list[Note]]:
        """Return what stands beside the fields: findings first, then hints."""
        language = reader_language()
        told: dict[str, list[Note]] = {}
        for finding in self.findings:
            tone = "no" if finding.severity is Severity.ERROR else "wait"
            key = str(finding.facts.get("key", "title"))
            told.setdefault(key, []).append(Note(finding.message(language), tone))
        for hint in self.hints():
            told.setdefault(hint.fills or hint.key, []).append(_note(hint, self.values, self.kind))
        return told

    def hints(self) -> list[Hint]:
        """Return the hints about the values; what only looks like one is left out."""
        return hints_about(self.values, self.own, self.kind, self.level, self.fixed)


def _roomy(element: Element, value: str) -> bool:
    return len(value) > _SPREAD or (element.max_length > 200 and element.kind not in _SHORT)


def _note(hint: Hint, values: Mapping[str, str], kind: RecordType) -> Note:
    tone = "wait" if hint.kind in {"personal", "secrecy"} else ""
    element = kind.by_key.get(hint.fills)
    had = values.get(hint.fills, "").strip()
    take = hint.value if hint.fills else ""
    if take and had and element is not None and element.repeat:
        take = f"{had}；{hint.value}"
    return Note(hint.reason(reader_language()), tone, "" if hint.kind == "title" else hint.value, take)


def _obliged(element: Element, level: str) -> str:
    """Return ``must`` (an error when it is lacking), ``should`` (必著 or advised), or ""."""
    if "GD" in element.required and not element.default:
        return "" if element.templates else "must"
    return "should" if element.described.get(level) == "必" or "GD" in element.advised else ""


_HELPS = {
    "date": "20110304",
    "year": "2011",
    "moment": "2011-03-04T09:30:00",
    "duration": "01:23:45",
    "size": "1.5 MB",
}


def _help(element: Element) -> str:
    usual = _("不填时由其他项组成") if element.templates else _HELPS.get(element.kind, "")
    return element.pattern_hint[reader_language()] if element.pattern_hint.zh else usual


def posted(kind: RecordType, level: str, data: QueryDict) -> dict[str, str]:
    """Return the values that a form of the type and level brought."""
    return form_for(kind, level)(data).values()


def carried(type: str, level: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return what the next record of the type and level takes over from one: what is not its own."""
    kind = types().get(type)
    keys = {element.key for element in elements_of(kind, level)} - _OWN if kind else set()
    return {key: value for key, value in values.items() if key in keys and value}


_KEYED = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)


def taken(data: QueryDict) -> tuple[str, str]:
    """Return the element and the value that a person takes over from a hint; ("", "") when none."""
    match = _KEYED.fullmatch(data.get("-take", ""))
    return (match[1], match[2]) if match else ("", "")
