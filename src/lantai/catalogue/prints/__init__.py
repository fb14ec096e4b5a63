"""Official lists and forms on paper, as data of the templates in :mod:`lantai.kernel.printing`, part by part.

They are Chinese whatever the reader's language: the forms are those of DA/T 22-2015 and of the rules on 全宗卷.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from lantai.base.actors import Actor
from lantai.catalogue.exports.sheaf import Tell, untold
from lantai.catalogue.prints import boxes, lists
from lantai.catalogue.prints.cards import cards
from lantai.catalogue.prints.fonds import fonds_file
from lantai.catalogue.prints.lists import PART
from lantai.catalogue.prints.model import PAPERS, TITLES, WIDTHS, Made, Options, Part
from lantai.catalogue.selection import Selection
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.printing import render
from lantai.ledger import queries as ledger

__all__ = ["PAPERS", "PART", "TITLES", "WIDTHS", "Made", "Options", "compose", "write"]

TAGGED = 300
"""Rows up to which a list carries the structure that screen readers use."""

DEFAULT = Options()


def write(
    actor: Actor,
    selection: Selection,
    form: str,
    out: BinaryIO,
    options: Options = DEFAULT,
    tell: Tell = untold,
) -> Made:
    """Write ``form`` (a key of :data:`TITLES`) of what the actor sees of ``selection`` to ``out``.

    It is a PDF; of more than :data:`PART` rows a zip archive of several, each with pages counted for itself.
    Raises ``Invalid("catalogue.print.form")`` and ``("catalogue.print.size")``, for a 全宗卷 without a fonds
    ``("catalogue.print.fonds")``; ``NotFound("catalogue.print.empty")`` when there is nothing to print.
    ``tell`` is told what each document held before the next is set; what it raises ends the work.
    """
    parts = compose(actor, selection, form, options)
    first, second = next(parts, None), next(parts, None)
    if first is None:
        raise NotFound("catalogue.print.empty", title=TITLES[form])
    if second is None:
        out.write(_rendered(first, ""))
        return Made(first.count, 1)
    counts = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, part in enumerate(chain([first, second], parts), 1):
            archive.writestr(f"{TITLES[form]}-{number:03d}.pdf", _rendered(part, f"第 {number} 分册"))
            counts.append(part.count)
            tell(part.count)
    return Made(sum(counts), len(counts))


def compose(actor: Actor, selection: Selection, form: str, options: Options = DEFAULT) -> Iterator[Part]:
    """Return the documents of a form, read as they are needed; errors as :func:`write`."""
    check_form(form, options)
    common = {"archives": ledger.site_name()}
    if form == "fonds_file":
        return fonds_file(actor, selection, common)
    if form == "card":
        return cards(actor, selection, common)
    if form in {"note", "spine", "label"}:
        return boxes.sheets(actor, selection, form, options, common)
    return lists.documents(actor, selection, form, common)


def check_form(form: str, options: Options) -> None:
    """Raise ``Invalid`` unless there is such a form and it can be made as ``options`` say."""
    if form not in TITLES:
        raise Invalid("catalogue.print.form", form=form, forms=", ".join(TITLES))
    if options.width not in WIDTHS or options.paper not in PAPERS or options.per_box < 0:
        raise Invalid("catalogue.print.size", widths=", ".join(map(str, WIDTHS)))


def _rendered(part: Part, label: str) -> bytes:
    return render(part.template, {**part.data, "part": label}, tags=part.count <= TAGGED)
