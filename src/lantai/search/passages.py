"""Where the words of a query stand in a record: in which element, in which file and on which page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice

from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.search.engine.folding import canon
from lantai.search.engine.highlight import snippets
from lantai.search.engine.query import Node, wanted
from lantai.search.pagetexts import pages

OF_ELEMENTS = 2
OF_TEXT = 3
READ = 400_000
"""Characters of text that are looked through for one hit."""
FOLDED = 40_000
"""Characters of these that are folded, where the words do not stand as they were typed."""

_SHOWN_ANYWAY = frozenset({"title", "ref"})
_SEARCHED = frozenset({"text", "exact", "facet"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a record, as escaped HTML with the words marked.

    It stands in the element ``element`` (named ``label``), or on page ``page`` (from 1) of the file ``file``.
    """

    html: str
    element: str = ""
    label: str = ""
    file: str = ""
    page: int = 0

    @property
    def where(self) -> str:
        """Return where it stands, for people."""
        if self.element:
            return self.label
        name = self.file.rsplit("/", 1)[-1]
        return _("%(file)s 第 %(page)d 页") % {"file": name, "page": self.page}

    @property
    def plain(self) -> str:
        """Return the piece without marks."""
        return unescape(self.html.replace("<mark>", "").replace("</mark>", ""))

    def document(self) -> dict[str, str | int]:
        """Return it for machines."""
        told: dict[str, str | int] = {"html": self.html}
        if self.element:
            return told | {"element": self.element}
        return told | {"file": self.file, "page": self.page}


def passages(actor: Actor, record: RecordView, node: Node | None, *, has_text: bool) -> tuple[Passage, ...]:
    """Return the places that show why ``record`` was found, beyond its title; of what ``actor`` may read.

    Files are for people who signed in: the public is not told what stands in them, nor how they are called.
    """
    if node is None:
        return ()
    found = list(_in_elements(actor, record, wanted(node)))
    if has_text and actor.kind != "public":
        found += _in_text(record.object_id, wanted(node, "text"))
    return tuple(found)


def _in_elements(actor: Actor, record: RecordView, terms: Sequence[str]) -> Iterator[Passage]:
    """Yield passages from elements. Who sees a record only because it is open sees the public ones alone."""
    kind = holdings.types().get(record.type)
    terms = [term for term in terms if len(term) > 1]
    if kind is None or not terms:
        return
    inner = holdings.sees_by_office(actor, record.unit)
    told = [
        (element, value)
        for key, value in record.values.items()
        if (element := kind.by_key.get(key)) is not None
        and key not in _SHOWN_ANYWAY
        and element.search.kind in _SEARCHED
        and (inner or (element.public and not element.personal))
    ]
    if not _holds("".join(value for _element, value in told), terms):  # most are found by their titles alone
        return
    holding = ((element, value) for element, value in told if _holds(value, terms))
    for element, value in islice(holding, OF_ELEMENTS):
        (piece,) = snippets(value, terms, limit=1)
        yield Passage(piece.html(), element.key, element.label[reader_language()])


def _in_text(object_id: str, terms: Sequence[str]) -> Iterator[Passage]:
    """Yield passages from the text of files: read page by page, as far as it takes to find some."""
    terms = [term for term in terms if len(term) > 1]
    left, read, folded = OF_TEXT, 0, 0
    if not terms:
        return
    for path, number, content in pages(object_id):
        read += len(content)
        if read > READ:
            return
        if not any(term in content for term in terms):
            folded += len(content)
            if folded > FOLDED or not _holds(content, terms):
                continue
        for piece in snippets(content, terms, limit=left):
            left -= 1
            yield Passage(piece.html(), file=path, page=number)
        if not left:
            return


def _holds(text: str, terms: Sequence[str]) -> bool:
    folded = canon(text)
    return any(term in folded for term in terms)
