"""Numbering anew, only while a catalogue is still being arranged: an accepted 档号 is never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from lantai.base.actors import Actor
from lantai.holdings.access import visible_to
from lantai.holdings.models import Fonds, Record, Series
from lantai.holdings.services.arrange import subject
from lantai.holdings.services.columns import own_rules, sort_key
from lantai.holdings.services.edits import KEY, LISTED, REF, Edit, Writer, chunks, fetch
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.refcodes import RefCode, Rules, compose, parse
from lantai.kernel.tlog import HashTree, leaf_hash
from lantai.ledger.acts import act, record, unchanged
from lantai.people.policies import require

_LIGHT = ("urn", "version", "ref", "title", "level", "parent_id", "accepted")
_PART = {Record.FILE: "file", Record.ITEM: "item"}
_NUMBERS = {"file": ("file_number",), "item": ("item_number",)}


@dataclass(frozen=True, slots=True)
class Renumbered:
    """One record of a plan; ``conflict`` is the code of what is in the way, "" when nothing is."""

    urn: str
    version: int
    old: str
    new: str
    title: str
    conflict: str = ""

    def line(self) -> bytes:
        """Return the canonical form that the plan's digest is taken of."""
        return canonical.dumps([self.urn, self.version, self.old, self.new, self.conflict])


@dataclass(frozen=True, slots=True)
class RenumberPlan:
    """What numbering anew would do, in the order of the list; ``digest`` fixes it."""

    rows: tuple[Renumbered, ...]
    digest: str

    @property
    def conflicts(self) -> int:
        return sum(1 for row in self.rows if row.conflict)

    @property
    def changed(self) -> int:
        return sum(1 for row in self.rows if row.old != row.new)


def plan_renumber(
    actor: Actor, *, fonds: str = "", series: str = "", parent: str = "", start: int = 1, width: int = 0
) -> RenumberPlan:
    """Return the new codes of what lies in the file ``parent`` (档号), or at the top of a fonds' ``series``.

    Files and items are numbered each on their own from ``start``, in the order of the list; ``width`` digits
    at least, 0 = as wide as now. Items of a renumbered file follow its number, and items that came into ``parent``
    from another file of its class (by moving, splitting, merging) take its number. Conflicts:
    ``holdings.renumber.accepted``, ``.unreadable`` (a code of no rule), ``.unfit`` (no such number in the
    rule), ``.taken`` (another record has the new code).
    """
    require(actor, "holdings.arrange")
    return _plan(_rows(actor, fonds, series, parent), parent, start, width)


@act("holdings.records.renumber")
def renumber(
    actor: Actor,
    *,
    fonds: str = "",
    series: str = "",
    parent: str = "",
    start: int = 1,
    width: int = 0,
    digest: str,
) -> str:
    """Run the plan with ``digest``; return the entry's uuid ("" when every code stays).

    ``Conflict("holdings.renumber.outdated")`` when the list is no longer the planned one,
    ``Conflict("holdings.renumber.stopped")`` with the first row that has a conflict.
    """
    require(actor, "holdings.arrange")
    rows = _rows(actor, fonds, series, parent, lock=True)
    plan = _plan(rows, parent, start, width)
    if plan.digest != digest:
        raise Conflict("holdings.renumber.outdated")
    for planned in plan.rows:
        if planned.conflict:
            raise Conflict("holdings.renumber.stopped", ref=planned.old, new=planned.new)
    wanted = {planned.urn: planned for planned in plan.rows if planned.new != planned.old}
    if not wanted:
        unchanged()
        return ""
    first = fetch(actor, [rows[0].urn])[rows[0].urn]
    asked = {"fonds": first.fonds.number, "series": series, "parent": parent, "start": start, "width": width}
    entry = record(
        subject([first]) if len(rows) == 1 else f"urn:lantai:fonds:{first.fonds.number}",
        {**asked, **_told(list(wanted.values()), plan.digest)},
    )
    writer, rules = Writer(), own_rules()
    writer.free([row.pk for row in rows if row.urn in wanted])
    for some in chunks(list(wanted)):
        found = fetch(actor, some)
        writer.save([_edit(found[urn], wanted[urn], rules) for urn in some], entry)
    return str(entry.uuid)


def _told(changed: Sequence[Renumbered], digest: str) -> dict[str, Any]:
    told: dict[str, Any] = {"count": len(changed), "list_root": digest}
    records = [[row.urn, row.version, row.old, row.new] for row in changed]
    return {**told, "records": records} if len(canonical.dumps(records)) <= LISTED else told


def _rows(actor: Actor, fonds: str, series: str, parent: str, *, lock: bool = False) -> list[Record]:
    """Return the rows of the list in its order, each file followed by what lies in it; without their values."""
    every = visible_to(actor).order_by("sort_key", "id").only(*_LIGHT)
    every = every.select_for_update() if lock else every
    if parent:
        above = visible_to(actor).filter(ref=parent).exclude(level=Record.ITEM).first()
        if above is None:
            raise NotFound("holdings.record.missing", what=parent)
        return _with_contents(every, list(every.filter(parent=above)))
    owner = Fonds.objects.filter(number=fonds).first()
    found = Series.objects.filter(fonds=owner, code=series).first() if owner else None
    if found is None:
        raise NotFound("holdings.series.missing", fonds=fonds, series=series)
    return _with_contents(every, list(every.filter(series=found, parent=None)))


