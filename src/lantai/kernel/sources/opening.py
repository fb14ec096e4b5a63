"""Which kind of source a file is, by its bytes, and how it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import RecordType
from lantai.kernel.sources import delimited, workbooks
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
        start = file.read(64)
    if not start:
        raise Invalid("sources.file.empty", name=path.name)
    if start.startswith(workbooks.ZIP) or start.startswith(workbooks.OLE):
        _refuse_disguise(path)
        return workbooks.read_workbook(path, sheet, limits, heading_known, scratch)
    return delimited.read_delimited(path, limits, heading_known)


def _refuse_disguise(path: Path) -> None:
    if path.suffix.lower() in _TEXT_NAMES:
        raise Invalid("sources.file.disguised", name=path.name)
