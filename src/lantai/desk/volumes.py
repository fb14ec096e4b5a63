"""案卷: what is known of a volume from its class and its items, a title for it, and the numbers of all of a class.

Whether a class is arranged by volume (按卷) is said by the rule that writes the 档号 of its type, year and fonds: one
with a 案卷号 needs volumes. A page rule (科技) numbers items by the page on which they begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from lantai.desk.arranging import Numbered, kind_of, lacking, numbers_for, taken, told_items
from lantai.desk.checking import STAGE
from lantai.desk.models import Arrangement, FilingClass, Item, Volume
from lantai.holdings import queries as holdings
from lantai.kernel import refcodes
from lantai.kernel.errors import LantaiError, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.recordtypes import Element, RecordType, compose_ref, values_of
from lantai.kernel.recordtypes.compiled import RowChecker
from lantai.kernel.recordtypes.dates import Period, read_period

OF_ITEMS = frozenset({"title", "date", "pages", "aggregation"})
"""Elements of a volume that are computed or have a field of their own."""

_NEVER = frozenset({"record_code", "ref", "item_number", "page_number", "doc_number", "note", *OF_ITEMS})
_PARTS = ("project_number", "catalogue")
"""Parts of a 档号 that neither class nor number say: all items of a volume have the same."""

_LOOK = 200
"""Numbers that are looked up together for the first free one."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A volume with its items in their order; values by element key, of the volume and of each item."""

    volume: Volume
    items: tuple[tuple[Item, dict[str, str]], ...]
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class NumberedVolume:
    """What a volume gets when its class is closed."""

    volume: Volume
    ref: str
    number: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a class by volume, and every reason against them; ``path`` is the uuid of a volume or an item."""

    volumes: tuple[NumberedVolume, ...]
    items: tuple[Numbered, ...]
    reasons: tuple[Finding, ...]


def has_part(kind: RecordType, fonds: str, year: int, part: str) -> bool:
    """Return whether the rule that writes the 档号 of items has ``part`` (``file``, ``page``)."""
    try:
        span = refcodes.choose(kind.reference_rules, year, fonds=fonds, category=kind.code)
    except NotFound:
        return False  # no rule for that year: closing tells so
    rule = refcodes.load_rules().rule(span.rule)
    return rule is not None and any(segment.name == part for segment in rule.segments)


def bundles(row: FilingClass) -> tuple[list[Bundle], list[Item]]:
    """Return the volumes of a class in their order, and the items that lie in none."""
    told_of = told_items(row)
    found = _filled(row, list(row.volumes.order_by("position", "pk")), told_of)
    return found, [item for item, _ in told_of if item.volume_id is None]


def bundles_of(row: FilingClass, volumes: Sequence[Volume]) -> list[Bundle]:
    """Return some volumes of a class with their items in their order, reading no other item."""
    return _filled(row, volumes, told_items(row, [volume.pk for volume in volumes]))


def bundle_of(row: FilingClass, volume: Volume) -> Bundle:
    """Return one volume of a class with its items in their order, reading no other item."""
    return bundles_of(row, [volume])[0]


def _filled(
    row: FilingClass, volumes: Sequence[Volume], items: Sequence[tuple[Item, dict[str, str]]]
) -> list[Bundle]:
    kind = kind_of(row.type)
    inside: dict[int, list[tuple[Item, dict[str, str]]]] = {}
    for item, values in items:
        if item.volume_id is not None:
            inside.setdefault(item.volume_id, []).append((item, values))
    found = []
    for volume in volumes:
        mine = tuple(sorted(inside.get(volume.pk, ()), key=lambda one: one[0].place))
        found.append(Bundle(volume, mine, told(kind, row, volume, [values for _, values in mine])))
    return found


def told(
    kind: RecordType, row: FilingClass, volume: Volume, items: Sequence[Mapping[str, str]]
) -> dict[str, str]:
    """Return all that is known of a volume by element key: its class, its items, its own values, its number."""
    values = {element.key: _shared(element, kind, items) for element in _describing(kind)}
    values |= {key: text for key, text in volume.values.items() if text and key not in OF_ITEMS}
    values |= {"title": volume.title, "date": span(one.get("date", "") for one in items)}
    values |= {"pages": _sum(items), "aggregation": "案卷", "unit": row.unit.name}
    values |= {"fonds": row.fonds, "year": str(row.year), "retention": row.retention}
    values["function"] = row.function
    if volume.ref:
        values |= values_of(refcodes.parse(volume.ref, level="file"), kind) | {"ref": volume.ref}
        values["file_number"] = volume.file_number
    known = {element.key for element in kind.elements if "file" in element.levels}
    return {key: text for key, text in values.items() if text and key in known}


def _describing(kind: RecordType) -> Iterator[Element]:
    """Yield the elements that a volume takes from its items: what must be told of it, what files are known by."""
    wanted = {*kind.facet_keys, *_PARTS, kind.subkind_key}
    for element in kind.of_scope():
        asked = element.required or element.advised or element.key in wanted
        if asked and "file" in element.levels and element.key not in _NEVER:
            yield element


def _shared(element: Element, kind: RecordType, items: Sequence[Mapping[str, str]]) -> str:
    """Return what all items say, of dates the span, of 密级 the highest, of what can be repeated all of it; else ""."""
    texts = list(dict.fromkeys(filter(None, (one.get(element.key, "") for one in items))))
    if len(texts) == 1:
        return texts[0]
    if element.kind == "date":
        return span(texts)
    vocabulary = kind.vocabulary(element)
    if element.key == "security" and vocabulary:
        order = [term.value for term in vocabulary.terms]
        return max((text for text in texts if text in order), key=order.index, default="")
    return "；".join(texts) if element.repeat and element.required else ""


def span(texts: Iterable[str]) -> str:
    """Return the first and the last of dates as one period, YYYYMMDD-YYYYMMDD; "" without any that can be read."""
    periods = [found for found in map(read_period, texts) if found is not None]
    if not periods:
        return ""
    first = min(periods, key=lambda one: one.start.first).start
    last = max(periods, key=lambda one: one.end.last).end
    return str(Period(first, last))


def pages(told: str) -> int:
    """Return the pages that an item tells, 0 when it tells none."""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0


def _sum(items: Sequence[Mapping[str, str]]) -> str:
    counts = [pages(one.get("pages", "")) for one in items]
    return str(sum(counts)) if counts and all(counts) else ""


_COUNTED = re.compile(r"第?[0-9０-９〇零一二三四五六七八九十百]+(?:年度?|月份?|季度?|[日批期号份次册件])?")
_YEAR = re.compile(r"[0-9０-９〇零一二三四五六七八九]{4}年度?")
_FORMS = (
    *("通知", "批复", "请示", "函", "报告", "决定", "意见", "纪要", "通报", "公告"),
    *("总结", "计划", "方案", "合同", "凭证", "账簿", "报表"),
)
_LEAST = 4
"""Characters that titles must share to be called by them."""

MOST = 500
"""Characters of a title."""


def propose_title(items: Sequence[Mapping[str, str]]) -> str:
    """Return a title for a volume of items: who made them, what they are about, of which kinds they are.

    It is made of what their titles share (责任者—问题—文种), or of the first title and the number; "" without items.
    """
    titles = [one.get("title", "") for one in items]
    if not titles:
        return ""
    if len(titles) == 1:
        return titles[0][:MOST]
    authors = {one.get("author", "") for one in items}
    author = authors.pop() if len(authors) == 1 else ""
    plain = _uncounted(titles)
    if len(set(plain)) == 1 and plain[0]:
        return _by(author, plain[0])
    start = _same(plain)
    end = _same([title[len(start) :][::-1] for title in plain])[::-1]
    if len(start) + len(end) >= _LEAST and start.removeprefix("关于"):
        kinds = list(dict.fromkeys(form for title in plain for form in _FORMS if title.endswith(form)))
        about = f"{start}{end}" if end else f"{start}的{'、'.join(kinds) or '文件'}"
        return _by(author, about.replace("的的", "的"))
    return f"{titles[0]}等{len(titles)}件"[:MOST]


def _uncounted(titles: Sequence[str]) -> list[str]:
    """Return titles without what counts them (3月份, 第2批, 2024年); a year that all of them tell stays."""
    years = [tuple(_YEAR.findall(title)) for title in titles]
    keep = set(years[0]) if len(set(years)) == 1 else set()
    return [_COUNTED.sub(lambda met: met[0] if met[0] in keep else "", title) for title in titles]


def _same(texts: Sequence[str]) -> str:
    """Return the beginning that all have in common."""
    return "".join(
        signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False))
    )


def _by(author: str, about: str) -> str:
    return about[:MOST] if not author or about.startswith(author) else f"{author}{about}"[:MOST]


def numbers_of(row: FilingClass) -> Numbers:
    """Return the numbers that the items of a class get as it is arranged, without gaps, and every reason against them.

    By item 件号 in their order; by volume 案卷号, and 件号 and 页号 in each.
    """
    kind = kind_of(row.type)
    if row.arrangement == Arrangement.ITEM:
        numbered, reasons = numbers_for(kind, row, told_items(row))
        return Numbers((), tuple(numbered), tuple(reasons))
    found, loose = bundles(row)
    run = _Run(kind, row)
    for bundle in found:
        run.take(bundle)
    reasons = [Finding("desk.volume.none", str(item.uuid)) for item in loose]
    return Numbers(tuple(run.volumes), tuple(run.items), (*reasons, *run.reasons, *taken(row, run.items)))


def given(one: Numbered) -> dict[str, str]:
    """Return what the number of an item says of it by element key; nothing where it has none."""
    if not one.ref:
        return {}
    parts = {"item_number": one.number, "file_number": refcodes.parse(one.ref).file}
    return {
        key: text for key, text in {**parts, "page_number": one.page_number, "ref": one.ref}.items() if text
    }


class _Run:
    """The numbers of a class as they are given, volume by volume; each run (二级类别, 项目 …) counts for itself."""

    def __init__(self, kind: RecordType, row: FilingClass) -> None:
        self.kind, self.row = kind, row
        self.checker = RowChecker(kind, STAGE)
        self.by_page = has_part(kind, row.fonds, row.year, "page")
        self.volumes: list[NumberedVolume] = []
        self.items: list[Numbered] = []
        self.reasons: list[Finding] = []
        self._next: dict[tuple[str, ...], int] = {}

    def take(self, bundle: Bundle) -> None:
        path = str(bundle.volume.uuid)
        if not bundle.items:
            self.reasons.append(Finding("desk.volume.empty", path))
            return
        self.reasons.extend(_mixed(self.kind, bundle))
        try:
            ref = self._ref(bundle.values)
        except LantaiError as fault:
            self.reasons.append(Finding(fault.code, path, facts=fault.facts))
            return
        code = refcodes.parse(ref, level="file")
        self.volumes.append(NumberedVolume(bundle.volume, ref, code.file))
        whole = {**bundle.values, **values_of(code, self.kind), "ref": ref, "file_number": code.file}
        for finding in self.checker.check(whole, "file")[1]:
            if finding.severity is Severity.ERROR:
                self.reasons.append(replace(finding, path=path))
        self._inside(bundle, code.file)

    def _ref(self, values: Mapping[str, str]) -> str:
        """Return the 档号 of the next volume in the run of ``values``."""
        first = volume_ref(self.kind, values, 1)
        run = refcodes.parse(first, level="file").sequence().run
        if run not in self._next:
            self._next[run] = _first_free(self.kind, values, self.row)
        number = self._next[run]
        self._next[run] += 1
        return volume_ref(self.kind, values, number)

    def _inside(self, bundle: Bundle, number: str) -> None:
        """Number the items of a volume; pages count on as long as all before tell theirs."""
        begin = 1
        for order, (item, values) in enumerate(bundle.items, 1):
            count = pages(values.get("pages", "")) if begin else 0
            told_pages = _pages(begin, count)
            whole = {**values, "file_number": number, "item_number": str(order)}
            if begin:
                whole["page_number"] = str(begin)
            if self.by_page and not count:
                if not pages(values.get("pages", "")):
                    self.reasons.append(Finding("desk.volume.pages_missing", str(item.uuid)))
                self.reasons.extend(lacking(self.checker, self.kind, item, whole, ""))
            else:
                self._item(item, whole, order, told_pages)
            begin = begin + count if count else 0

    def _item(self, item: Item, whole: dict[str, str], order: int, told_pages: str) -> None:
        try:
            ref = compose_ref(self.kind, whole)
        except LantaiError as fault:
            self.reasons.append(Finding(fault.code, str(item.uuid), facts=fault.facts))
            ref = ""
        code = refcodes.parse(ref).item if ref else ""
        self.items.append(Numbered(item, ref, code or str(order), told_pages))
        self.reasons.extend(lacking(self.checker, self.kind, item, whole, ref))


def _pages(begin: int, count: int) -> str:
    """Return the 页号 of an item: its first and last page, one number where it has one page; "" when not known."""
    if not begin or not count:
        return ""
    return str(begin) if count == 1 else f"{begin}-{begin + count - 1}"


def page_numbers(items: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the 页号 of the items of a volume, in their order."""
    begin, found = 1, []
    for values in items:
        count = pages(values.get("pages", "")) if begin else 0
        found.append(_pages(begin, count))
        begin = begin + count if count else 0
    return found


