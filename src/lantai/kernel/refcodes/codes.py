"""Parse and compose 档号; nothing here ever changes a code that exists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lantai.kernel.errors import Fact, Invalid, NotFound
from lantai.kernel.refcodes.loader import load_rules
from lantai.kernel.refcodes.model import RefCode, Rule, Rules

_CATEGORY = re.compile(r"[A-Z]?[0-9]{1,4}-([A-Z]{2})(?=[·-])")


def parse(text: str, rules: Rules | None = None, *, level: str = "item") -> RefCode:
    """Return the parts of ``text`` by the first rule that reads it, rules for ``level`` before the others.

    A 按件 code and the code of a 案卷 look the same: say ``level="file"`` for the latter.
    Raises Invalid: ``refcodes.code.separator`` (a look-alike of - or ·; facts character, point, position,
    wanted), ``.width`` (full width), ``.space``, ``.case``, ``.category`` (unknown 门类), ``.unreadable``.
    """
    known = rules or load_rules()
    for rule in known.rules:
        if rule.level == level:
            code = _read(text, rule)
            if code is not None:
                return code
    for rule in known.rules:
        if rule.level != level:
            code = _read(text, rule)
            if code is not None:
                return code
    raise _fault(text, known)


def _read(text: str, rule: Rule) -> RefCode | None:
    match = rule.pattern.fullmatch(text)
    if match is None:
        return None
    found = {name: value for name, value in match.groupdict().items() if value and name != "subcategories"}
    below = match.groupdict().get("subcategories") or ""
    first = "file" if "file" in found else "item"
    return RefCode(
        text,
        rule.id,
        **found,
        subcategories=tuple(below.split("·")) if below else (),
        series=text[match.end("fonds") + 1 : match.start(first) - 1],
        file_ref=text[: match.end("file")] if first == "file" and match.end("file") < len(text) else "",
    )


def _fault(text: str, rules: Rules) -> Invalid:
    """Return the error that says what is wrong with ``text``, the first wrong character first."""
    for position, character in enumerate(text, 1):
        told: dict[str, Fact] = {
            "text": text,
            "character": character,
            "point": f"U+{ord(character):04X}",
            "position": position,
        }
        wanted = rules.meant.get(character)
        if wanted is not None:
            return Invalid("refcodes.code.separator", **told, wanted=wanted)
        if character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}:
            return Invalid("refcodes.code.space", **told)
        narrow = unicodedata.normalize("NFKC", character)
        if narrow != character and narrow.isascii() and narrow.isalnum():
            return Invalid("refcodes.code.width", **told, wanted=narrow)
        if character.isascii() and character.islower():
            return Invalid("refcodes.code.case", **told, wanted=character.upper())
    category = _CATEGORY.match(text)
    if category and category[1] not in rules.categories:
        return Invalid("refcodes.code.category", text=text, category=category[1])
    return Invalid("refcodes.code.unreadable", text=text)


def compose(rule_id: str, rules: Rules | None = None, **parts: str | Sequence[str]) -> str:
    """Return the code that ``rule_id`` writes with ``parts`` (strings as they shall stand, zeros included).

    NotFound("refcodes.rule.missing"); Invalid ``refcodes.part.missing``, ``refcodes.part.unknown``,
    ``refcodes.part.unfit``, and ``refcodes.code.ambiguous`` when the text would be read in another way.
    """
    known = rules or load_rules()
    rule = known.rule(rule_id)
    if rule is None:
        raise NotFound("refcodes.rule.missing", rule=rule_id)
    given = {name: "·".join(part) if not isinstance(part, str) else part for name, part in parts.items()}
    names = {segment.name for segment in rule.segments}
    for name in given:
        if name not in names:
            raise Invalid("refcodes.part.unknown", **_told(rule, name))
    written: list[str] = []
    for segment in rule.segments:
        part = given.get(segment.name, "")
        if not part and not segment.optional:
            raise Invalid("refcodes.part.missing", **_told(rule, segment.name))
        if part and not rule.parts[segment.name].fullmatch(part):
            raise Invalid("refcodes.part.unfit", **_told(rule, segment.name), value=part)
        if part:
            written.append(segment.before + part)
    return _read_back("".join(written), rule, {name: part for name, part in given.items() if part}, known)


_PARTS = {
    "fonds": ("全宗号", "fonds number"),
    "category": ("门类代码", "category"),
    "subcategories": ("二级类别", "sub-kind"),
    "project": ("项目号", "project number"),
    "catalogue": ("目录号", "catalogue number"),
    "year": ("年度", "year"),
    "retention": ("保管期限", "retention period"),
    "function": ("机构或问题", "office or matter"),
    "file": ("案卷号", "file number"),
    "item": ("件号", "item number"),
    "page": ("页号", "page number"),
}
"""The parts as archivists call them; a part of a site's own rules is called as it is there."""


def _told(rule: Rule, part: str) -> dict[str, Fact]:
    label, label_en = _PARTS.get(part, (part, part))
    facts: dict[str, Fact] = {"rule": rule.zh, "rule_en": rule.en, "part": part}
    return facts | {"label": label, "label_en": label_en}


def _read_back(text: str, rule: Rule, given: dict[str, str], rules: Rules) -> str:
    read = parse(text, rules, level=rule.level)
    parts = {name: part if isinstance(part, str) else "·".join(part) for name, part in read.parts().items()}
    if read.rule != rule.id or parts != given:
        raise Invalid("refcodes.code.ambiguous", text=text, rule=rule.id, read=read.rule)
    return text


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers lacking in one run: ``example`` is a code of it, ``missing`` are inclusive spans."""

    example: str
    missing: tuple[tuple[int, int], ...]


def gaps(codes: Iterable[RefCode], first: int = 1, rules: Rules | None = None) -> list[Gap]:
    """Return the runs whose numbers do not go ``first``, first + 1, … to their last (DA/T 70-2018 2-6).

    Codes of rules whose last number is not continuous (a page number) are passed over.
    """
    known = rules or load_rules()
    continuous = {rule.id for rule in known.rules if rule.continuous}
    runs: dict[tuple[str, ...], tuple[str, set[int]]] = {}
    for code in codes:
        if code.rule in continuous:
            place = code.sequence()
            runs.setdefault(place.run, (code.text, set()))[1].add(place.number)
    found = [Gap(example, _missing(numbers, first)) for example, numbers in runs.values()]
    return [gap for gap in found if gap.missing]


def _missing(numbers: set[int], first: int) -> tuple[tuple[int, int], ...]:
    missing: list[tuple[int, int]] = []
    expected = first
    for number in sorted(numbers):
        if number > expected:
            missing.append((expected, number - 1))
        expected = max(expected, number + 1)
    return tuple(missing)
