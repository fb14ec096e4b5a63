"""Exports of any selection of records, in every form, streaming: memory does not grow with what is exported."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.home import home
from lantai.catalogue.exports import documents, dublin, tables
from lantai.catalogue.exports.finding_aids import WRITERS, write_ead
from lantai.catalogue.exports.sheaf import Sheaf, Tell, untold
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel.errors import Invalid

FORMS = {
    "xlsx": ".xlsx",
    "csv": ".csv",
    "xml": ".xml",
    "ead": ".xml",
    "ead2002": ".xml",
    "dc": ".xml",
}
"""The forms of an export, and how the names of their files end."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many records were written in how many files: more than one come as a zip archive."""

    count: int
    files: int


def write(
    actor: Actor,
    records: Iterable[RecordView],
    form: str,
    out: BinaryIO,
    *,
    language: str = "",
    folder: Path | None = None,
    tell: Tell = untold,
) -> Written:
    """Write ``records`` in ``form`` (one of :data:`FORMS`) to ``out``: EAD gives a finding aid for each fonds.

    Values that the actor may not see are left blank. ``language`` ("" = the reader's) is that of headings.
    ``folder`` is where parts wait, a new one in the inbox if None. ``tell`` is told a thousand records at a
    time, first as they are read and then as they are written; what it raises ends the work.
    Raises Invalid: ``catalogue.export.form``, ``catalogue.export.cell_long``.
    """
    check_form(form)
    spoken = language or reader_language()
    place = folder or home().inbox
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="export-", dir=place) as temporary:
        parts = Path(temporary)
        with Sheaf(parts / f"{os.getpid()}.sheaf", tell) as sheaf:
            sheaf.lay(actor, records)
            if form in WRITERS:
                return Written(sheaf.count, write_ead(actor, sheaf, form, holdings.types(), out))
            _write(sheaf, form, out, spoken, parts)
            return Written(sheaf.count, 1)


def check_form(form: str) -> None:
    """Raise ``Invalid("catalogue.export.form")`` unless ``form`` is one of :data:`FORMS`."""
    if form not in FORMS:
        raise Invalid("catalogue.export.form", form=form, forms=", ".join(FORMS))


def _write(sheaf: Sheaf, form: str, out: BinaryIO, language: str, folder: Path) -> None:
    types = holdings.types()
    if form == "csv":
        tables.write_csv(sheaf, types, out, language)
    elif form == "xlsx":
        tables.write_xlsx(sheaf, types, out, language, folder=folder)
    elif form == "dc":
        dublin.write_dc(sheaf, types, out)
    else:
        documents.write_xml(sheaf, types, out)
