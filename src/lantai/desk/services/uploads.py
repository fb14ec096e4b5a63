"""Files that a person brings through the page: one document of each, or one of all; mail becomes its messages."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lantai.base.actors import Actor
from lantai.desk.bringing import Came, made
from lantai.desk.checking import ALGORITHMS
from lantai.desk.described import NAMES, Described, read_described
from lantai.desk.filing import Receipt, Stated
from lantai.desk.mails import messages
from lantai.desk.models import Source
from lantai.desk.services.taking import file_one, suffixed
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

_MAIL = (".eml", ".mbox")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as the page sent it: its relative path there, where it lies (it is given away), what the page says of it.

    ``path`` is None for a file that the page lists and that did not come.
    """

    name: str
    path: Path | None
    stated: Stated = field(default_factory=Stated)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: its receipt, or every reason why it was not filed; ``came`` are its files as sent."""

    name: str
    receipt: Receipt | None
    reasons: tuple[Finding, ...] = ()
    came: tuple[Path, ...] = ()


def bring(
    actor: Actor, unit: str, sent: Sequence[Sent], folder: Path, *, together: bool, title: str, type: str
) -> list[Outcome]:
    """File what a person brought, one document of all (``together``) or of each file, and say what became of each.

    ``title`` and ``type`` hold where no description came with the files; without a title the name is it. ``folder`` is
    the one of this request, on the file system of what lies in it. ``Invalid("desk.upload.empty")`` for nothing,
    ``Forbidden`` for another's unit.
    """
    require(actor, "capture.file", find_unit(unit).id)
    if not sent:
        raise Invalid("desk.upload.empty")
    if together:
        return [_document(actor, unit, _inside(sent), folder, title or _common(sent), type)]
    outcomes: list[Outcome] = []
    for one in sent:
        if one.path is not None and one.name.lower().endswith(_MAIL):
            outcomes += _mail(actor, unit, one, folder)
        else:
            stem = PurePosixPath(one.name).stem
            alone = Sent(PurePosixPath(one.name).name, one.path, one.stated)
            own = title if title and len(sent) == 1 else stem
            outcomes.append(_document(actor, unit, [alone], folder, own, type))
    return outcomes


def _common(sent: Sequence[Sent]) -> str:
    """Return the name of the folder that was chosen, else of the first file."""
    top, below, _ = sent[0].name.partition("/")
    return top if below else PurePosixPath(sent[0].name).stem


def _inside(sent: Sequence[Sent]) -> list[Sent]:
    """Return the files by their path inside the folder that was chosen."""
    tops = {one.name.partition("/")[0] for one in sent}
    if len(tops) != 1 or not all("/" in one.name for one in sent):
        return list(sent)
    return [Sent(one.name.partition("/")[2], one.path, one.stated) for one in sent]


def _document(actor: Actor, unit: str, sent: Sequence[Sent], folder: Path, title: str, type: str) -> Outcome:
    told, described = Described(), ""
    came: list[Came] = []
    missing = [
        Finding("desk.file.missing", "components", found=one.name[:60]) for one in sent if not one.path
    ]
    for one in sent:
        if one.path is None:
            continue
        if one.name in NAMES and not described:
            told, described = read_described(one.path, one.name), one.name
            continue
        place = suffixed(folder, one.name)
        os.rename(one.path, place)
        came.append(Came(one.name, place, digest_file(place, ALGORITHMS), one.stated))
    filing, faults = made(unit, Source.UPLOAD, came, told, title=title, type=type)
    receipt, reasons = file_one(actor, filing, [*missing, *faults], ())
    return Outcome(title, receipt, reasons, tuple(one.path for one in sent if one.path is not None))


def _mail(actor: Actor, unit: str, one: Sent, folder: Path) -> Iterator[Outcome]:
    assert one.path is not None
    if wrong := _otherwise(one, one.path):
        yield Outcome(one.name, None, (wrong,), (one.path,))
        return
    try:
        for about, filing, faults, remarks in messages(unit, one.path, folder):
            receipt, reasons = file_one(actor, filing, faults, remarks)
            yield Outcome(about or one.name, receipt, reasons, (one.path,))
    except Invalid as problem:
        yield Outcome(one.name, None, (Finding(problem.code, facts=problem.facts),))


def _otherwise(one: Sent, path: Path) -> Finding | None:
    """Return in what a box of mail is not what its page said it is: of its messages no digest can be compared."""
    size, stated = path.stat().st_size, one.stated.sha512.strip().lower()
    if one.stated.size is not None and one.stated.size != size:
        return Finding("desk.file.size_differs", one.name, str(one.stated.size), str(size))
    if stated and (found := digest_file(path, ("sha512",)).sha512) != stated:
        return Finding("desk.file.digest_differs", one.name, stated[:128], found)
    return None
