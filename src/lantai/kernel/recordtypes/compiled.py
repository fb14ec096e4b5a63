"""Normalising and checking millions of rows: the answers of :mod:`.values` and :mod:`.checks`, remembered.

A catalogue says the same few thousand things again and again (years, retention periods, authors): what was
found out about one value is kept and not asked twice. Texts that differ on every row pass one regular
expression. Everything else is decided by the plain functions, so that there is one truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lantai.kernel.findings import Finding
from lantai.kernel.recordtypes.characters import unsuspicious
from lantai.kernel.recordtypes.checks import (
    check_characters,
    check_kind,
    check_length,
    check_required,
    check_sense,
    check_subkind,
    check_vocabulary,
)
from lantai.kernel.recordtypes.model import Element, RecordType
from lantai.kernel.recordtypes.subkinds import own_keys
from lantai.kernel.recordtypes.values import canonicals, complete, pieces

REMEMBERED = 50_000
"""Values that one checker keeps; beyond, it forgets all and starts again, so that memory stays flat."""

_CHECKS = 5
_SENSE = 3
"""The place of :func:`check_sense` among the checks."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one value: its canonical form, what it gives to other elements, findings by check."""

    meant: str
    fills: tuple[tuple[str, str], ...]
    findings: tuple[tuple[Finding, ...], ...]


