"""Reads of imports. Each takes the actor: archivists see all, others those of units where they may."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.paging import Page, cursor, key
from lantai.catalogue.columns import Column
from lantai.catalogue.models import AUTOMATIC, Import, ImportBatch, State
from lantai.catalogue.queries_exports import ExportFile as ExportFile
from lantai.catalogue.queries_exports import ExportView as ExportView
from lantai.catalogue.queries_exports import export_file as export_file
from lantai.catalogue.queries_exports import export_one as export_one
from lantai.catalogue.queries_exports import export_states as export_states
from lantai.catalogue.queries_exports import exports as exports
from lantai.catalogue.queries_exports import exports_at_hand as exports_at_hand
from lantai.catalogue.remarks import Remarked, csv_lines, headings
from lantai.catalogue.suggest import Own as Own
from lantai.catalogue.suggest import hints_about as hints_about
from lantai.catalogue.suggest import own as own
from lantai.catalogue.suggest import patterns as patterns
from lantai.catalogue.suggest import suggest as suggest
from lantai.catalogue.suggest import terms as terms
from lantai.catalogue.workshop import CHANGED, NEW, REFUSED, SAME, workshop
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel.errors import NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources import open_source
from lantai.people.policies import units_of

OUTCOMES = {NEW: "新增", CHANGED: "变更", SAME: "相同", REFUSED: "拒绝"}
"""What the sheet with remarks says of each row."""


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch of an import: ``state`` planned, done or undone; ``entry`` the uuid of its act."""

    uuid: UUID
    order: int
    kind: str
    rows: int
    state: str
    entry: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import as pages and the command line see it."""

    uuid: UUID
    urn: str
    number: str
    unit_code: str
    unit_name: str
    fonds: str
    type: str
    level: str
    arranging: bool
    tolerant: bool
    state: str
    state_since: datetime
    received_at: datetime
    received_by: str
    ordered_by: str
    name: str
    sheet: str
    sheets: tuple[str, ...]
    kind: str
    encoding: str
    size: int
    sha512: str
    columns: tuple[Column, ...]
    mapping: Mapping[str, str]
    rows: int
    new: int
    changed: int
    same: int
    refused: int
    notices: tuple[Mapping[str, Any], ...]
    problems: tuple[Mapping[str, Any], ...]
    rows_done: int
    rows_read: int
    begun: bool
    problem: Mapping[str, Any] | None

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)

    @property
    def moving(self) -> bool:
        """Whether workers move it on by themselves."""
        return self.state in AUTOMATIC

    @property
    def to_enter(self) -> int:
        """How many rows the plan enters or changes."""
        return self.new + self.changed


def visible(actor: Actor) -> QuerySet[Import]:
    """Return the imports that ``actor`` may see."""
    units = units_of(actor, "catalogue.see")
    rows = Import.objects.select_related("unit")
    return rows if units is None else rows.filter(unit__in=units)


def view(row: Import) -> ImportView:
    """Return the frozen view of ``row``, with the sign of life of its running step."""
    read = workshop(row.uuid).told() if row.state == State.RECEIVED else {}
    return ImportView(
        uuid=row.uuid,
        urn=row.urn,
        number=row.number,
        unit_code=row.unit.code if row.unit else "",
        unit_name=row.unit.name if row.unit else "",
        fonds=row.fonds,
        type=row.type,
        level=row.level,
        arranging=row.arranging,
        tolerant=row.tolerant,
        state=row.state,
        state_since=row.state_since,
        received_at=row.received_at,
        received_by=row.received_by,
        ordered_by=row.ordered_by,
        name=row.name,
        sheet=row.sheet,
        sheets=tuple(row.sheets),
        kind=row.kind,
        encoding=row.encoding,
        size=row.size,
        sha512=row.sha512,
        columns=tuple(Column.from_json(one) for one in row.columns),
        mapping=row.mapping,
        rows=row.rows,
        new=row.new,
        changed=row.changed,
        same=row.same,
        refused=row.refused,
        notices=tuple(row.notices),
        problems=tuple(row.problems),
        rows_done=row.rows_done,
        rows_read=int(read.get("done", 0)),
        begun=row.batches.exclude(state=ImportBatch.PLANNED).exists(),
        problem=row.problem,
    )


def imports(actor: Actor, *, state: str = "", after: str = "", size: int = 50) -> Page[ImportView]:
    """Return a page of imports, newest first."""
    rows = visible(actor).order_by("-id")
    if state:
        rows = rows.filter(state=state)
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([view(row) for row in found[:size]], more)


def in_progress(actor: Actor) -> list[ImportView]:
    """Return the newest imports that are not at their end, at most twenty."""
    ended = (State.DONE, State.UNDONE, State.CANCELLED)
    return [view(row) for row in visible(actor).exclude(state__in=ended).order_by("-id")[:20]]


def row_of(actor: Actor, number: str) -> Import:
    """Return the row of an import that ``actor`` may see; ``NotFound`` otherwise."""
    row = visible(actor).filter(number=number).first()
    if row is None:
        raise NotFound("catalogue.import.missing", number=number)
    return row


def import_(actor: Actor, number: str) -> ImportView:
    """Return one import; ``NotFound`` when there is none or the actor may not see it."""
    return view(row_of(actor, number))


def batches(actor: Actor, number: str) -> list[BatchView]:
    """Return the batches of an import in their order."""
    rows = row_of(actor, number).batches.order_by("order")
    return [BatchView(b.uuid, b.order, b.kind, b.rows, b.state, b.entry) for b in rows]


def states() -> tuple[tuple[str, int], ...]:
    """Return state and rows done of every import: for the machinery, to see whether anything moved."""
    return tuple(Import.objects.order_by("id").values_list("state", "rows_done"))


def incoming() -> list[tuple[str, int]]:
    """Return name and size of the files that lie in the folder for large lists."""
    folder = home().imports / "incoming"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [(path.name, path.stat().st_size) for path in found if path.is_file() and _shown(path.name)]


def _shown(name: str) -> bool:
    return not name.startswith(".") and name.isprintable()


@dataclass(frozen=True, slots=True)
class ProblemView:
    """One problem of one row: ``column`` is the heading, ``finding`` tells what it is."""

    row: int
    column: str
    ref: str
    finding: Finding

    def message(self, language: str) -> str:
        return self.finding.message(language)


def _problem(told: Mapping[str, Any]) -> ProblemView:
    finding = Finding(
        told["code"], told["ref"], told["expected"], told["found"], Severity(told["severity"]), told["facts"]
    )
    return ProblemView(told["row"], told["column"], told["ref"], finding)


def problems(actor: Actor, number: str, code: str, after: str = "", size: int = 50) -> Page[ProblemView]:
    """Return a page of the problems of one code, in the order of the rows."""
    row = row_of(actor, number)
    if code not in {told["code"] for told in row.problems}:
        return Page([], "")
    offset = key(after, [int])[0] if after else 0
    lines, beyond = workshop(row.uuid).problem_lines(code, max(0, offset), size)
    return Page([_problem(told) for told in lines], cursor([beyond]) if beyond else "")


def first_rows(actor: Actor, number: str, size: int = 10) -> list[dict[str, Any]]:
    """Return the first records as the plan enters them: ref, level, parent, values."""
    row = row_of(actor, number)
    found: list[dict[str, Any]] = []
    for batch in row.batches.filter(kind=ImportBatch.RECORDS).order_by("order")[:2]:
        for line in workshop(row.uuid).lines(batch.file):
            if len(found) == size:
                break
            found.append(line)
    return found


@dataclass(frozen=True, slots=True)
class Planned:
    """A record that a plan changes: what each field says now and would say, by element key."""

    record: RecordView
    changes: Mapping[str, tuple[str, str]]


def first_changes(actor: Actor, number: str, size: int = 10) -> list[Planned]:
    """Return the first records that the plan changes, as far as the actor sees them, with both values."""
    row = row_of(actor, number)
    lines: list[dict[str, Any]] = []
    for batch in row.batches.filter(kind=ImportBatch.CHANGES).order_by("order")[:1]:
        lines = list(itertools.islice(workshop(row.uuid).lines(batch.file), size))
    seen = holdings.records_by_urn(actor, [line["urn"] for line in lines])
    return [
        Planned(
            record,
            {key: (record.values.get(key, ""), after) for key, after in sorted(line["changes"].items())},
        )
        for line in lines
        if (record := seen.get(line["urn"]))
    ]


def remarked(actor: Actor, number: str, language: str) -> tuple[tuple[str, ...], Iterator[Remarked]]:
    """Return the headings of the source and its rows with remarks, streamed."""
    row = row_of(actor, number)
    shop = workshop(row.uuid)
    source = open_source(shop.source(), sheet=row.sheet, table=row.sheet)

    def rows() -> Iterator[Remarked]:
        told = _by_row(row)
        pending = next(told, None)
        with open(shop.outcomes, "rb") as outcomes:
            for at, one in enumerate(source.rows()):
                remarks = []
                while pending is not None and pending[0] <= at:
                    if pending[0] == at:
                        problem = _problem(pending[1])
                        text = problem.message(language)
                        remarks.append(f"{problem.column}：{text}" if problem.column else text)
                    pending = next(told, None)
                outcome = OUTCOMES.get(outcomes.read(1), "")
                yield Remarked(one.number, one.cells, outcome, "\n".join(remarks))

    return source.headings, rows()


def remarks_csv(actor: Actor, number: str, language: str) -> Iterator[str]:
    """Return the lines of the list with remarks as CSV; ``NotFound`` before there is a plan."""
    if not has_remarks(import_(actor, number)):
        raise NotFound("base.page.missing")
    head, rows = remarked(actor, number, language)
    return csv_lines(headings(head, [_("行号"), _("结果"), _("问题")]), rows)


def has_remarks(shown: ImportView) -> bool:
    """Return whether an import has a plan that tells what becomes of each row."""
    return bool(shown.rows) and shown.state not in {State.RECEIVED, State.UNMAPPED, State.CANCELLED}


def _by_row(row: Import) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the problems of an import in the order of its rows."""
    files = sorted(workshop(row.uuid).problems.glob("*.jsonl"))

    def lines(path: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        with open(path, "rb") as stream:
            for line in stream:
                told = orjson.loads(line)
                yield told["at"], told

    return heapq.merge(*map(lines, files), key=lambda pair: pair[0])
