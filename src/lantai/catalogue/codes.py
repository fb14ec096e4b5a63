"""档号 of millions of rows: those that differ only in their last number are taken apart once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantai.kernel import recordtypes, refcodes
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.refcodes import RefCode, Rules

REMEMBERED = 100_000

_FOREIGN = frozenset({"refcodes.code.unreadable", "refcodes.code.category"})
"""Faults of codes that were made by other rules altogether, and are kept as they are."""

_STATED = ("file_number", "item_number", "fonds", "year", "retention")


@dataclass(frozen=True, slots=True)
class Known:
    """What the codes of one run have in common: ``code`` is one of them, None when no rule reads them.

    ``type`` is the record type it is of ("" = not told by the code), ``level`` what the code names, ``told``
    the values that it says for all of them, ``foreign`` that it is of no rule rather than misspelt.
    """

    code: RefCode | None
    type: str
    level: str
    told: Mapping[str, str]
    superseded: bool
    foreign: bool = False


_FAULTY = Known(None, "", "", {}, False)
_ALIEN = Known(None, "", "", {}, False, foreign=True)


class CodeReader:
    """Reads 档号 and compares them with what else is said of a record. Not to be shared between threads."""

    def __init__(self, types: Mapping[str, RecordType], rules: Rules | None = None) -> None:
        self._types = types
        self._rules = rules or refcodes.load_rules()
        self._known: dict[tuple[str, int, str], Known] = {}
        self._said: dict[tuple[str, int, str, str], tuple[tuple[str, str], ...]] = {}
        self._levels = {rule.id: rule.level for rule in self._rules.rules}
        self._until = {rule.id: rule.until_year for rule in self._rules.rules}

    def read(self, ref: str, level: str) -> Known:
        """Return what the code ``ref`` tells; ``level`` is that of its record, "" = let the code say."""
        head, _, last = ref.rpartition("-")
        if not (head and last.isascii() and last.isdecimal()):
            return self._take_apart(ref, level)
        asked = (head, len(last), level)
        known = self._known.get(asked)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[asked] = self._take_apart(ref, level)
        return known

    def _take_apart(self, ref: str, level: str) -> Known:
        try:
            code = refcodes.parse(ref, self._rules, level="file" if level == "file" else "item")
        except Invalid as fault:
            return _ALIEN if fault.code in _FOREIGN else _FAULTY
        told = {"fonds": code.fonds, "year": code.year, "retention": refcodes.retention_name(code.retention)}
        until = self._until[code.rule]
        return Known(
            code,
            recordtypes.type_of(code, self._types),
            self._levels[code.rule],
            {key: value for key, value in told.items() if value},
            bool(code.year and until and int(code.year) > until),
        )

    def values(self, ref: str, known: Known, type: RecordType, level: str) -> Mapping[str, str]:
        """Return what the code ``ref``, of which ``known`` was read, says by elements of ``type`` and ``level``."""
        head, _, last = ref.rpartition("-")
        asked = (head, len(last), type.code, level)
        said = self._said.get(asked)
        if said is None:
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            found = recordtypes.values_of(known.code, type) if known.code is not None else {}
            said = self._said[asked] = tuple(
                (key, value) for key, value in found.items() if level in type.by_key[key].levels
            )
        told = dict(said)
        if known.code is not None and last.isdecimal():
            own = next((key for key, part in _last(known.code) if part), "")
            if own in told:
                told[own] = last
        return told

    def disagreements(self, values: Mapping[str, str], known: Known, level: str) -> list[Finding]:
        """Return what is wrong with the code in ``values`` and with what it says (see ``check_code``)."""
        kind = self._types.get(known.type)
        kinds: list[Finding] = []
        if known.code is not None and kind is not None and kind.subkinds:
            kinds = recordtypes.check_subkind_of_code(kind, values, known.code)
        if known.code is not None and not known.superseded and self._agree(values, known.code):
            return kinds
        return refcodes.check_code(values, self._rules, level="file" if level == "file" else "item") + kinds

    def _agree(self, values: Mapping[str, str], code: RefCode) -> bool:
        """Return whether nothing stated contradicts ``code``, whose last number is another one's."""
        last = values["ref"].rpartition("-")[2]
        file, item = (code.file, last) if code.item else (last, "")
        said = (file, item, code.fonds, code.year, refcodes.retention_name(code.retention))
        for key, part in zip(_STATED, said, strict=True):
            value = values.get(key)
            if value and part and value != part and not _same_number(value, part):
                return False
        return True


def _last(code: RefCode) -> tuple[tuple[str, str], ...]:
    """Return the numbers of a code, the last one first."""
    return ("page_number", code.page), ("item_number", code.item), ("file_number", code.file)


def _same_number(value: str, part: str) -> bool:
    return value.isdecimal() and part.isdecimal() and int(value) == int(part)
