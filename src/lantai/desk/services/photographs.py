"""Photographs of a paper document: its pages straightened into one PDF, the 正本; the photographs stay beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lantai.base.actors import Actor
from lantai.desk.bringing import Came, identifier
from lantai.desk.checking import ALGORITHMS
from lantai.desk.darkroom import MOST, Taken, darkroom
from lantai.desk.errors import Refused
from lantai.desk.filing import Brought, Filing, Receipt
from lantai.desk.models import Part, Source
from lantai.desk.services.capture import capture
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.mail.names import safe
from lantai.kernel.photographs import Page, bind
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

_NAME = 120
_AT_ONCE = 2
_WEARY = re.compile(r"[\s]+")


def file_photographs(
    actor: Actor, unit: str, taken: Sequence[Taken], folder: Path, *, title: str, date: str, author: str
) -> Receipt:
    """File a document that was photographed page by page, and return its receipt.

    The 正本 is a PDF of the straightened pages in their order; each photograph is a component, too, byte for byte as it
    came, as 修改稿: what the 正本 was made from, and no enclosure (附件) of the document. The same photographs with the same
    orders make the same PDF and the same 电子文件号, so that sending again gets the same receipt. ``folder`` is the
    request's own. Raises ``Refused`` with every reason at once, those of single photographs with their place
    (``photographs[0]``); ``Invalid`` ``desk.upload.empty``, ``desk.photographs.many``.
    """
    require(actor, "capture.file", find_unit(unit).id)
    if not taken:
        raise Invalid("desk.upload.empty")
    if len(taken) > MOST:
        raise Invalid("desk.photographs.many", found=len(taken), limit=MOST)
    pages = _pages(taken, folder)
    document = folder / "pages.pdf"
    bind(pages, document)
    came = [Came("pages", document, digest_file(document, ALGORITHMS))]
    for n, one in enumerate(taken, 1):
        came.append(Came(_photograph(n, one.name), one.path, digest_file(one.path, ALGORITHMS)))
    values = {"title": title.strip(), "date": date.strip(), "author": author.strip()}
    filing = Filing(
        unit=unit,
        external_id=identifier(
            came
        ),  # the title is not part of it: the same pages under another one are told
        type="WS",
        values={key: text for key, text in values.items() if text},
        components=[
            Brought(Part.MAIN, _named(title), document, found=came[0].found),
            *(Brought(Part.DRAFT, one.name, one.path, found=one.found) for one in came[1:]),
        ],
        source=str(Source.TELEPHONE),
    )
    return capture(actor, filing, notes=_remarks(pages))


def _pages(taken: Sequence[Taken], folder: Path) -> list[Page]:
    """Make every page, two at a time; every photograph that gives none is a reason."""

    def made(numbered: tuple[int, Taken]) -> Page | Finding:
        n, one = numbered
        try:
            return darkroom().page(one.path, folder / f"page-{n}.jpg", one.order)
        except Invalid as refused:
            return Finding(refused.code, f"photographs[{n}]", facts=refused.facts)

    with ThreadPoolExecutor(_AT_ONCE) as hands:
        results = list(hands.map(made, enumerate(taken)))
    reasons = [one for one in results if isinstance(one, Finding)]
    if reasons:
        raise Refused("", reasons)
    return [one for one in results if isinstance(one, Page)]


def _remarks(pages: Sequence[Page]) -> list[Finding]:
    """Return what the tray tells of the pages: which were straightened, by whom, and which are as they were taken."""
    ways = {
        way: [n for n, page in enumerate(pages, 1) if page.way == way] for way in ("found", "given", "whole")
    }
    told = []
    for code, way, severity in (
        ("desk.photographs.found", "found", Severity.INFO),
        ("desk.photographs.given", "given", Severity.INFO),
        ("desk.photographs.whole", "whole", Severity.WARNING),
    ):
        if ways[way]:
            told.append(Finding(code, found="、".join(map(str, ways[way])), severity=severity))
    return told


def _named(title: str) -> str:
    words = _WEARY.sub(" ", title).strip().replace("/", "_").replace("\\", "_")
    return safe(f"{words[: _NAME // 2] or '照片'}.pdf", _NAME) or "照片.pdf"


def _photograph(number: int, name: str) -> str:
    """Return the name of a photograph as a component: its place in the document, then its own."""
    own = safe(name.replace("/", "_").replace("\\", "_"), _NAME) or "photo.jpg"
    return f"照片{number:02d}_{own}"
