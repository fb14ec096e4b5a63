"""Imports: bring a list, say what its columns are, read the plan, run it, take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lantai.base.errors import reader_language
from lantai.catalogue import queries as catalogue
from lantai.catalogue import services
from lantai.catalogue.queries import ImportView
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.received import Received
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told
from lantai.kernel.texts import text


@dataclass(frozen=True, slots=True)
class ColumnDoc:
    """A column of a list and what it becomes: an element key, "-" not taken over, "+" kept as it is."""

    name: str
    key: str
    by: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeDoc:
    """What there is to know of a list as a whole."""

    code: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportDoc:
    """An import: how it is read, what its plan says, how far it is."""

    number: str
    urn: str
    state: str
    state_since: datetime
    moving: bool
    name: str
    unit: str
    fonds: str
    type: str
    level: str
    kind: str
    encoding: str
    size: int
    columns: tuple[ColumnDoc, ...]
    rows: int
    new: int
    changed: int
    same: int
    refused: int
    rows_done: int
    notices: tuple[NoticeDoc, ...]
    problems: Mapping[str, int]
    problem: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """A page of imports, newest first."""

    items: tuple[ImportDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What the file in the body is."""

    name: str = told("What the file is called, such as 目录.xlsx.", most=255)
    unit: str = told("Code of the unit.", default="", most=40)
    fonds: str = told("全宗号, where the rows do not say it.", default="", most=60)
    type: str = told("门类, where the rows do not say it.", default="", most=20)
    level: Literal["", "file", "item"] = told("Level, where the rows do not say it.", default="")
    sheet: str = told("Sheet or table.", default="", most=200)
    arranging: bool = told("The records are still being arranged.", default=False)
    tolerant: bool = told("Take over what is badly written, and say so.", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What columns become."""

    mapping: Mapping[str, str] = told("Element key by heading.", most=500)
    type: str | None = told("门类.", default=None, most=20)
    level: Literal["", "file", "item"] | None = told("Level.", default=None)
    tolerant: bool | None = told("Take over what is badly written.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskProblems(Paged):
    """Problems of one code."""

    code: str = told("Code of the problem.", most=80)


@dataclass(frozen=True, slots=True)
class ProblemDoc:
    """One problem of one row; ``row`` counts the lines of the file from 1."""

    row: int
    column: str
    ref: str
    code: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """A page of problems."""

    items: tuple[ProblemDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class BatchDoc:
    """One batch of an import, in whole or not at all; ``entry`` is the uuid of its act."""

    uuid: str
    order: int
    kind: str
    rows: int
    state: str
    entry: str


@dataclass(frozen=True, slots=True)
class BatchList:
    """The batches of an import."""

    items: tuple[BatchDoc, ...]
    next: str


def _doc(one: ImportView) -> ImportDoc:
    return ImportDoc(
        number=one.number,
        urn=one.urn,
        state=one.state,
        state_since=one.state_since,
        moving=one.moving,
        name=one.name,
        unit=one.unit_code,
        fonds=one.fonds,
        type=one.type,
        level=one.level,
        kind=one.kind,
        encoding=one.encoding,
        size=one.size,
        columns=tuple(ColumnDoc(c.name, c.key, c.by, tuple(c.examples)) for c in one.columns),
        rows=one.rows,
        new=one.new,
        changed=one.changed,
        same=one.same,
        refused=one.refused,
        rows_done=one.rows_done,
        notices=tuple(
            NoticeDoc(said["code"], said["severity"], text(said["code"], reader_language(), **said["facts"]))
            for said in one.notices
        ),
        problems={str(found["code"]): int(found["count"]) for found in one.problems},
        problem=str(one.problem["code"]) if one.problem else "",
    )


def _answer(call: Call, number: str, status: int = 200) -> Answer:
    return Answer(_doc(catalogue.import_(call.actor, number)), status)


def _imports(call: Call) -> Answer:
    asked: Paged = call.query
    found = catalogue.imports(call.actor, after=asked.cursor, size=asked.limit)
    return Answer(ImportPage(tuple(map(_doc, found.items)), found.after))


def _bring(call: Call) -> Answer:
    asked: Brought = call.query
    file: Received = call.body
    number = services.receive(
        call.actor,
        file.path,
        name=asked.name,
        unit=asked.unit,
        fonds=asked.fonds,
        type=asked.type,
        level=asked.level,
        sheet=asked.sheet,
        arranging=asked.arranging,
        tolerant=asked.tolerant,
    )
    return _answer(call, number, 201)


def _import(call: Call) -> Answer:
    return _answer(call, call.path["number"])


def _seen(call: Call) -> str:
    """Return the number of an import that the caller may see; ``NotFound`` for any other."""
    return catalogue.import_(call.actor, call.path["number"]).number


def _map(call: Call) -> Answer:
    asked: Mapped = call.body
    number = _seen(call)
    services.set_mapping(
        call.actor, number, asked.mapping, type=asked.type, level=asked.level, tolerant=asked.tolerant
    )
    return _answer(call, number)


def _run(call: Call) -> Answer:
    services.order_run(call.actor, _seen(call))
    return _import(call)


def _undo(call: Call) -> Answer:
    services.undo(call.actor, _seen(call))
    return _import(call)


def _cancel(call: Call) -> Answer:
    services.cancel(call.actor, _seen(call))
    return _import(call)


def _resume(call: Call) -> Answer:
    services.resume(call.actor, _seen(call))
    return _import(call)


def _problems(call: Call) -> Answer:
    asked: AskProblems = call.query
    found = catalogue.problems(call.actor, _seen(call), asked.code, asked.cursor, asked.limit)
    language = reader_language()
    items = tuple(
        ProblemDoc(p.row, p.column, p.ref, p.finding.code, p.finding.severity.value, p.message(language))
        for p in found.items
    )
    return Answer(ProblemPage(items, found.after))


def _remarks(call: Call) -> Answer:
    number = _seen(call)
    lines = catalogue.remarks_csv(call.actor, number, reader_language())
    told = {"Content-Disposition": f'attachment; filename="import-{number}-remarks.csv"'}
    return Answer(stream=(line.encode() for line in lines), media="text/csv", headers=told)


def _batches(call: Call) -> Answer:
    found = catalogue.batches(call.actor, _seen(call))
    items = tuple(BatchDoc(str(b.uuid), b.order, b.kind, b.rows, b.state, b.entry) for b in found)
    return Answer(BatchList(items, ""))


_NUMBER = {"number": "Number of the import."}


def _order(verb: str, summary: str, run: Callable[[Call], Answer]) -> Endpoint:
    return Endpoint(
        "POST",
        f"imports/{{number}}/{verb}",
        f"import_{verb}",
        summary,
        run,
        ImportDoc,
        scope="catalogue",
        parts=_NUMBER,
    )


ENDPOINTS = (
    Endpoint(
        "GET", "imports", "imports", "目录导入 · imports", _imports, ImportPage, query=Paged, people=True
    ),
    Endpoint(
        "POST",
        "imports",
        "import_new",
        "送来一份目录 · bring a list",
        _bring,
        ImportDoc,
        query=Brought,
        body="file",
        scope="catalogue",
        status=201,
    ),
    Endpoint(
        "GET",
        "imports/{number}",
        "import",
        "一次导入 · one import",
        _import,
        ImportDoc,
        people=True,
        parts=_NUMBER,
    ),
    Endpoint(
        "PUT",
        "imports/{number}/mapping",
        "import_mapping",
        "栏目对应 · what columns become",
        _map,
        ImportDoc,
        body=Mapped,
        scope="catalogue",
        parts=_NUMBER,
    ),
    Endpoint(
        "GET",
        "imports/{number}/problems",
        "import_problems",
        "问题 · problems of one code",
        _problems,
        ProblemPage,
        query=AskProblems,
        people=True,
        parts=_NUMBER,
    ),
    Endpoint(
        "GET",
        "imports/{number}/remarks",
        "import_remarks",
        "带批注的原表 · the list as it came, with what became of each row (CSV)",
        _remarks,
        "text/csv",
        people=True,
        parts=_NUMBER,
    ),
    Endpoint(
        "GET",
        "imports/{number}/batches",
        "import_batches",
        "各批 · batches",
        _batches,
        BatchList,
        people=True,
        parts=_NUMBER,
    ),
    _order("run", "执行导入 · run the plan", _run),
    _order("undo", "撤销导入 · take it back", _undo),
    _order("cancel", "取消导入 · give it up", _cancel),
    _order("resume", "继续导入 · go on", _resume),
)
