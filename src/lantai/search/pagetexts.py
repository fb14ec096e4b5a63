"""Reads of the kept text of files, by page: no more of it than is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lantai.search.models import ExtractedText, TextPage

MOST_OF_FILE = 400_000
"""Characters of one file that are kept and searched: a book, not a library."""
MOST_OF_RECORD = 1_000_000
"""Characters of one record, over all its files, that are searched."""

_ROWS = 500

Key = tuple[str, str]
"""Object and path of a file."""


def pages_of(objects: Collection[str]) -> dict[Key, list[str]]:
    """Return the pages of all files of ``objects`` from which text was taken out; [] where there was none."""
    found: dict[Key, list[str]] = {}
    wanted = list(objects)
    for start in range(0, len(wanted), _ROWS):
        texts = ExtractedText.objects.filter(object_id__in=wanted[start : start + _ROWS])
        keys = {pk: (object_id, path) for pk, object_id, path in texts.values_list("pk", "object_id", "path")}
        found |= {key: [] for key in keys.values()}
        rows = TextPage.objects.filter(text__in=texts).order_by("text", "number")
        for text, number, content in rows.values_list("text", "number", "content"):
            pages = found[keys[text]]
            pages.extend([""] * (number - 1 - len(pages)))
            pages.append(content)
    return found


def pages(object_id: str) -> Iterator[tuple[str, int, str]]:
    """Yield path, page number and text of the pages of one object, in order, as few as are asked for."""
    rows = TextPage.objects.filter(text__object_id=object_id).order_by("text__path", "number")
    yield from rows.values_list("text__path", "number", "content").iterator(chunk_size=10)


def with_text(objects: Collection[str]) -> set[str]:
    """Return which of ``objects`` have any text."""
    if not objects:
        return set()
    rows = ExtractedText.objects.filter(object_id__in=list(objects), characters__gt=0)
    return set(rows.values_list("object_id", flat=True))
