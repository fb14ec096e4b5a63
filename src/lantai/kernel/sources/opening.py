"""Which kind of source a file is, by its bytes, and how it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.sources import databases, dbf, delimited, markup, objects, sampling, workbooks
from lantai.kernel.sources.headings import Known
from lantai.kernel.sources.model import Source, SourceLimits

_TEXT_NAMES = frozenset({".csv", ".tsv", ".tab", ".txt", ".xml", ".json"})


_DEFAULT = SourceLimits()


def open_source(
    path: Path,
    *,
    sheet: str = "",
    table: str = "",
    limits: SourceLimits = _DEFAULT,
    heading_known: Known | None = None,
    types: Mapping[str, RecordType] | None = None,
    scratch: Path | None = None,
) -> Source:
    """Return the catalogue in ``path``, whatever it is kept in; the kind is judged by the bytes.

    ``sheet`` chooses a sheet of a workbook and ``table`` one of a database (default: the first visible, the
    largest). ``heading_known`` says of a cell whether it is a heading of the record type that is wanted: with
    it the heading row is found more surely. ``types`` name the elements of DA/T 93 XML (default: the built-in
    ones). ``scratch`` is where the rows of workbooks and databases lie meanwhile.

    Raises Invalid: ``sources.file.kind`` (no catalogue at all), ``.empty``, ``.too_large``, ``.disguised`` (a
    binary file under the name of a text), ``.broken``, and what the readers raise (``spreadsheets.*``,
    ``xml.document.*``, ``sources.*``).
    """
    with open(path, "rb") as file:
        start = file.read(1 << 10)
    if not start:
        raise Invalid("sources.file.empty", name=path.name)
    if start.startswith(workbooks.ZIP) or start.startswith(workbooks.OLE):
        _refuse_disguise(path)
        return workbooks.read_workbook(path, sheet, limits, heading_known, scratch)
    if start.startswith(databases.SQLITE):
        _refuse_disguise(path)
        return databases.read_sqlite(path, table, limits, scratch)
    if dbf.is_dbf(start):
        _refuse_disguise(path)
        return dbf.read_dbf(path, limits)
    text = sampling.visible_start(start)
    if text.startswith(b"<"):
        return markup.read_markup(path, limits, types)
    if text.startswith((b"{", b"[{", b"[]")) or (text.startswith(b"[") and path.suffix.lower() == ".json"):
        return objects.read_json(path, limits)
    return delimited.read_delimited(path, limits, heading_known)


def _refuse_disguise(path: Path) -> None:
    if path.suffix.lower() in _TEXT_NAMES:
        raise Invalid("sources.file.disguised", name=path.name)
