"""Text of captured files, taken out once per digest and kept: what the desk's search and its reader show."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from lantai.desk import store
from lantai.desk.models import Component, FileText
from lantai.desk.searchable import kept_texts
from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.formats import extract_text, has_text, identify

logger = logging.getLogger(__name__)

MOST_OF_FILE = 400_000
"""Characters of one file that are kept and searched, as in the archives."""

_ROWS = 500


def texts_of(components: Iterable[Component]) -> dict[str, list[str]]:
    """Return the pages of text by SHA-512, taking out what was not taken out before; files without text are not there."""
    wanted = {one.sha512: one for one in components if has_text(one.puid, one.mime)}
    found = kept_texts(wanted)
    fresh = []
    for sha512, one in wanted.items():
        if sha512 in found:
            continue
        pages = _take_out(store.place(sha512), one.name)
        if pages is not None:
            found[sha512] = pages
            size = sum(map(len, pages))
            content, whole = FileText.joined(pages), size < MOST_OF_FILE
            fresh.append(FileText(sha512=sha512, content=content, characters=size, whole=whole))
    FileText.objects.bulk_create(fresh, batch_size=_ROWS, ignore_conflicts=True)
    return found


def _take_out(path: Path, name: str) -> list[str] | None:
    """Return the pages of a file, [] when it gives no text, None when it could not be asked: it will be again.

    Whatever one file does, it must not keep the others from being found; its description is found all the same.
    """
    try:
        return FileText.parted(FileText.joined(extract_text(path, identify(path), MOST_OF_FILE)))
    except Corrupt as problem:
        logger.warning("no text from %s: %s", name, problem)
        return []
    except (LantaiError, OSError) as problem:
        logger.warning("%s cannot be read now: %s", name, problem)
    except Exception:
        logger.exception("no text from %s", name)
    return None
