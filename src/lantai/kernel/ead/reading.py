"""Finding aids (EAD 2002, EAD3) read as a stream of units, parents before children, in flat memory.

Two passes: the first learns what the whole file must say before its first row can be given (which numbers are
unique, which keys occur, what the archdesc says behind its components).
"""

from __future__ import annotations

import hashlib
import itertools
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead.describing import COMPONENTS, HEADERS, SERIES, describe, header, own_values
from lantai.kernel.ead.gathering import NOTE, SEVERAL, Gathering
from lantai.kernel.ead.model import RELATED, EadNode
from lantai.kernel.findings import Finding, Severity

Events = Callable[[], Iterable[tuple[str, etree._Element]]]

_OWN_LEVELS = frozenset({"series", "file", "item"})
_LATE = 100
"""Findings of one kind that are reported."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass learned: the fonds, the keys in use, the refs that occur twice, how ordinals are marked."""

    fonds: EadNode
    keys: tuple[str, ...]
    components: int
    twice: frozenset[int]
    mark: str
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Unit:
    element: etree._Element
    path: tuple[int, ...]
    above: _Unit | None
    told: bool = False
    children: int = 0
    seen: int = 0
    ref: str = ""
    unitid: str = ""
    level: str = ""
    values: dict[str, str] = field(default_factory=dict)


class EadReader:
    """One finding aid; ``events`` starts a new pass over at least its components, headers and archdesc.

    ``name`` stands in for a missing fonds number. ``free`` lets the reader take out of the tree what it has
    read: not for trees that somebody else walks.
    """

    def __init__(self, events: Events, name: str, *, free: bool = True) -> None:
        self._events = events
        self._name = name
        self._free = free
        self._own = False
        self._brief = False
        self._late: list[int] = []
        self._header = ""

    def survey(self) -> Survey:
        """Return what is needed before the first unit can be told."""
        keys: dict[str, None] = {}
        digests, numeric = array("Q"), array("Q")
        fonds, number, count = EadNode("", "", "fonds"), "", 0
        for unit in self._walk():
            if unit.above is None:
                number = unit.unitid or self._eadid() or self._name
                unit.ref = number
                fonds = EadNode(number, "", "fonds", unit.values, _line(unit.element))
                keys.update(dict.fromkeys(unit.values))
                continue
            count += 1
            keys.update(dict.fromkeys(unit.values))
            if unit.unitid:
                wanted = _wanted(number, unit.unitid)
                digests.append(_digest(wanted))
                if re.fullmatch(r"[\d.]+", wanted[len(number) + 1 :]):
                    numeric.append(digests[-1])
        late = tuple(
            Finding("ead.component.late", self._name, found=str(line), severity=Severity.WARNING)
            for line in self._late[:_LATE]
        )
        twice = _twice(digests)
        mark = "" if twice.issuperset(numeric) else "c"
        return Survey(fonds, tuple(sorted(keys, key=NOTE.__eq__)), count, twice, mark, late)

    def nodes(self, survey: Survey) -> Iterator[EadNode]:
        """Yield the fonds, then every component in document order, each once."""
        yield survey.fonds
        number = survey.fonds.ref
        for unit in self._walk(whole=False):
            if unit.above is None:
                unit.ref = number
                continue
            unit.ref = self._ref(unit, number, survey)
            yield EadNode(unit.ref, unit.above.ref, unit.level, unit.values, _line(unit.element))

    def _ref(self, unit: _Unit, number: str, survey: Survey) -> str:
        if unit.unitid:
            wanted = unit.unitid if self._own else _wanted(number, unit.unitid)
            if _digest(wanted) not in survey.twice:
                return wanted
        return f"{number}-{survey.mark}{'.'.join(map(str, unit.path))}"

    def _walk(self, *, whole: bool = True) -> Iterator[_Unit]:
        """Yield units as soon as their own description is complete; the fonds last when ``whole`` is asked.

        With ``whole`` the number of the fonds must be known early all the same, so it is told twice.
        """
        self._late.clear()
        self._brief = whole
        heading = Gathering()
        stack: list[_Unit] = []
        for kind, element in self._events():
            name = xml.name(element)
            if kind == "start":
                if name == "archdesc" and not stack:
                    self._own = element.get("relatedencoding", "") == RELATED
                    self._header = heading.done().get(NOTE, "")
                    stack.append(_Unit(element, (), None))
                elif stack and name in COMPONENTS:
                    stack[-1].children += 1
                    if not stack[-1].told:
                        yield self._tell(stack[-1])
                    stack.append(_Unit(element, (*stack[-1].path, stack[-1].children), stack[-1]))
            elif stack and element is stack[-1].element:
                unit = stack.pop()
                if not unit.told or (whole and unit.above is None):
                    yield self._tell(unit)
                elif self._free and unit.above and len(element) > unit.seen:
                    self._late.append(_line(element))
                self._drop(element, unit)
            elif name in HEADERS and not stack:
                header(element, heading)

    def _drop(self, element: etree._Element, unit: _Unit) -> None:
        above = element.getparent()
        if self._free and unit.above is not None and above is not None:
            above.remove(element)

    def _tell(self, unit: _Unit) -> _Unit:
        """Fill in what the unit says; at this moment all of its children so far are components or below them."""
        element = unit.element
        unit.told = True
        unit.seen = next(
            (i for i, child in enumerate(element) if xml.name(child) in COMPONENTS), len(element)
        )
        unit.level = self._level(unit)
        if self._own:
            told: dict[str, list[str]] = {}
            for key, value in own_values(element, unit.above is None or not self._brief):
                told.setdefault(key, []).append(value)
            values = {key: SEVERAL.join(several) for key, several in told.items()}
            unit.unitid = values.pop("ref", "")
            unit.values = values
            return unit
        unit.unitid, unit.values = describe(element, unit.level)
        if unit.above is None and self._header:
            note = unit.values.pop(NOTE, "")
            unit.values[NOTE] = "\n".join(part for part in (note, self._header) if part)
        return unit

    def _level(self, unit: _Unit) -> str:
        if unit.above is None:
            return "fonds"
        told = unit.element.get("encodinganalog", "")
        if self._own and told in _OWN_LEVELS:
            return told
        if unit.element.get("level", "").lower() in SERIES:
            return "series"
        return "file" if unit.children else "item"

    def _eadid(self) -> str:
        found = re.search(r"^(?:eadid|recordid): (.+)$", self._header, re.MULTILINE)
        return found[1] if found else ""


def _line(element: etree._Element) -> int:
    return cast(int | None, element.sourceline) or 0


def _wanted(number: str, unitid: str) -> str:
    """Return the ref a component's number asks for: the number itself where it names the fonds already."""
    return unitid if re.match(re.escape(number) + r"[-·.:/ ]", unitid) else f"{number}-{unitid}"


def _digest(text: str) -> int:
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )


def _twice(digests: array[int]) -> frozenset[int]:
    ordered = sorted(digests)
    return frozenset(a for a, b in itertools.pairwise(ordered) if a == b)
