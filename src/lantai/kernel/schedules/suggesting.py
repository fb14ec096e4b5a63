"""Which lines of a schedule a record may belong under, and why. Suggestions only: a person decides."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Fact
from lantai.kernel.hints import Confidence
from lantai.kernel.hints.words import stop_words, tagged
from lantai.kernel.letters import kinds
from lantai.kernel.schedules.model import Line, Schedule
from lantai.kernel.texts import text

_ABOVE, _SYNONYM, _PART = 0.6, 0.8, 0.6
"""What a word weighs that stands in a heading above the line, means the same, or is part of a longer one."""
_KIND, _RELATION, _OTHER = 1.5, 1.2, -1.5
_LENGTH = 0.12
_CLEAR = 1.25
"""A first line that weighs so much more than the second is clear."""
_ENOUGH = 2.5
_FEW = 5

_CHINESE = re.compile(r"[㐀-鿿]{2,}")
_RELATIONS = (
    ("above", re.compile("上级")),
    ("beside", re.compile("同级|不相隶属|平级|其他机关")),
    ("below", re.compile("下级|所属单位|直属单位|基层")),
    ("own", re.compile("本机关|本单位|本局|本级")),
)
_ABOVE_US = re.compile(
    r"^(?:中共|国家|国务院|中央|省|市|.{1,6}[省市])|人民政府(?:办公[室厅])?$|区委|县委|市委|省委|[部厅]$"
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line is suggested: a row of the texts and what it is about."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def sentence(self, language: str = "zh") -> str:
        """Return it as a person reads it, in ``zh`` or ``en``."""
        return text(self.code, language, **self.facts)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line with its weight (more is likelier; comparable within one question only) and reasons."""

    line: Line
    weight: float
    confidence: Confidence
    reasons: tuple[Reason, ...]


