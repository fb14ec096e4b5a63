"""Exports: any selection of records as one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from lantai.base.home import home
from lantai.catalogue.services.export import export
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.choosing import SelectionDoc, selection
from lantai.exchange.shapes import told

_MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_ENDING = {"xlsx": ".xlsx", "csv": ".csv"}
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Which records in which form."""

    selection: SelectionDoc = told("The records.")
    form: Literal["xlsx", "csv", "xml", "ead", "ead2002", "dc"] = told("Form of the file.")
    language: Literal["", "zh", "en"] = told("Language of the headings.", default="")


def _export(call: Call) -> Answer:
    asked: Export = call.body
    home().inbox.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="api-export-", dir=home().inbox)))
        out = folder / f"catalogue{_ENDING.get(asked.form, '.xml')}"
        made = export(call.actor, selection(asked.selection), asked.form, out, language=asked.language)
        headers = {
            "Content-Disposition": f'attachment; filename="{made.path.name}"',
            "Content-Length": str(made.path.stat().st_size),
            "X-Total-Count": str(made.count),
            "X-Content-SHA256": made.sha256,
        }
        stream = _bytes(made.path, stack.pop_all())
    return Answer(stream=stream, media=_MEDIA[made.path.suffix], headers=headers)


def _bytes(path: Path, stack: ExitStack) -> Iterator[bytes]:
    """Yield the file; its folder goes when it was read, or when nobody reads on."""
    with stack, open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


ENDPOINTS = (
    Endpoint(
        "POST",
        "exports",
        "export",
        "导出 · export records",
        _export,
        "application/octet-stream",
        body=Export,
        scope="export",
        lasting=True,
    ),
)
