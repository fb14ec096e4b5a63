"""归档章: the six boxes of an item as data, and a copy of its first page that has them in its upper margin.

The boxes are those of DA/T 22-2015. A copy is made when it is asked for and kept nowhere; the bytes that were
captured are never changed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import xlsxwriter

from lantai.base.actors import Actor
from lantai.base.tables import cell
from lantai.desk import queries_arrangement, queries_volumes, store
from lantai.desk.filing import KeptFile
from lantai.desk.queries_arrangement import ItemView
from lantai.kernel.errors import Conflict, NotFound
from lantai.kernel.printing import render
from lantai.kernel.printing.overlay import PICTURES, overlaid

BOXES = (
    ("全宗号", "fonds"),
    ("年度", "year"),
    ("件号", "item_number"),
    ("机构（问题）", "function"),
    ("保管期限", "retention"),
    ("页数", "pages"),
)
"""The boxes in their order, two rows of three, and the elements they are filled with."""

HEAD = ("档号", "题名", *(name for name, _ in BOXES))


def boxes_of(values: Mapping[str, str]) -> list[list[str]]:
    """Return the six boxes of an item, name and content, from its values by element key."""
    return [[name, values.get(key, "")] for name, key in BOXES]


def rows(actor: Actor, number: str) -> list[list[str]]:
    """Return 档号, 题名 and the six boxes of every item of a numbered class, in the order of their numbers.

    Raises ``NotFound("desk.class.missing")``, ``Conflict("desk.stamp.unnumbered")`` while it is open.
    """
    shown = queries_arrangement.filing_class(actor, number)
    if shown.state == "open":
        raise Conflict("desk.stamp.unnumbered")
    if shown.arrangement == "volume":
        told = [one for _, items in queries_volumes.told_volumes(actor, number) for one in items]
    else:
        told = queries_arrangement.told_in_class(actor, number)
    return [[one.get("ref", ""), one.get("title", ""), *(text for _, text in boxes_of(one))] for one in told]


def workbook(told: Sequence[Sequence[str]]) -> bytes:
    """Return the rows as a workbook; every cell is text, so that zeros in front stay."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet("归档章")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for at, width in enumerate((30, 60, 10, 8, 10, 16, 10, 8)):
            sheet.set_column(at, at, width)
        for at, name in enumerate(HEAD):
            sheet.write_string(0, at, name, bold)
        for line, row in enumerate(told, 1):
            for at, text in enumerate(row):
                sheet.write_string(line, at, cell(text)[:32_767])
    return made.getvalue()


def stamped(actor: Actor, item: str) -> tuple[str, bytes]:
    """Return the 档号 of a numbered item, and its first PDF or picture as a PDF with the stamp on its first page.

    Raises ``NotFound("desk.item.missing")``, ``("desk.stamp.no_page")``, ``Conflict("desk.stamp.unnumbered")``, and
    what :func:`~lantai.kernel.printing.overlay.overlaid` raises of a file that cannot be opened.
    """
    shown = queries_arrangement.item(actor, item)
    if not shown.line.ref:
        raise Conflict("desk.stamp.unnumbered")
    file = _first_page(shown)
    if file is None:
        raise NotFound("desk.stamp.no_page")
    above = render("stamp_one", {"boxes": boxes_of(shown.told)}, pdf_standard="1.7", tags=False)
    return shown.line.ref, overlaid(store.place(file.sha512), file.mime, above)


def can_be_stamped(shown: ItemView) -> bool:
    """Return whether an item has a file whose first page a stamp can stand on."""
    return _first_page(shown) is not None


def _first_page(shown: ItemView) -> KeptFile | None:
    return next((one for one in shown.files if one.mime == "application/pdf" or one.mime in PICTURES), None)
