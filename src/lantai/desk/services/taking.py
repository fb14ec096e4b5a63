"""Taking a thing out of a drop folder: copied while it stands still, filed as one document or as its messages."""

from __future__ import annotations

import errno
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lantai.base.actors import SYSTEM, Actor
from lantai.base.incoming import incoming, need_space
from lantai.desk import dropped, notes
from lantai.desk.bringing import Came, made
from lantai.desk.checking import ALGORITHMS
from lantai.desk.described import NAMES, Described, read_described
from lantai.desk.dropped import Thing
from lantai.desk.errors import Refused
from lantai.desk.filing import Filing, Receipt
from lantai.desk.mails import messages
from lantai.desk.models import Source
from lantai.desk.services.capture import capture
from lantai.kernel.digests import digest_stream
from lantai.kernel.errors import Conflict, Invalid
from lantai.kernel.findings import Finding
from lantai.people.models import Unit

_MEANWHILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
"""What opening says of a thing that became another one since it was looked at."""

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a thing: numbers of its captures, and JSON data of every reason why something was not filed."""

    numbers: tuple[str, ...]
    reasons: tuple[Mapping[str, Any], ...]


def take(unit: Unit, thing: Thing) -> Taken | None:
    """File what a thing is; None when it was written to meanwhile. The thing itself is left as it lies.

    ``Unavailable`` when it cannot be done now: nothing of it is known then but what was filed already.
    """
    if thing.odd:
        return Taken((), tuple(_told("", Finding("desk.folder.odd", name)) for name in thing.odd))
    if thing.kind == "sidecar":
        return Taken((), (_told("", Finding("desk.folder.alone", thing.name)),))
    with incoming() as folder:
        need_space(folder, thing.bytes)
        try:
            came = _copied(thing, folder)
            told = _description(thing, came, folder)
        except PermissionError:
            return Taken((), (_told("", Finding("desk.folder.unreadable", thing.name)),))
        except OSError as problem:
            if problem.errno in _MEANWHILE or isinstance(problem, FileNotFoundError):
                return None
            raise
        if not _still(thing):
            return None
        if thing.kind == "mail":
            return _mail(unit.code, came[0], folder)
        filing, faults = made(unit.code, Source.FOLDER, came, told, title=_title(thing))
        receipt, reasons = file_one(SYSTEM, filing, faults, ())
        return Taken((receipt.number,) if receipt else (), tuple(_told("", one) for one in reasons))


def file_one(
    actor: Actor, filing: Filing, faults: Sequence[Finding], remarks: Sequence[Finding]
) -> tuple[Receipt | None, tuple[Finding, ...]]:
    """File one document; return its receipt, or every reason why it is not filed."""
    try:
        return capture(actor, filing, told=faults, notes=remarks), ()
    except Refused as refused:
        return None, refused.reasons
    except (Invalid, Conflict) as problem:
        return None, (Finding(problem.code, facts=problem.facts),)


def suffixed(folder: Path, name: str) -> Path:
    """Return a new place in ``folder`` that keeps only the suffix of ``name``, by which some formats are known."""
    suffix = PurePosixPath(name).suffix
    return folder / f"{uuid.uuid4().hex}{suffix if _SUFFIX.fullmatch(suffix) else ''}"


def _copied(thing: Thing, folder: Path) -> list[Came]:
    """Copy the files of the document: a second name of the same bytes could still be written to by their sender."""
    came = []
    for name in thing.files:
        inside = f"{thing.name}/{name}" if thing.kind == "folder" else name
        came.append(_copy(thing, inside, name, folder))
    return came


def _copy(thing: Thing, inside: str, name: str, folder: Path) -> Came:
    target = suffixed(folder, name)
    with open(dropped.opened(thing.place, inside), "rb", buffering=0) as stream, open(target, "xb") as out:
        return Came(name, target, digest_stream(stream, ALGORITHMS, out))


def _named(thing: Thing) -> str:
    """Return the name of the description inside a folder, "" when there is none."""
    return next((name for name in NAMES if name in thing.files), "")


def _description(thing: Thing, came: list[Came], folder: Path) -> Described:
    """Return what the copied description says; the one inside a folder is no file of the document."""
    if thing.sidecar is not None:
        copied = _copy(thing, thing.sidecar.name, thing.sidecar.name, folder)
        return read_described(copied.path, copied.name)
    name = _named(thing) if thing.kind == "folder" else ""
    told = next((one for one in came if one.name == name), None)
    if told is None:
        return Described()
    came.remove(told)
    return read_described(told.path, name)


def _still(thing: Thing) -> bool:
    """Return whether every entry of the thing is as it was when it was looked at."""
    now = {name: dropped.looked(thing.place / name) for name in thing.entries}
    return all(one is not None and one.print == thing.entries[name] for name, one in now.items())


def _title(thing: Thing) -> str:
    return thing.name if thing.kind == "folder" else PurePosixPath(thing.name).stem


def _mail(unit: str, box: Came, folder: Path) -> Taken:
    numbers, reasons = [], []
    try:
        for about, filing, faults, remarks in messages(unit, box.path, folder):
            receipt, refused = file_one(SYSTEM, filing, faults, remarks)
            numbers += [receipt.number] if receipt else []
            reasons += [_told(about, one) for one in refused]
    except Invalid as problem:
        reasons.append(_told("", Finding(problem.code, facts=problem.facts)))
    return Taken(tuple(dict.fromkeys(numbers)), tuple(reasons))


def _told(about: str, reason: Finding) -> dict[str, Any]:
    return {"about": about[:200], **notes.told(reason)}