def _with_contents(every: QuerySet[Record], top: Sequence[Record]) -> list[Record]:
    """Return ``top``, each row followed by all that lies in it, however deep."""
    inside: dict[int, list[Record]] = {}
    level = [row.pk for row in top if row.level != Record.ITEM]
    while level:
        found: list[Record] = []
        for start in range(0, len(level), 500):
            found += every.filter(parent__in=level[start : start + 500])
        for row in found:
            if row.parent_id is not None:
                inside.setdefault(row.parent_id, []).append(row)
        level = [row.pk for row in found if row.level != Record.ITEM]
    ordered, waiting = [], list(reversed(top))
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        waiting += reversed(inside.get(row.pk, ()))
    return ordered


def _plan(rows: Sequence[Record], parent: str, start: int, width: int) -> RenumberPlan:
    if not 1 <= start <= 999_999 or not 0 <= width <= 6:
        raise Invalid("holdings.renumber.start", start=start, width=width)
    planned = _unclashing(list(_numbered(rows, parent, start, width)))
    digest = HashTree([leaf_hash(row.line()) for row in planned]).root().hex()
    return RenumberPlan(tuple(planned), digest)


def _numbered(rows: Sequence[Record], parent: str, start: int, width: int) -> Iterator[Renumbered]:
    tops = {row.pk for row in rows}
    renamed: dict[int, tuple[str, str]] = {}
    counts = {Record.FILE: start, Record.ITEM: start}
    rules = own_rules()
    above = _parsed(parent, Record.FILE, rules)
    for row in rows:
        if row.parent_id in tops and row.parent_id is not None:
            new, conflict = _following(row, *renamed[row.parent_id], rules)
        else:
            new, conflict = _counted(row, above, counts.get(row.level, start), width, rules)
            counts[row.level] = counts.get(row.level, start) + 1
        if row.accepted and (new != row.ref or conflict):
            new, conflict = row.ref, "holdings.renumber.accepted"
        renamed[row.pk] = (row.ref, new)
        yield Renumbered(row.urn, row.version, row.ref, new, row.title, conflict)


def _counted(row: Record, above: RefCode | None, number: int, width: int, rules: Rules) -> tuple[str, str]:
    """Return the code of a row by its ``number``, and by the file ``above`` in which it lies."""
    code = _parsed(row.ref, row.level, rules)
    if code is None:
        return row.ref, "holdings.renumber.unreadable"
    part = _PART.get(row.level, "")
    before = code.parts().get(part, "")
    if not isinstance(before, str) or not before:
        return row.ref, "holdings.renumber.unfit"
    parts = {part: str(number).zfill(width or len(before))}
    if above is not None and code.file_ref and _class(code) == _class(above):
        parts["file"] = above.file
    return _composed(row, code, rules, **parts)


def _class(code: RefCode) -> dict[str, Any]:
    """Return the parts of a code without its numbers."""
    return {name: part for name, part in code.parts().items() if name not in {"file", "item"}}


def _following(row: Record, old: str, new: str, rules: Rules) -> tuple[str, str]:
    """Return the code of an item whose file is called ``new`` now."""
    if old == new:
        return row.ref, ""
    code = _parsed(row.ref, row.level, rules)
    if code is None or code.file_ref != old:
        return row.ref, "" if code is not None else "holdings.renumber.unreadable"
    return _composed(row, code, rules, file=parse(new, rules, level=Record.FILE).file)


def _parsed(ref: str, level: str, rules: Rules) -> RefCode | None:
    try:
        return parse(ref, rules, level=level)
    except Invalid:
        return None  # an old or foreign code: told as a conflict of its row


def _composed(row: Record, code: RefCode, rules: Rules, **parts: str) -> tuple[str, str]:
    try:
        return compose(code.rule, rules, **{**code.parts(), **parts}), ""
    except Invalid:
        return row.ref, "holdings.renumber.unfit"


def _unclashing(planned: list[Renumbered]) -> list[Renumbered]:
    """Return the plan with those rows marked whose new code another record has or gets."""
    own = {row.urn for row in planned}
    news = [row.new for row in planned if row.new != row.old]
    taken: set[str] = set()
    for at in range(0, len(news), 500):
        found = Record.objects.filter(ref__in=news[at : at + 500]).values_list("ref", "urn")
        taken.update(ref for ref, urn in found if urn not in own)
    taken.update(row.old for row in planned if row.new == row.old)
    seen: set[str] = set()
    marked = []
    for row in planned:
        clash = row.new != row.old and (row.new in taken or row.new in seen)
        seen.add(row.new)
        marked.append(replace(row, conflict="holdings.renumber.taken") if clash else row)
    return marked


def _edit(row: Record, planned: Renumbered, rules: Rules) -> Edit:
    """Return the edit of a row whose code is free already."""
    edit, new = Edit.of(row), planned.new
    edit.put(REF, planned.old, new, ref=new)
    edit.put(KEY, row.sort_key, sort_key(new), sort_key=sort_key(new))
    before, after = (parse(code, rules, level=row.level) for code in edit.changes[REF])
    values = {"ref": (row.values.get("ref", ""), new)} if "ref" in row.values else {}
    for part, keys in _NUMBERS.items():
        for key in keys:
            known = row.values.get(key, "")
            number = getattr(after, part)
            if known and number and known.isdecimal() and int(known) == int(getattr(before, part) or 0):
                values[key] = (known, number if len(known) > 1 and known[0] == "0" else str(int(number)))
    edit.revise({key: both for key, both in values.items() if both[0] != both[1]})
    return edit
