"""What is printed of a class, in the official layouts (DA/T 22-2015, GB/T 9705): the same as in the archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement, queries_volumes
from lantai.desk.arranging import kind_of
from lantai.desk.pages import spans_of
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.queries_volumes import VolumeView
from lantai.desk.stamps import boxes_of
from lantai.desk.volumes import page_numbers, span
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.printing import render
from lantai.kernel.printing.boxes import SHARED, Box, pages_of, sheets
from lantai.kernel.printing.forms import PAPERS, PART, TITLES, WIDTHS, cells, columns_of, common, paged
from lantai.kernel.recordtypes import RecordType

TAGGED = 300
"""Rows up to which a list carries the structure that screen readers use."""
UNNUMBERED = "尚未编号，供核对"

AT_ONCE = 1_000
"""Rows or stamps of one part of a print: somebody waits for it."""

_SHEET = 2
"""Rows that are set in the time of one sheet of a box or a volume."""

_READ = 10
"""Items of a volume that are read in the time in which one row is set."""

BY_ITEM = ("item_list", "note", "spine", "label", "stamps")
BY_VOLUME = ("file_list", "inner_list", "cover", "note", "spine", "label", "stamps")
"""The forms of a class as it is arranged, in the order in which they are offered."""

Told = tuple[VolumeView, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Options:
    """``volume`` (uuid) prints only that one; backs have ``width`` mm on ``paper``; ``per_box`` items (0 = all) make a box.

    ``part`` is which of :func:`parts_of` is printed, from 1; 0 is all of it at once, however long that takes.
    """

    volume: str = ""
    width: int = 30
    paper: str = "a4"
    per_box: int = 0
    part: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts of a print: from the ``first`` to the ``last`` item, 案卷 or box of the class."""

    number: int
    first: int
    last: int


def made(actor: Actor, number: str, form: str, options: Options = Options()) -> bytes:
    """Return the PDF of a form of a class; lists of an open one say that it has no numbers yet.

    Raises ``NotFound("desk.class.missing")``, ``("desk.print.empty")``, ``Invalid("desk.print.form")``,
    ``("desk.print.size")``, ``Conflict("desk.stamp.unnumbered")`` for the stamps of an open class.
    """
    shown = queries_arrangement.filing_class(actor, number)
    part = _part(actor, shown, form, options)
    if form == "stamps" and shown.state == "open":
        raise Conflict("desk.stamp.unnumbered")
    if shown.arrangement == "volume":
        return _of_class_by_volume(actor, shown, form, options, part)
    step = 1 if form in {"item_list", "stamps"} else options.per_box or shown.size or 1
    first, last = (part.first - 1) * step + 1, part.last * step
    told = queries_arrangement.told_in_class(actor, number, first=first, last=last)
    if form == "item_list":
        return _list(shown, form, [_item_group(shown, told, first)], part)
    if form == "stamps":
        return _stamps(shown, told)
    found = _of_items(shown, _fonds_name(shown), told, step, part.first)
    return _sheets(shown, form, found, options)


def _of_class_by_volume(actor: Actor, shown: ClassLine, form: str, options: Options, part: Part) -> bytes:
    if form == "item_list":
        told_of = queries_arrangement.told_in_class(actor, shown.number, first=part.first, last=part.last)
        return _list(shown, form, [_item_group(shown, told_of, part.first)], part)
    told = queries_volumes.told_volumes(actor, shown.number, part.first, part.last)
    told = [one for one in told if options.volume in ("", one[0].line.uuid)]
    if not told:
        raise NotFound("desk.print.empty", number=shown.number)
    if form == "stamps":
        return _stamps(shown, [values for _, items in told for values in items])
    if form == "file_list":
        return _list(shown, form, [_file_group(shown, told, part.first)], part)
    if form == "inner_list":
        return _list(shown, form, [_inner_group(shown, one) for one in told], part)
    fonds = _fonds_name(shown)
    return _sheets(shown, form, [_of_volume(shown, fonds, one) for one in told], options)


