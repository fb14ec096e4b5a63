"""Exports and prints: any selection of records as one file, ordered and fetched, or answered at once."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import quote

from lantai.base.home import home
from lantai.catalogue import queries as catalogue
from lantai.catalogue import services
from lantai.catalogue.queries import ExportView
from lantai.catalogue.services.export import Options, export
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.choosing import SelectionDoc, selection
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told

_MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml",
    ".zip": "application/zip",
    ".pdf": "application/pdf",
}
_ENDING = {"xlsx": ".xlsx", "csv": ".csv"}
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Which records in which form."""

    selection: SelectionDoc = told("The records.")
    form: Literal["xlsx", "csv", "xml", "ead", "ead2002", "dc"] = told("Form of the file.")
    language: Literal["", "zh", "en"] = told("Language of the headings.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """Which records on which official form; ``width`` (mm), ``paper`` and ``per_box`` are for spines and labels."""

    selection: SelectionDoc = told("The records.")
    form: Literal["item_list", "file_list", "inner_list", "card", "fonds_file", "note", "spine", "label"] = (
        told("The form.")
    )
    width: Literal["20", "30", "40", "50"] = told("Width of a spine in millimetres.", default="30")
    paper: Literal["a4", "a3"] = told("Paper of a spine.", default="a4")
    per_box: int = told("Records in a box that has no number; 0 = all.", default=0, least=0, bound=99_999)


@dataclass(frozen=True, slots=True)
class ExportDoc:
    """An ordered export or print: how far it is; with ``state`` "done" its file can be fetched until ``expires_at``."""

    number: str
    urn: str
    kind: str
    form: str
    state: str
    state_since: datetime
    ordered_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    done: int
    total: int
    problem: str
    name: str
    files: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportPage:
    """A page of one's own orders, newest first."""

    items: tuple[ExportDoc, ...]
    next: str


def _doc(one: ExportView) -> ExportDoc:
    return ExportDoc(
        number=one.number,
        urn=one.urn,
        kind=one.kind,
        form=one.form,
        state=one.state,
        state_since=one.state_since,
        ordered_at=one.ordered_at,
        finished_at=one.finished_at,
        expires_at=one.expires_at,
        done=one.done,
        total=one.total,
        problem=str(one.problem["code"]) if one.problem else "",
        name=one.name,
        files=one.files,
        size=one.size,
        sha256=one.sha256,
    )


def _ordered(call: Call, number: str) -> Answer:
    headers = {"Location": f"/api/v1/exports/{number}"}
    return Answer(_doc(catalogue.export_one(call.actor, number)), 201, headers)


def _order(call: Call) -> Answer:
    asked: Export = call.body
    chosen = selection(asked.selection)
    return _ordered(call, services.order_export(call.actor, chosen, asked.form, language=asked.language))


def _order_print(call: Call) -> Answer:
    asked: Print = call.body
    options = Options(int(asked.width), asked.paper, asked.per_box)
    return _ordered(call, services.order_print(call.actor, selection(asked.selection), asked.form, options))


def _orders(call: Call) -> Answer:
    asked: Paged = call.query
    found = catalogue.exports(call.actor, after=asked.cursor, size=asked.limit)
    return Answer(ExportPage(tuple(map(_doc, found.items)), found.after))


def _one(call: Call) -> Answer:
    return Answer(_doc(catalogue.export_one(call.actor, call.path["number"])))


def _cancel(call: Call) -> Answer:
    services.cancel_export(call.actor, call.path["number"])
    return _one(call)


def _discard(call: Call) -> Answer:
    services.discard_export(call.actor, call.path["number"])
    return Answer(status=204)


def _file(call: Call) -> Answer:
    found = catalogue.export_file(call.actor, call.path["number"])
    headers = _headers(found.name, found.size, found.count, found.sha256)
    return Answer(stream=_bytes(found.path, ExitStack()), media=_MEDIA[found.path.suffix], headers=headers)


def _headers(name: str, size: int, count: int, sha256: str) -> dict[str, str]:
    """Return what is said of a file: its name, how large it is, how many records it holds, its digest."""
    digest = base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Length": str(size),
        "X-Total-Count": str(count),
        "X-Content-SHA256": sha256,
        "Repr-Digest": f"sha-256=:{digest}:",
    }


def _export(call: Call) -> Answer:
    asked: Export = call.body
    home().inbox.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="api-export-", dir=home().inbox)))
        out = folder / f"catalogue{_ENDING.get(asked.form, '.xml')}"
        made = export(call.actor, selection(asked.selection), asked.form, out, language=asked.language)
        headers = _headers(made.path.name, made.path.stat().st_size, made.count, made.sha256)
        stream = _bytes(made.path, stack.pop_all())
    return Answer(stream=stream, media=_MEDIA[made.path.suffix], headers=headers)


def _bytes(path: Path, stack: ExitStack) -> Iterator[bytes]:
    """Yield the file; what ``stack`` holds is let go when it was read, or when nobody reads on."""
    with stack, open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


_NUMBER = {"number": "Number of the order."}
_STREAM = "application/octet-stream"
ENDPOINTS = (
    Endpoint(
        "GET",
        "exports",
        "exports",
        "我的导出 · own exports and prints",
        _orders,
        ExportPage,
        query=Paged,
        scope="export",
        people=True,
    ),
    Endpoint(
        "POST",
        "exports",
        "export_order",
        "订制导出 · order an export",
        _order,
        ExportDoc,
        body=Export,
        scope="export",
        status=201,
    ),
    Endpoint(
        "POST",
        "prints",
        "print_order",
        "订制打印 · order a print",
        _order_print,
        ExportDoc,
        body=Print,
        scope="export",
        status=201,
    ),
    Endpoint(
        "POST",
        "exports/direct",
        "export",
        "直接导出 · export records at once",
        _export,
        _STREAM,
        body=Export,
        scope="export",
        lasting=True,
    ),
    Endpoint(
        "GET",
        "exports/{number}",
        "export_one",
        "一份导出 · one order",
        _one,
        ExportDoc,
        scope="export",
        people=True,
        parts=_NUMBER,
    ),
    Endpoint(
        "DELETE",
        "exports/{number}",
        "export_discard",
        "删除导出 · let go of an order and its file",
        _discard,
        ExportDoc,
        scope="export",
        status=204,
        parts=_NUMBER,
    ),
    Endpoint(
        "GET",
        "exports/{number}/file",
        "export_file",
        "取文件 · the file of an order",
        _file,
        _STREAM,
        scope="export",
        people=True,
        parts=_NUMBER,
    ),
    Endpoint(
        "POST",
        "exports/{number}/cancel",
        "export_cancel",
        "取消导出 · give an order up",
        _cancel,
        ExportDoc,
        scope="export",
        parts=_NUMBER,
    ),
)
