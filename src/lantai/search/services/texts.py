"""Text of preserved files, taken out once and kept beside the index."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from lantai.holdings.indexing import IndexRow
from lantai.holdings.queries import PartView
from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.formats import extract_text, identify
from lantai.search.models import ExtractedText
from lantai.vault.queries import file_path

logger = logging.getLogger(__name__)

LIMIT = 400_000
"""Characters kept of one file: a book, not a library."""

_TEXTUAL = ("text/", "application/pdf", "application/ofd", "application/vnd.ofd", "application/xml")


def texts_of(records: Iterable[IndexRow], parts: dict[int, list[PartView]]) -> dict[int, list[str]]:
    """Return the pages of text of each record by row id, taking out what was not taken out before."""
    wanted = [
        (record.id, record.object_id, part)
        for record in records
        if record.object_id
        for part in parts.get(record.id, [])
        if _has_text(part)
    ]
    objects = {object_id for _, object_id, _ in wanted}
    kept: dict[tuple[str, str], list[str]] = {}
    for start in range(0, len(objects), 500):
        some = list(objects)[start : start + 500]
        for row in ExtractedText.objects.filter(object_id__in=some):
            kept[row.object_id, row.path] = row.pages
    fresh: list[ExtractedText] = []
    found: dict[int, list[str]] = {}
    for record_id, object_id, part in wanted:
        pages = kept.get((object_id, part.path))
        if pages is None:
            pages = _take_out(object_id, part)
            if pages is None:
                continue
            fresh.append(ExtractedText(object_id=object_id, path=part.path, pages=pages))
        found.setdefault(record_id, []).extend(pages)
    ExtractedText.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    return found


def _has_text(part: PartView) -> bool:
    return part.puid == "local/ofd" or part.mime.startswith(_TEXTUAL) or "officedocument" in part.mime


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
        return extract_text(path, identify(path), LIMIT)  # empty pages stay: they keep the count
    except Corrupt as problem:
        logger.warning("no text from %s %s: %s", object_id, part.path, problem)
        return []