def parts_of(actor: Actor, number: str, form: str, options: Options = Options()) -> list[Part]:
    """Return the parts in which a form is printed while somebody waits: each takes seconds; one when it is short.

    A volume is never cut. Raises ``NotFound("desk.class.missing")``, ``("desk.print.empty")``,
    ``Invalid("desk.print.form")``, ``("desk.print.size")``.
    """
    _check(form, options)
    shown = queries_arrangement.filing_class(actor, number)
    if shown.arrangement == "item" and form not in BY_ITEM:
        raise NotFound("desk.print.empty", number=number)
    if options.volume:
        known = [uuid for uuid, _title in queries_volumes.named(actor, number)]
        if options.volume not in known:
            raise NotFound("desk.print.empty", number=number)
        place = known.index(options.volume) + 1
        return [Part(1, place, place)]
    if shown.arrangement == "item" or form == "item_list":
        listed = form in {"item_list", "stamps"}
        count = shown.size if listed or not options.per_box else -(-shown.size // options.per_box)
        weights = [1 if listed else _SHEET] * (count if listed or options.per_box else min(1, count))
    else:
        sizes = queries_volumes.sizes(actor, number)
        weights = (
            sizes if form in {"inner_list", "stamps"} else [_SHEET * 2 + size // _READ for size in sizes]
        )
    return [Part(n, *span) for n, span in enumerate(spans_of(weights, AT_ONCE), 1)]


def _check(form: str, options: Options) -> None:
    if form not in {*BY_ITEM, *BY_VOLUME}:
        raise Invalid("desk.print.form", form=form[:20])
    if options.width not in WIDTHS or options.paper not in PAPERS or options.per_box < 0:
        raise Invalid("desk.print.size", widths=", ".join(map(str, WIDTHS)))


def _part(actor: Actor, shown: ClassLine, form: str, options: Options) -> Part:
    """Return what is printed: one part, or all as part 0."""
    found = parts_of(actor, shown.number, form, options)
    if not found:
        raise NotFound("desk.print.empty", number=shown.number)
    if not options.part:
        return Part(0, found[0].first, found[-1].last)
    if options.part > len(found):
        raise Invalid("desk.print.part", count=len(found))
    return found[options.part - 1]


def _sheets(shown: ClassLine, form: str, found: Sequence[Box], options: Options) -> bytes:
    if not found:
        raise NotFound("desk.print.empty", number=shown.number)
    head = {"archives": shown.unit_name}
    return render(form, sheets(form, found, head, width=options.width, paper=options.paper))


def _list(shown: ClassLine, form: str, groups: Sequence[dict[str, Any]], part: Part) -> bytes:
    """Return a list; what is longer than a volume of lists is continued under another head."""
    cut = [
        {**group, "rows": group["rows"][start : start + PART]}
        for group in groups
        for start in range(0, len(group["rows"]) or 1, PART)
    ]
    said = [f"第 {part.number} 分册"] if part.number else []
    said += [] if shown.state != "open" else [UNNUMBERED]
    data = {
        "title": TITLES[form],
        "landscape": form == "item_list",
        "archives": shown.unit_name,
        "part": "，".join(said),
        "groups": cut,
    }
    return render("list", data, tags=sum(len(group["rows"]) for group in groups) <= TAGGED)


def _group(
    kind: RecordType,
    form: str,
    facts: Sequence[tuple[str, str]],
    rows: Sequence[Mapping[str, str]],
    first: int = 1,
) -> dict[str, Any]:
    columns = columns_of(kind, form)
    return {
        "facts": [[name, text] for name, text in facts if text],
        "columns": [column.data() for column in columns],
        "rows": [cells({**values, "row_number": str(n)}, columns) for n, values in enumerate(rows, first)],
    }


def _item_group(shown: ClassLine, told: Sequence[Mapping[str, str]], first: int) -> dict[str, Any]:
    facts = [("全宗号", shown.fonds), ("立档单位", shown.unit_name), ("年度", str(shown.year))]
    facts += [("保管期限", shown.retention), ("机构（问题）", shown.function)]
    return _group(kind_of(shown.type), "item_list", facts, told, first)


def _file_group(shown: ClassLine, told: Sequence[Told], first: int) -> dict[str, Any]:
    values = [one.told for one, _ in told]
    facts = [
        ("全宗号", shown.fonds),
        ("全宗名称", _fonds_name(shown)),
        ("目录号", common(values, "catalogue")),
    ]
    facts += [("年度", str(shown.year)), ("保管期限", shown.retention)]
    return _group(kind_of(shown.type), "file_list", facts, values, first)


def _inner_group(shown: ClassLine, told: Told) -> dict[str, Any]:
    view, items = told
    facts = [("档号", view.line.ref), ("案卷题名", view.line.title), ("年度", str(shown.year))]
    facts.append(("保管期限", shown.retention))
    rows = [{key: text for key, text in one.items() if key != "page_number"} for one in items]
    counted = paged(rows)
    if counted is rows:  # one does not tell its pages: what is known stays
        counted = [
            {**one, "page_number": text.partition("-")[0]}
            for one, text in zip(rows, page_numbers(rows), strict=True)
        ]
    return _group(kind_of(shown.type), "inner_list", facts, counted)


def _fonds_name(shown: ClassLine) -> str:
    """Return the name of the class's fonds, whoever prints it: it is the unit's own."""
    return holdings.fonds_names([shown.fonds]).get(shown.fonds, "")


def _of_volume(shown: ClassLine, fonds: str, told: Told) -> Box:
    view, items = told
    return Box(
        file=view.line.ref,
        title=view.line.title,
        fonds=shown.fonds,
        fonds_name=fonds,
        shared={key: view.told.get(key, "") for key in SHARED},
        first=view.line.ref,
        last=view.line.ref,
        number=view.line.file_number,
        items=len(items),
        pages=pages_of(items),
        remarks=tuple(filter(None, (view.remarks,))),
        dates=view.line.date,
        arranged_by=view.arranged_by,
        arranged_on=view.arranged_on.isoformat() if view.arranged_on else "",
        checked_by=view.checked_by,
        unnumbered=not view.line.ref,
    )


def _of_items(
    shown: ClassLine, fonds: str, told: Sequence[Mapping[str, str]], per_box: int, first: int
) -> list[Box]:
    parts = [told[start : start + per_box] for start in range(0, len(told), per_box)]
    return [_box(shown, fonds, some, number) for number, some in enumerate(parts, first)]


def _box(shown: ClassLine, fonds: str, told: Sequence[Mapping[str, str]], number: int) -> Box:
    shared = {"year": str(shown.year), "retention": shown.retention, "function": shown.function}
    return Box(
        file="",
        title=fonds,
        fonds=shown.fonds,
        fonds_name=fonds,
        shared={**dict.fromkeys(SHARED, ""), **shared},
        first=told[0].get("ref", ""),
        last=told[-1].get("ref", ""),
        number=str(number),
        items=len(told),
        pages=pages_of(told),
        remarks=(),
        dates=span(one.get("date", "") for one in told),
    )


def _stamps(shown: ClassLine, told: Sequence[Mapping[str, str]]) -> bytes:
    stamped = [
        {"boxes": boxes_of(values), "ref": values.get("ref", ""), "title": values.get("title", "")}
        for values in told
    ]
    if not stamped:
        raise NotFound("desk.print.empty", number=shown.number)
    return render("stamps", {"archives": shown.unit_name, "stamps": stamped})
