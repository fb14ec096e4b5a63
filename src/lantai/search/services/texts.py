"""Text of preserved files, taken out once and kept beside the index, page by page.

What is kept and searched: the first 400,000 characters of a file, the first 1,000,000 of a record. More is
told of by :func:`lantai.search.queries.unsearched`, and found in the file itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from lantai.holdings.indexing import IndexRow
from lantai.holdings.queries import PartView
from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.formats import extract_text, has_text, identify
from lantai.search.models import ExtractedText, TextPage
from lantai.search.pagetexts import MOST_OF_FILE, MOST_OF_RECORD, Key, pages_of
from lantai.vault.queries import file_path

logger = logging.getLogger(__name__)

_ROWS = 500


def texts_of(records: Iterable[IndexRow], parts: dict[int, list[PartView]]) -> dict[int, list[str]]:
    """Return the pages of text of each record by row id, taking out what was not taken out before."""
    wanted = [
        (record.id, record.object_id, part)
        for record in records
        if record.object_id
        for part in parts.get(record.id, [])
        if has_text(part.puid, part.mime)
    ]
    kept = pages_of({object_id for _, object_id, _ in wanted})
    fresh: dict[Key, list[str]] = {}
    found: dict[int, list[str]] = {}
    left: dict[int, int] = {}
    for record_id, object_id, part in wanted:
        pages = kept.get((object_id, part.path))
        if pages is None:
            pages = _take_out(object_id, part)
            if pages is None:
                continue
            fresh[object_id, part.path] = pages
        taken = _first(pages, left.get(record_id, MOST_OF_RECORD))
        left[record_id] = left.get(record_id, MOST_OF_RECORD) - sum(map(len, taken))
        found.setdefault(record_id, []).extend(taken)
    _keep(fresh)
    return found


def _first(pages: Sequence[str], most: int) -> list[str]:
    """Return the first ``most`` characters of ``pages``; pages behind them are left out."""
    taken: list[str] = []
    for page in pages:
        if most <= 0:
            break
        taken.append(page[:most])
        most -= len(page)
    return taken


def _keep(fresh: dict[Key, list[str]]) -> None:
    """Write down what was taken out; another process that did so meanwhile was as right."""
    ExtractedText.objects.bulk_create(
        [
            ExtractedText(object_id=key[0], path=key[1], characters=size, whole=size < MOST_OF_FILE)
            for key, pages in fresh.items()
            for size in [sum(map(len, pages))]
        ],
        batch_size=_ROWS,
        ignore_conflicts=True,
    )
    objects = list({object_id for object_id, _ in fresh})
    for start in range(0, len(objects), _ROWS):
        rows = ExtractedText.objects.filter(object_id__in=objects[start : start + _ROWS])
        TextPage.objects.bulk_create(
            [
                TextPage(text_id=pk, number=number, content=page)
                for pk, *key in rows.values_list("pk", "object_id", "path")
                for number, page in enumerate(fresh.get((key[0], key[1]), ()), 1)
                if page
            ],
            batch_size=_ROWS,
            ignore_conflicts=True,
        )


def _take_out(object_id: str, part: PartView) -> list[str] | None:
    """Return the pages of a file, [] when it gives no text, None when it could not be asked: it will be again.

    Whatever one file does, it must not keep the others from being found; its description is found all the same.
    """
    try:
        path = file_path(object_id, part.path)
        if path is None:
            return []
        return _pages(path, object_id, part)
    except (LantaiError, OSError) as problem:
        logger.warning("%s %s cannot be read now: %s", object_id, part.path, problem)
    except Exception:
        logger.exception("no text from %s %s", object_id, part.path)
    return None


def _pages(path: Path, object_id: str, part: PartView) -> list[str]:
    try:
        taken = extract_text(path, identify(path), MOST_OF_FILE)  # empty pages stay: they keep the count
    except Corrupt as problem:
        logger.warning("no text from %s %s: %s", object_id, part.path, problem)
        return []
    return [page.replace("\0", "") for page in taken]
