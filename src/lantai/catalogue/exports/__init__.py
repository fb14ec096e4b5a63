"""Exports of any selection of records, in every form, streaming: memory does not grow with what is exported."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.home import home
from lantai.catalogue.exports import documents, tables
from lantai.catalogue.exports.sheaf import Sheaf
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel.errors import Invalid

FORMS = {"xlsx": ".xlsx", "csv": ".csv", "xml": ".xml"}
"""The forms of an export, and how the names of their files end."""


def write(
    actor: Actor, records: Iterable[RecordView], form: str, out: BinaryIO, *, language: str = ""
) -> int:
    """Write ``records`` in ``form`` (one of :data:`FORMS`) to ``out`` and return how many they are.

    Values that the actor may not see are left blank. ``language`` ("" = the reader's) is that of headings.
    Raises Invalid: ``catalogue.export.form``, ``catalogue.export.cell_long``.
    """
    if form not in FORMS:
        raise Invalid("catalogue.export.form", form=form, forms=", ".join(FORMS))
    spoken = language or reader_language()
    home().inbox.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="export-", dir=home().inbox) as temporary:
        folder = Path(temporary)
        with Sheaf(folder / f"{os.getpid()}.sheaf") as sheaf:
            sheaf.lay(actor, records)
            _write(sheaf, form, out, spoken, folder)
            return sheaf.count


def _write(sheaf: Sheaf, form: str, out: BinaryIO, language: str, folder: Path) -> None:
    types = holdings.types()
    if form == "csv":
        tables.write_csv(sheaf, types, out, language)
    elif form == "xlsx":
        tables.write_xlsx(sheaf, types, out, language, folder=folder)
    else:
        documents.write_xml(sheaf, types, out)
