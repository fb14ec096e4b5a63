"""Packages that arrive through the browser: named safely, complete in the inbox or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from lantai.base.home import home
from lantai.base.incoming import Arrived, explained
from lantai.base.resumable import Upload
from lantai.kernel.errors import Invalid
from lantai.kernel.packages import Limits
from lantai.kernel.packages.names import Names, shown
from lantai.kernel.storage.medium import sync_file, sync_tree

PATHS_LIMIT = 64 << 20
"""Bytes of the list of relative paths that comes with a folder."""


def handed(upload: Upload, folder: Path) -> Arrived:
    """Return a file that came piece by piece as one that came at once.

    ``folder`` gets a second name of its bytes: if its transfer cannot begin, the pieces need not be sent again.
    """
    path = folder / uuid.uuid4().hex
    os.link(upload.path, path)
    return Arrived(path, upload.name, upload.size, "package")


def place_archive(arrived: Arrived, folder: Path) -> Path:
    """Put a package into a folder of its own in the inbox, under the name it came with; return where it lies."""
    name = _accept([arrived.name or ""])[0]
    return _publish(folder, [(arrived.path, Path(name))], Path(name))


def place_folder(files: Sequence[Arrived], listed: Arrived | None, folder: Path) -> Path:
    """Put the files of a folder where the browser had them; ``listed`` names their relative paths in order.

    ``Invalid`` when the list does not fit the files, or a path could leave the folder or hide another.
    """
    paths = _accept(_listed(listed, len(files)))
    tops = {path.split("/", 1)[0] for path in paths}
    if len(tops) != 1 or any("/" not in path for path in paths):
        raise Invalid("ingest.upload.paths_wrong")
    moves = [(file.path, Path(path)) for file, path in zip(files, paths, strict=True)]
    return _publish(folder, moves, Path(tops.pop()))


def discard(place: Path) -> None:
    """Remove what was placed, when its transfer could not begin."""
    shutil.rmtree(place.parent, ignore_errors=True)


def _listed(listed: Arrived | None, count: int) -> list[str]:
    if listed is None or (listed.size or 0) > PATHS_LIMIT:
        raise Invalid("ingest.upload.paths_wrong")
    try:
        paths = json.loads(listed.path.read_text("utf-8"))
    except (ValueError, RecursionError) as broken:
        raise Invalid("ingest.upload.paths_wrong") from broken
    if not isinstance(paths, list) or len(paths) != count or not all(isinstance(p, str) for p in paths):
        raise Invalid("ingest.upload.paths_wrong")
    return paths


def _accept(paths: Sequence[str]) -> list[str]:
    names = Names(Limits())
    accepted = []
    for path in paths:
        try:
            path.encode("utf-8")
            kept = names.file(path)
        except (Invalid, UnicodeEncodeError) as refused:
            raise Invalid("ingest.upload.name_invalid", name=shown(ascii(path)[1:-1])) from refused
        if kept != path:
            raise Invalid("ingest.upload.name_invalid", name=shown(path))
        accepted.append(kept)
    return accepted


def _publish(folder: Path, moves: Sequence[tuple[Path, Path]], top: Path) -> Path:
    """Lay the files out and make the whole appear in the inbox at once, durable."""
    out = folder / "out"
    with explained(folder, 0):
        out.mkdir()
        for source, inside in moves:
            (out / inside).parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, out / inside)
        sync_tree(str(out))
        final = home().inbox / str(uuid.uuid4())
        os.replace(out, final)
        sync_file(str(home().inbox))
    return final / top
