"""Which format a file has: PRONOM signatures by siegfried, and own rules where these are known better."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import pygfried

from lantai.kernel.errors import NotFound
from lantai.kernel.formats import rules
from lantai.kernel.formats.model import UNKNOWN_MIME, Format

BATCH = 256


def identify(path: Path) -> Format:
    """Return the format of a regular file; ``NotFound("formats.file.missing")`` when it cannot be opened."""
    return next(identify_many([path]))


def identify_many(paths: Iterable[Path], threads: int | None = None) -> Iterator[Format]:
    """Yield the format of each path in order, a few hundred files at a time on ``threads`` threads."""
    workers = threads or os.cpu_count() or 1
    remaining = iter(paths)
    while batch := list(islice(remaining, BATCH)):
        for path in batch:
            _require_file(path)
        yield from _batch(batch, workers)


def _require_file(path: Path) -> None:
    """Refuse folders, pipes and devices before a native library waits on them."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as problem:
        raise NotFound("formats.file.missing", path=str(path), reason=str(problem.strerror)) from problem
    if not regular:
        raise NotFound("formats.file.missing", path=str(path), reason="not a regular file")


def _batch(paths: list[Path], workers: int) -> Iterator[Format]:
    found = {position: form for position, path in enumerate(paths) if (form := rules.page(path))}
    shown = {n: name for n, path in enumerate(paths) if n not in found and (name := _utf8(path))}
    said = pygfried.identify_many(list(shown.values()), workers=workers)["files"] if shown else []
    for position, told in zip(shown, said, strict=True):
        found[position] = rules.refine(paths[position], _format(paths[position], told))
    for position, path in enumerate(paths):
        yield found.get(position) or rules.refine(path, Format("", warning="name is not UTF-8"))


def _utf8(path: Path) -> str:
    """Return the name for a library that takes UTF-8 only, or "" for one in other bytes."""
    try:
        return str(path).encode().decode()
    except UnicodeEncodeError:
        return ""


def _format(path: Path, told: Mapping[str, Any]) -> Format:
    extension = PurePosixPath(path.name).suffix[1:].lower()
    best = told["matches"][0] if told["matches"] else {"id": "UNKNOWN"}
    if best["id"] == "UNKNOWN" or "empty source" in told["errors"]:
        return Format("", extension=extension, warning="empty" if told["errors"] == "empty source" else "")
    mime = best["mime"].split(",")[0].strip() or UNKNOWN_MIME
    name = " ".join(part for part in (best["format"], best["version"]) if part)
    return Format(
        best["id"], mime, name, best["basis"], extension, best["warning"], rules.kind_of(best["id"], mime)
    )