_CLEAN: tuple[tuple[Finding, ...], ...] = ((),) * _CHECKS


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the values of one element are dealt with.

    ``free``: only length and characters count, and ``longest`` is the length (0 = any). ``yearly`` is the
    element whose year decides what a value means, "" when none does. ``known`` remembers.
    """

    free: bool
    longest: int
    yearly: str
    known: dict[tuple[str, str], _Known]


class RowChecker:
    """Checks rows of one record type at one stage. Not to be shared between threads."""

    def __init__(self, type: RecordType, stage: str = "GD", *, today: date | None = None) -> None:
        self._type = type
        self._stage = stage
        self._today = today or date.today()
        self._remembered = 0
        self._missing: dict[tuple[str, ...], list[Finding]] = {}
        plain = not type.forbidden_characters  # a site's own list needs the closer look
        self._plans = {e.key: _plan(e, plain) for e in type.elements}
        self._wanted = {level: _wanted(type, stage, level) for level in type.levels}
        self._repeated = {e.key for e in type.elements if plain and e.repeat}
        self._made = {e.key for e in type.templated}
        self._owned = own_keys(type)
        self._conditions = {condition.when for condition in type.conditions}

    def check(
        self, values: Mapping[str, str], level: str = "item"
    ) -> tuple[dict[str, str], tuple[Finding, ...]]:
        """Return ``normalise(type, values)`` and ``validate(type, values, stage, level=level)``.

        The findings come in the same order: mandatory elements first, then check by check.
        """
        meant: dict[str, str] = {}
        fills: list[tuple[str, str]] = []
        found: list[list[Finding]] | None = None
        plans = self._plans
        for key, value in values.items():
            plan = plans.get(key)
            if plan is None:
                meant[key] = value
                continue
            if plan.free and (not plan.longest or len(value) <= plan.longest) and unsuspicious(value):
                meant[key] = value.strip()
                continue
            known = plan.known.get((value, values.get(plan.yearly, ""))) or self._of(key, value, values)
            meant[key] = known.meant
            if known.fills:
                fills.extend(known.fills)
            if known.findings is not _CLEAN:
                found = found or [[] for _ in range(_CHECKS)]
                for kind, some in enumerate(known.findings):
                    found[kind].extend(some)
        strangers = self._strangers(values) if self._owned else []
        if strangers:
            found = found or [[] for _ in range(_CHECKS)]
            found[_SENSE].extend(strangers)
        for key, value in fills:
            if not meant.get(key, "").strip():
                meant[key] = value
        complete(self._type, meant)
        required = self._required(values, meant, level)
        if not required and found is None:
            return meant, ()
        ref = values.get("ref", "")
        every = required + [one for some in found or () for one in some]
        return meant, tuple([_about(ref, one) for one in every])

    def _strangers(self, values: Mapping[str, str]) -> list[Finding]:
        """Return what a sub-kind does not have, which is told behind the other findings of its check."""
        return [] if self._owned.isdisjoint(values) else check_subkind(self._type, values)

    def _of(self, key: str, value: str, values: Mapping[str, str]) -> _Known:
        plan = self._plans[key]
        asked = (value, values.get(plan.yearly, ""))
        known = plan.known.get(asked)
        if known is None:
            pieced = self._by_pieces(key, value, values) if key in self._repeated else None
            if pieced is not None:
                return pieced
            self._make_room()
            known = plan.known[asked] = self._find_out(key, value, plan.yearly, asked[1])
        return known

    def _make_room(self) -> None:
        if self._remembered >= REMEMBERED:
            for plan in self._plans.values():
                plan.known.clear()
            self._remembered = 0
        self._remembered += 1

    def _by_pieces(self, key: str, value: str, values: Mapping[str, str]) -> _Known | None:
        """Return what is known of several values in one cell, when nothing is wrong with any of them."""
        parts = pieces(self._type.by_key[key], value)
        if len(parts) < 2 or not unsuspicious(value):
            return None
        known = [self._of(key, part, values) for part in parts]
        if any(one.fills or one.findings is not _CLEAN for one in known):
            return None
        return _Known("；".join(one.meant for one in known), (), _CLEAN)

    def _find_out(self, key: str, value: str, yearly: str, year: str) -> _Known:
        alone = {key: value}
        meant = canonicals(self._type, alone)
        canonical = meant.pop(key)
        seen = {**alone, yearly: year} if yearly and yearly != key and year else alone
        sense = check_sense(self._type, seen, today=self._today)
        findings = (
            tuple(check_length(self._type, alone)),
            tuple(check_kind(self._type, alone)),
            tuple(check_vocabulary(self._type, alone)),
            tuple(one for one in sense if one.facts["key"] == key),
            tuple(check_characters(self._type, alone)),
        )
        return _Known(canonical, tuple(meant.items()), findings if any(findings) else _CLEAN)

    def _required(self, values: Mapping[str, str], meant: Mapping[str, str], level: str) -> list[Finding]:
        for when in self._conditions:
            if when in values:
                known = self._of(when, values[when], values)
                if any(c.when == when and known.meant in c.values for c in self._type.conditions):
                    return check_required(self._type, values, self._stage, level=level)
        missing = [key for key in self._wanted.get(level, ()) if not values.get(key, "").strip()]
        made = self._made.intersection(missing)
        missing = [key for key in missing if key not in made or not meant.get(key)]
        if not missing:
            return []
        if made or not self._owned.isdisjoint(missing):
            return check_required(self._type, values, self._stage, level=level)
        told = (level, *(f"{key}:{key in values}" for key in missing))
        if told not in self._missing:
            there = {key: "" for key in missing if key in values}
            others = {key: "x" for key in self._wanted[level] if key not in missing}
            self._missing[told] = [
                one
                for one in check_required(self._type, {**others, **there}, self._stage, level=level)
                if one.facts["key"] in missing
            ]
        return self._missing[told]


def _about(ref: str, one: Finding) -> Finding:
    return Finding(one.code, ref, one.expected, one.found, one.severity, one.facts)


def _is_free(element: Element) -> bool:
    """Return whether only length and characters of a value are looked at, and nothing follows from it."""
    return (
        element.kind in {"text", "longtext"}
        and not (element.vocabulary or element.pattern or element.repeat or element.feeds)
        and not element.tail_mark
    )


def _plan(element: Element, plain: bool) -> _Plan:
    yearly = (element.within or "year") if element.within or element.vocabulary else ""
    return _Plan(plain and _is_free(element), element.max_length, yearly, {})


def _wanted(type: RecordType, stage: str, level: str) -> tuple[str, ...]:
    return tuple(
        e.key
        for e in type.of_scope()
        if (stage in e.required or stage in e.advised) and not e.default and level in e.levels
    )