def volume_ref(kind: RecordType, values: Mapping[str, str], number: int) -> str:
    """Return the 档号 of a volume with this 案卷号; raises what :func:`compose_ref` raises."""
    return compose_ref(kind, {**values, "file_number": str(number)}, level="file")


def _first_free(kind: RecordType, values: Mapping[str, str], row: FilingClass) -> int:
    """Return the number behind the last one that other classes of the unit or the archives have in this run."""
    start, last = 1, 0
    while True:
        refs = {volume_ref(kind, values, number): number for number in range(start, start + _LOOK)}
        met = refs_taken(row, refs)
        if not met:
            return last + 1
        last = max(refs[ref] for ref in met)
        start += _LOOK


def refs_taken(row: FilingClass, refs: Iterable[str]) -> set[str]:
    """Return which 档号 of volumes are those of other classes of the unit, or stand in the archives."""
    wanted = set(refs)
    others = Volume.objects.exclude(filing_class=row).filter(filing_class__unit=row.unit_id, ref__in=wanted)
    return set(others.values_list("ref", flat=True)) | holdings.existing_refs(wanted)


def followed(row: FilingClass) -> str:
    """Return the 档号 that another class has behind the last of this one in its run, "" when none has."""
    kind = kind_of(row.type)
    last: dict[tuple[str, ...], tuple[int, dict[str, str]]] = {}
    for bundle in bundles(row)[0]:
        if bundle.volume.ref:
            place = refcodes.parse(bundle.volume.ref, level="file").sequence()
            if place.number >= last.get(place.run, (0, {}))[0]:
                last[place.run] = (place.number, bundle.values)
    following = {volume_ref(kind, values, number + 1) for number, values in last.values()}
    return min(refs_taken(row, following), default="")


def _mixed(kind: RecordType, bundle: Bundle) -> Iterator[Finding]:
    """Yield parts of the 档号 in which the items of a volume differ."""
    for key in filter(None, (*_PARTS, kind.subkind_key)):
        element = kind.by_key.get(key)
        met = {values.get(key, "") for _, values in bundle.items}
        if element is not None and len(met) > 1:
            facts = {"label": element.label.zh, "label_en": element.label.en}
            found = "、".join(sorted(text or "—" for text in met))
            yield Finding("desk.volume.differs", str(bundle.volume.uuid), found=found, facts=facts)
