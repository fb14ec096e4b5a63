"""From what somebody sent to a folder that can be opened: unpacked, and EEP files unfolded beside themselves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lantai.kernel.errors import Conflict
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.contents import survey
from lantai.kernel.packages.eep import SUFFIX, unfold
from lantai.kernel.packages.model import LIMITS, Container, Limits, Member, Package
from lantai.kernel.packages.opening import form_of, open_package
from lantai.kernel.packages.sinks import Watch
from lantai.kernel.packages.unpack import unpack
from lantai.kernel.packages.writing import LARGE, refused, sync, write_file


def arrive(
    source: Path,
    into: Path,
    limits: Limits = LIMITS,
    *,
    digests: bool = True,
    threads: int | None = None,
    watch: Watch | None = None,
) -> Container:
    """Put the package ``source`` (zip, tar, folder, one EEP file) into the new folder ``into``, ready to open.

    ``watch`` is told now and then how many bytes an archive has put there; what it raises ends the work.
    Raises what :func:`~.unpack.unpack` and :func:`~.eep.unfolding.unfold` raise; after any error ``into`` is gone.
    """
    single = source.is_file() and source.name.lower().endswith(SUFFIX)
    if single:
        container = _take_file(source, into)
    else:
        container = unpack(source, into, limits, digests=digests, threads=threads, watch=watch)
    try:
        return with_parts(container, into, limits, watch)
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise


def with_parts(
    container: Container, root: Path, limits: Limits = LIMITS, watch: Watch | None = None
) -> Container:
    """Unfold the EEP files below ``root`` if they are what the package is; add the digests of what they held."""
    if not needs_unfolding(root):
        return container
    parts = unfold(root, limits=limits, watch=watch)
    sync(root)
    return replace(container, digests={**container.digests, **parts})


def needs_unfolding(root: Path) -> bool:
    """Return whether the folder is a package of EEP files."""
    return form_of(survey(root)) == "eep"


@contextmanager
def opened(path: Path, types: Types) -> Iterator[tuple[Package, Container | None]]:
    """Open the package at ``path``, a folder, archive or EEP file; nothing is written beside it.

    A folder that can be opened where it lies is: then there is no container.
    """
    if path.is_dir() and not needs_unfolding(path):
        yield open_package(path, types), None
        return
    with tempfile.TemporaryDirectory(prefix="lantai-") as place:
        content = Path(place) / "content"
        container = arrive(path, content)
        yield open_package(content, types), container


def _take_file(source: Path, into: Path) -> Container:
    """Copy one file as a container of its own, whose digests are the file's."""
    if into.exists() and any(into.iterdir()):
        raise Conflict("packages.target.exists", path=str(into))
    into.mkdir(parents=True, exist_ok=True)
    name = source.name
    try:
        with open(source, "rb", buffering=0) as stream:
            seen = write_file(into / name, iter(lambda: stream.read(LARGE), b""))
    except OSError as error:
        shutil.rmtree(into, ignore_errors=True)
        raise refused(error, name) from error
    sync(into)
    member = Member(name, name.encode("utf-8", "surrogateescape"), seen.size, 0)
    return Container("file", name, seen.size, seen.sha512, seen.sm3, (member,), digests={name: seen})
