"""Weighing: what wanted changes come to under the rules of the record's type, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lantai.holdings.models import Record
from lantai.holdings.queries import types
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes import RecordType, classified
from lantai.kernel.recordtypes.compiled import RowChecker


@dataclass(frozen=True, slots=True)
class Current:
    """A record as it stands, for who wants to change it."""

    id: int
    urn: str
    ref: str
    level: str
    type: str
    title: str
    version: int
    accepted: bool
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What wanted changes come to: ``changes`` key → (before, after), normalised, really different ones only.

    An error among ``findings`` means that they would be refused.
    """

    changes: Mapping[str, tuple[str, str]]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def standing(row: Record) -> Current:
    """Return ``row`` as it stands."""
    return Current(
        row.pk, row.urn, row.ref, row.level, row.type, row.title, row.version, row.accepted, row.values
    )


_LACKS = frozenset(
    ("recordtypes.element.missing", "recordtypes.value.empty", "recordtypes.value.conditional")
)
"""What imported catalogues may lack until somebody adds it."""


class Weigher:
    """Weighs changes of many records; remembers what it found out about values. Not to be shared by threads."""

    def __init__(self) -> None:
        self._checkers: dict[str, RowChecker] = {}

    def weigh(self, record: Current, wanted: Mapping[str, str]) -> Weighed:
        """Return what ``wanted`` would change of ``record`` and what is wrong with it.

        Faults that the record has already and that ``wanted`` does not touch are not held against it.
        """
        kind = types().get(record.type)
        if kind is None:
            return Weighed({}, (_fault("holdings.revise.type_unknown", record, record.type),))
        faults = tuple(_unwritable(kind, record, wanted))
        if faults:
            return Weighed({}, faults)
        merged = {**record.values, **wanted}
        meant, found = self._checker(kind).check(merged, record.level)
        changes: dict[str, tuple[str, str]] = {}
        for key in (*wanted, *(key for key in meant if key not in merged or not merged[key].strip())):
            before, after = record.values.get(key, ""), meant.get(key, "").strip()
            if before != after:
                changes[key] = (before, after)
        if classified(meant):
            facts = {"ref": record.ref, "security": meant.get("security", "")}
            return Weighed(changes, (Finding("holdings.record.classified", record.ref, facts=facts),))
        return Weighed(changes, self._own(kind, record, {*wanted, *changes}, found))

    def new(
        self, type: str, level: str, values: Mapping[str, str], like: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Return the normalised values of a new record; ``Invalid`` when they would be refused.

        What ``like`` lacks, the values of the record that it is made from, it may lack as well.
        """
        kind = types().get(type)
        if kind is None:
            raise Invalid("holdings.revise.type_unknown", found=type)
        meant, found = self._checker(kind).check(values, level)
        ref = values.get("ref", "")
        if classified(meant):
            raise Invalid("holdings.record.classified", ref=ref, security=meant.get("security", ""))
        if like is not None:
            lacking = {
                one.facts.get("key")
                for one in self._checker(kind).check(like, level)[1]
                if one.code in _LACKS
            }
            found = tuple(
                one for one in found if one.code not in _LACKS or one.facts.get("key") not in lacking
            )
        refuse(ref, found)
        return {key: value for key, value in meant.items() if value}

    def _own(
        self, kind: RecordType, record: Current, keys: set[str], found: tuple[Finding, ...]
    ) -> tuple[Finding, ...]:
        own = tuple(one for one in found if one.facts.get("key") in keys)
        others = [one for one in found if one.severity is Severity.ERROR and one.facts.get("key") not in keys]
        if not others:
            return own
        _, known = self._checker(kind).check(record.values, record.level)
        old = {(one.code, one.facts.get("key")) for one in known}
        return (*own, *(one for one in others if (one.code, one.facts.get("key")) not in old))

    def _checker(self, kind: RecordType) -> RowChecker:
        if kind.code not in self._checkers:
            self._checkers[kind.code] = RowChecker(kind, "GD")
        return self._checkers[kind.code]


def refuse(ref: str, findings: tuple[Finding, ...]) -> None:
    """Raise ``Invalid`` for the first error among ``findings``, naming the element and the reason."""
    for one in findings:
        if one.severity is not Severity.ERROR:
            continue
        if "label" not in one.facts:
            raise Invalid(one.code, **{"path": one.path, "found": one.found, **one.facts})
        raise Invalid(
            "holdings.record.refused",
            ref=ref,
            label=one.facts["label"],
            label_en=one.facts.get("label_en", one.facts["label"]),
            reason=one.message("zh"),
            reason_en=one.message("en"),
        )


def _unwritable(kind: RecordType, record: Current, wanted: Mapping[str, str]) -> Iterator[Finding]:
    for key in wanted:
        element = kind.by_key.get(key)
        if key == "ref":
            yield _fault("holdings.revise.code_fixed", record, key)
        elif key == "fonds" and record.values.get(key, "") not in {"", wanted[key].strip()}:
            yield _fault("holdings.revise.fonds_fixed", record, wanted[key])
        elif element is None or element.scope != "record" or element.kind == "container":
            yield _fault("holdings.revise.element_unknown", record, key)


def _fault(code: str, record: Current, found: str) -> Finding:
    return Finding(code, record.ref, "", found)
