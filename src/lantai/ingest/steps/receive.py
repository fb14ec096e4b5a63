"""submitted → received: the package's files lie in quarantine, durable and hashed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from lantai.base.actors import SYSTEM, Actor
from lantai.ingest.models import State, Transfer
from lantai.ingest.services.states import move
from lantai.ingest.workspace import Workspace, workspace
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.packages import LIMITS, Container, Limits, arrive, copy_folder, with_parts
from lantai.kernel.packages.folders import walk
from lantai.kernel.packages.names import Names
from lantai.ledger.acts import act, record

MARGIN = 64 << 20
_ANYTHING = Limits(files=sys.maxsize, bytes=sys.maxsize, depth=sys.maxsize, path_bytes=sys.maxsize)


def receive(row: Transfer) -> bool:
    """Take the package in. A hostile or unreadable one is refused: returned, with the reason for its sender."""
    place = workspace(row.uuid)
    container, refusal = place.container(), place.refusal()
    if container is None and refusal is None:
        source = Path(row.source)
        if not source.exists():
            raise Unavailable("ingest.source.gone", path=row.name)
        try:
            container = _take_in(source, place)
        except Invalid as problem:
            place.refuse(problem)
            refusal = place.refusal()
    _let_go(row)
    if container is not None:
        _received(SYSTEM, row, container)
    elif refusal is not None:
        _refuse(SYSTEM, row, refusal)
    return True


def _let_go(row: Transfer) -> None:
    """Remove the inbox folder of an owned source: what became of it is durable in quarantine."""
    folder = Path(row.source).parent
    if row.owned and folder.exists():
        shutil.rmtree(folder)


def _take_in(source: Path, place: Workspace) -> Container:
    place.root.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        container = with_parts(_take_folder(source, place), place.content)
    else:
        shutil.rmtree(place.content, ignore_errors=True)  # a killed unpacking starts anew
        _need_space(place.root, source.stat().st_size)
        container = arrive(source, place.content)
    place.write_container(container)
    return container


def _take_folder(source: Path, place: Workspace) -> Container:
    total = _accept_names(source)
    done = _read_journal(place.journal)
    with open(place.journal, "a", encoding="utf-8") as out:
        journal = _Journal(out, place, len(done), total)
        container = copy_folder(source, place.content, done, journal)
        journal.flush()
    _forget_others(place.content, container)
    return container


def _accept_names(source: Path) -> int:
    """Return how many files ``source`` holds; ``Invalid`` for names that an archive would be refused for."""
    names = Names(LIMITS)
    files, _ = walk(source)
    for file in files:
        names.file(file.path)
    return len(files)


def _forget_others(content: Path, container: Container) -> None:
    """Remove what an earlier, killed reception copied and the sender has taken away since, or unfolded.

    No limits hold here: with what was unfolded there may lie more, and deeper, than what may be sent.
    """
    members = {member.path for member in container.members}
    for file in walk(content, _ANYTHING)[0]:
        if file.path not in members:
            os.unlink(file.location)


class _Journal:
    """Notes every file that is durable in quarantine; the notes themselves become so in groups."""

    GROUP = 256

    def __init__(self, out: TextIO, place: Workspace, count: int, total: int) -> None:
        self._out, self._place = out, place
        self._count, self._total = count, total

    def __call__(self, path: str, seen: FileDigests) -> None:
        line = {"path": path, "size": seen.size, **seen.digests}
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._count += 1
        if self._count % self.GROUP == 0 or seen.size >= 1 << 24:
            self.flush()

    def flush(self) -> None:
        self._out.flush()
        os.fsync(self._out.fileno())
        self._place.report(State.SUBMITTED, self._count, self._total)


def _read_journal(path: Path) -> dict[str, FileDigests]:
    if not path.exists():
        return {}
    done: dict[str, FileDigests] = {}
    whole = path.read_bytes()
    for line in whole[: whole.rfind(b"\n") + 1].splitlines():  # a torn last line was never acknowledged
        told = json.loads(line)
        done[told.pop("path")] = FileDigests(told.pop("size"), told)
    os.truncate(path, whole.rfind(b"\n") + 1)
    return done


def _need_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise Unavailable("ingest.disk.short", needed=needed + MARGIN - free, free=free)


@act("ingest.transfer.receive")
def _received(actor: Actor, row: Transfer, container: Container) -> None:
    row.container_sm3, row.container_sha512 = container.sm3, container.sha512
    row.files = len(container.members)
    row.bytes = sum(member.size for member in container.members)
    move(row, State.RECEIVED)
    record(
        row.urn,
        {
            "number": row.number,
            "container": {
                "kind": container.kind,
                "name": container.name,
                "size": container.size,
                "sm3": container.sm3,
                "sha512": container.sha512,
            },
            "files": row.files,
            "bytes": row.bytes,
        },
    )


@act("ingest.transfer.refuse")
def _refuse(actor: Actor, row: Transfer, refusal: Mapping[str, Any]) -> None:
    row.refusal = dict(refusal)
    row.decided_by = actor.username
    move(row, State.RETURNED)
    record(row.urn, {"number": row.number, "refusal": row.refusal})