def suggest(
    schedule: Schedule, title: str, kind: str = "", sender: str = "", *, limit: int = 5
) -> tuple[Suggestion, ...]:
    """Return at most ``limit`` lines for a record, the likeliest first; () when no word of the title fits any.

    ``kind`` is its 文种 (default: what the title ends with), ``sender`` who wrote it. The same question always gets
    the same answer; lines of one weight stand as in the schedule. STRONG: clearly before all others; WEAK: one
    rare or several common words agree, no more.
    """
    prepared = _prepare(schedule.lines)
    told = kinds.of_title(title.strip())
    named = kind or (told.name if told else "")
    words = _title_words(title, sender)
    relation = _relation(sender, schedule.unit)
    near = _near(words, prepared.rarity)
    weighed = []
    for place, line in enumerate(prepared.lines):
        shared = list(_shared(near, line))
        if shared:
            weighed.append(_weigh(place, line, shared, named, relation))
    weighed.sort(key=lambda one: (-one.weight, one.place))
    return tuple(_suggestion(one, weighed, schedule.lines) for one in weighed[:limit])


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a line: its own, those of the headings above, whose letters it speaks of, and its length."""

    own: frozenset[str]
    above: frozenset[str]
    plain: str
    relation: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    lines: tuple[_Words, ...]
    rarity: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Weighed:
    place: int
    weight: float
    reasons: tuple[Reason, ...]


@lru_cache(maxsize=64)
def _prepare(lines: tuple[Line, ...]) -> _Prepared:
    told = tuple(
        _Words(
            frozenset(_cut(line.text)),
            frozenset(word for heading in line.path for word in _cut(heading)),
            line.text,
            _spoken_of(line),
        )
        for line in lines
    )
    counts = Counter(word for one in told for word in one.own | one.above)
    rarity = {word: math.log(1 + len(told) / count) for word, count in counts.items()}
    return _Prepared(told, rarity)


def _spoken_of(line: Line) -> str:
    """Return whose letters a line is about, by its own words first, then by its nearest heading."""
    for said in (line.text, *reversed(line.path)):
        found = [name for name, pattern in _RELATIONS if pattern.search(said)]
        if len(found) == 1:
            return found[0]
    return ""


def _cut(said: str) -> list[str]:
    words = [
        word
        for word, tag in tagged(said)
        if _CHINESE.fullmatch(word) and not tag.startswith(("nr", "u", "p"))
    ]
    return [word for word in words if word not in _general()]


def _title_words(title: str, sender: str) -> list[str]:
    """Return the words of what a title is about, each once: without who wrote it and without its kind at the end."""
    plain = title.strip()
    if sender and plain.startswith(sender):
        plain = plain[len(sender) :]
    match = kinds.ending_pattern().search(plain)
    kind = match[1] if match else ""
    words = _cut(plain[: match.start()] if match else plain)
    telling = [word for word in words if word not in stop_words() or word in _meanings()]
    if kind in _meanings():
        telling.append(kind)
    return list(dict.fromkeys(telling))


@cache
def _words_of_all() -> Mapping[str, list[Any]]:
    return tomllib.loads((Path(__file__).parent / "synonyms.toml").read_text("utf-8"))


@cache
def _general() -> frozenset[str]:
    return frozenset(_words_of_all()["general"])


@cache
def _meanings() -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for number, group in enumerate(_words_of_all()["groups"]):
        for word in group:
            found[word] = (*found.get(word, ()), number)
    return found


def _near(words: Sequence[str], rarity: Mapping[str, float]) -> list[tuple[str, dict[str, float]]]:
    """Return for each word of a title the words of the schedule that are like it, with what each weighs.

    A schedule says the same words again and again: each is compared once, not once a line.
    """
    return [
        (word, {other: alike * rare for other, rare in rarity.items() if (alike := _alike(word, other))})
        for word in words
    ]


def _shared(near: Sequence[tuple[str, dict[str, float]]], line: _Words) -> Iterator[tuple[str, str, float]]:
    """Yield the title's words that the line has: the word, the line's own for it, its weight."""
    for word, others in near:
        best: tuple[str, float] = ("", 0.0)
        for place, share in ((line.own, 1.0), (line.above, _ABOVE)):
            for other in others.keys() & place:
                weight = others[other] * share
                if (weight, other) > (best[1], best[0]):
                    best = (other, weight)
        if best[1]:
            yield word, best[0], best[1]


def _alike(word: str, other: str) -> float:
    if word == other:
        return 1.0
    meanings = _meanings()
    if set(meanings.get(word, ())) & set(meanings.get(other, ())):
        return _SYNONYM
    short, long = sorted((word, other), key=len)
    return _PART if len(short) >= 2 and short in long and short not in stop_words() else 0.0


def _relation(sender: str, unit: str) -> str:
    """Return how the sender stands to the unit, as far as names tell: own, below, above, beside, or ""."""
    if not sender or not unit:
        return ""
    if sender == unit:
        return "own"
    if sender.startswith(unit):
        return "below"
    return "above" if _ABOVE_US.search(sender) else "beside"


def _weigh(
    place: int, line: _Words, shared: list[tuple[str, str, float]], kind: str, relation: str
) -> _Weighed:
    weight = sum(told for _, _, told in shared) / (1 + _LENGTH * math.log(1 + len(line.own)))
    same = "、".join(word for word, other, _ in shared if word == other)
    akin = "、".join(f"{word}—{other}" for word, other, _ in shared if word != other)
    reasons = [Reason("schedules.suggest.words", {"words": same})] if same else []
    reasons += [Reason("schedules.suggest.akin", {"words": akin})] if akin else []
    if kind and kind in line.plain:
        weight += _KIND
        reasons.append(Reason("schedules.suggest.kind", {"kind": kind}))
    if relation in ("above", "beside", "below") and line.relation == relation:
        weight += _RELATION
        reasons.append(Reason(f"schedules.suggest.{relation}"))
    elif relation and line.relation and line.relation != relation:
        weight += _OTHER
    return _Weighed(place, weight, tuple(reasons))


def _suggestion(one: _Weighed, all_of_them: Sequence[_Weighed], lines: Sequence[Line]) -> Suggestion:
    line = lines[one.place]
    others = [other for other in all_of_them if other is not one]
    twins = [other for other in others if other.weight == one.weight and lines[other.place].path == line.path]
    next_best = max((other.weight for other in others if other not in twins), default=0.0)
    clear = one.weight >= _ENOUGH and one.weight >= next_best * _CLEAR
    confidence = Confidence.FAIR if one.weight >= _ENOUGH else Confidence.WEAK
    reasons = one.reasons
    if twins:
        named = "、".join(_name(lines[twin.place]) for twin in twins[:_FEW]) + (
            "…" if len(twins) > _FEW else ""
        )
        reasons = (*reasons, Reason("schedules.suggest.twins", {"numbers": named}))
    elif clear:
        confidence = Confidence.STRONG
    return Suggestion(line, round(one.weight, 3), confidence, reasons)


def _name(line: Line) -> str:
    return line.number or line.text[:20]
