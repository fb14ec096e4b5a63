"""What is printed of a class, in the official layouts (DA/T 22-2015, GB/T 9705): the same as in the archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement, queries_volumes
from lantai.desk.arranging import kind_of
from lantai.desk.queries_arrangement import ClassLine
from lantai.desk.queries_volumes import VolumeView
from lantai.desk.stamps import boxes_of
from lantai.desk.volumes import span
from lantai.holdings import queries as holdings
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.printing import render
from lantai.kernel.printing.boxes import SHARED, Box, pages_of, sheets
from lantai.kernel.printing.forms import PAPERS, PART, TITLES, WIDTHS, cells, columns_of, common, paged
from lantai.kernel.recordtypes import RecordType

TAGGED = 300
"""Rows up to which a list carries the structure that screen readers use."""
UNNUMBERED = "尚未编号，供核对"

BY_ITEM = ("item_list", "note", "spine", "label", "stamps")
BY_VOLUME = ("file_list", "inner_list", "cover", "note", "spine", "label", "stamps")
"""The forms of a class as it is arranged, in the order in which they are offered."""

Told = tuple[VolumeView, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Options:
    """``volume`` (uuid) prints only that one; backs have ``width`` mm on ``paper``; ``per_box`` items (0 = all) make a box."""

    volume: str = ""
    width: int = 30
    paper: str = "a4"
    per_box: int = 0


def made(actor: Actor, number: str, form: str, options: Options = Options()) -> bytes:
    """Return the PDF of a form of a class; lists of an open one say that it has no numbers yet.

    Raises ``NotFound("desk.class.missing")``, ``("desk.print.empty")``, ``Invalid("desk.print.form")``,
    ``("desk.print.size")``, ``Conflict("desk.stamp.unnumbered")`` for the stamps of an open class.
    """
    shown = queries_arrangement.filing_class(actor, number)
    if form not in {*BY_ITEM, *BY_VOLUME}:
        raise Invalid("desk.print.form", form=form[:20])
    if options.width not in WIDTHS or options.paper not in PAPERS or options.per_box < 0:
        raise Invalid("desk.print.size", widths=", ".join(map(str, WIDTHS)))
    if form == "item_list":
        return _list(shown, form, [_item_group(shown, queries_arrangement.told_in_class(actor, number))])
    told = queries_volumes.told_volumes(actor, number) if shown.arrangement == "volume" else []
    told = [one for one in told if options.volume in ("", one[0].line.uuid)]
    if form == "stamps":
        return _stamps(actor, shown, told, options)
    if form == "file_list" and told:
        return _list(shown, form, [_file_group(shown, told)])
    if form == "inner_list" and told:
        return _list(shown, form, [_inner_group(shown, one) for one in told])
    fonds = _fonds_name(shown)
    found = [_of_volume(shown, fonds, one) for one in told]
    if shown.arrangement == "item" and form not in {"file_list", "inner_list", "cover"}:
        found = _of_items(shown, fonds, queries_arrangement.told_in_class(actor, number), options.per_box)
    if not found or form in {"file_list", "inner_list"}:
        raise NotFound("desk.print.empty", number=number)
    head = {"archives": shown.unit_name}
    return render(form, sheets(form, found, head, width=options.width, paper=options.paper))


def item_list(actor: Actor, number: str) -> bytes:
    """Return 归档文件目录 of a class; of an open one without numbers, which it says."""
    return made(actor, number, "item_list")


def _list(shown: ClassLine, form: str, groups: Sequence[dict[str, Any]]) -> bytes:
    """Return a list; what is longer than a volume of lists is continued under another head."""
    cut = [
        {**group, "rows": group["rows"][start : start + PART]}
        for group in groups
        for start in range(0, len(group["rows"]) or 1, PART)
    ]
    data = {
        "title": TITLES[form],
        "landscape": form == "item_list",
        "archives": shown.unit_name,
        "part": "" if shown.state != "open" else UNNUMBERED,
        "groups": cut,
    }
    return render("list", data, tags=sum(len(group["rows"]) for group in groups) <= TAGGED)


def _group(
    kind: RecordType, form: str, facts: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    columns = columns_of(kind, form)
    return {
        "facts": [[name, text] for name, text in facts if text],
        "columns": [column.data() for column in columns],
        "rows": [cells({**values, "row_number": str(n)}, columns) for n, values in enumerate(rows, 1)],
    }


def _item_group(shown: ClassLine, told: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    facts = [("全宗号", shown.fonds), ("立档单位", shown.unit_name), ("年度", str(shown.year))]
    facts += [("保管期限", shown.retention), ("机构（问题）", shown.function)]
    return _group(kind_of(shown.type), "item_list", facts, told)


def _file_group(shown: ClassLine, told: Sequence[Told]) -> dict[str, Any]:
    values = [one.told for one, _ in told]
    facts = [
        ("全宗号", shown.fonds),
        ("全宗名称", _fonds_name(shown)),
        ("目录号", common(values, "catalogue")),
    ]
    facts += [("年度", str(shown.year)), ("保管期限", shown.retention)]
    return _group(kind_of(shown.type), "file_list", facts, values)


def _inner_group(shown: ClassLine, told: Told) -> dict[str, Any]:
    view, items = told
    facts = [("档号", view.line.ref), ("案卷题名", view.line.title), ("年度", str(shown.year))]
    facts.append(("保管期限", shown.retention))
    rows = [{key: text for key, text in one.items() if key != "page_number"} for one in items]
    counted = paged(rows)
    if counted is rows:  # one does not tell its pages: what is known stays
        counted = [
            {**one, "page_number": text.partition("-")[0]}
            for one, text in zip(rows, view.line.paged, strict=True)
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


def _of_items(shown: ClassLine, fonds: str, told: Sequence[Mapping[str, str]], per_box: int) -> list[Box]:
    step = per_box or len(told) or 1
    parts = [told[start : start + step] for start in range(0, len(told), step)]
    return [_box(shown, fonds, some, number) for number, some in enumerate(parts, 1)]


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


def _stamps(actor: Actor, shown: ClassLine, told: Sequence[Told], options: Options) -> bytes:
    if shown.state == "open":
        raise Conflict("desk.stamp.unnumbered")
    stamped = [
        {"boxes": boxes_of(values), "ref": values.get("ref", ""), "title": values.get("title", "")}
        for values in stamped_of(actor, shown, told)
    ]
    if not stamped:
        raise NotFound("desk.print.empty", number=shown.number)
    return render("stamps", {"archives": shown.unit_name, "stamps": stamped})


def stamped_of(actor: Actor, shown: ClassLine, told: Sequence[Told]) -> list[dict[str, str]]:
    """Return the values of the items of a class in the order of their numbers; ``told`` are its volumes."""
    if shown.arrangement == "volume":
        return [values for _, items in told for values in items]
    return queries_arrangement.told_in_class(actor, shown.number)
