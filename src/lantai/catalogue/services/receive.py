"""A list is brought: its bytes are kept as they came, and the import begins."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from pathlib import Path

from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.numbers import next_number
from lantai.catalogue.models import Import, State
from lantai.catalogue.workshop import Workshop, workshop
from lantai.holdings import queries as holdings
from lantai.holdings.models import Fonds
from lantai.kernel.digests import FileDigests, digest_stream
from lantai.kernel.errors import Invalid, NotFound, Unavailable
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

LEVELS = ("", "file", "item")
MARGIN = 64 << 20
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}")


def receive(
    actor: Actor,
    source: Path,
    *,
    name: str = "",
    unit: str = "",
    fonds: str = "",
    type: str = "",
    level: str = "",
    sheet: str = "",
    arranging: bool = False,
    tolerant: bool = False,
) -> str:
    """Keep a copy of the file ``source``, byte for byte, and begin its import; return the import's number.

    ``name`` is what the file was called. ``fonds``, ``type`` and ``level`` "" = each row says its own.
    ``arranging``: the records are not yet accepted. ``tolerant``: values that are badly written are told and
    taken over as they are; else their rows are refused.
    """
    owner = _owner(unit, fonds)
    require(actor, "catalogue.import", owner.pk if owner else None)
    if type and type not in holdings.types():
        raise Invalid("catalogue.import.type_unknown", type=type)
    if level not in LEVELS:
        raise Invalid("catalogue.import.level_unknown", level=level)
    called = (name or source.name).encode("utf-8", "replace").decode()
    own = uuid.uuid4()
    shop = workshop(own)
    try:
        seen = _take(source, shop, called)
        row = Import(
            uuid=own,
            unit=owner,
            fonds=fonds,
            type=type,
            level=level,
            sheet=sheet,
            arranging=arranging,
            tolerant=tolerant,
            name=called[:400],
            size=seen.size,
            sha512=seen.sha512,
        )
        _begin(actor, row)
    except BaseException:
        shutil.rmtree(shop.root, ignore_errors=True)
        raise
    return row.number


def _owner(unit: str, fonds: str) -> Unit | None:
    """Return the unit an import belongs to: the one named, else that of the fonds."""
    if fonds:
        found = Fonds.objects.select_related("unit").filter(number=fonds).first()
        if found is None:
            raise NotFound("holdings.fonds.missing", fonds=fonds)
        if unit and found.unit.code != unit:
            raise Invalid("catalogue.import.fonds_of_other", fonds=fonds, unit=unit)
        return found.unit
    return Unit.objects.get(pk=find_unit(unit).id) if unit else None


def _take(source: Path, shop: Workshop, name: str) -> FileDigests:
    """Copy the file into the import's folder, durable; return what was read."""
    if not source.is_file():
        raise NotFound("catalogue.source.missing", name=name)
    with open(source, "rb", buffering=0) as stream:
        size = os.fstat(stream.fileno()).st_size
        free = shutil.disk_usage(home().root).free
        if free < size + MARGIN:
            raise Unavailable("catalogue.disk.short", needed=size + MARGIN - free, free=free)
        shop.root.mkdir(parents=True)
        extension = Path(name).suffix
        kept = shop.root / f"source{extension if _EXTENSION.fullmatch(extension) else ''}"
        with open(kept, "wb") as out:
            seen = digest_stream(stream, ("sha512",), out)
            out.flush()
            os.fsync(out.fileno())
    if not seen.size:
        raise Invalid("sources.file.empty", name=name)
    return seen


@act("catalogue.import.receive")
def _begin(actor: Actor, row: Import) -> None:
    now = timezone.now()
    row.number = next_number(Import.objects.all(), f"{timezone.localdate().year}-")
    row.state, row.state_since, row.received_at = State.RECEIVED, now, now
    row.received_by = actor.username
    row.save(force_insert=True)
    record(
        row.urn,
        {
            "number": row.number,
            "uuid": str(row.uuid),
            "unit": row.unit.code if row.unit else "",
            "fonds": row.fonds,
            "type": row.type,
            "name": row.name,
            "size": row.size,
            "sha512": row.sha512,
            "arranging": row.arranging,
        },
    )


def collect_imports() -> int:
    """Remove the folders that killed receptions left, which no import knows; return how many.

    Called when no reception is under way in this process; one in another process keeps its folder by the
    age of a day that is left to it.
    """
    root = home().imports
    known = {str(one) for one in Import.objects.values_list("uuid", flat=True)}
    before = timezone.now().timestamp() - 24 * 3600
    count = 0
    for folder in root.iterdir() if root.is_dir() else ():
        stale = folder.name not in known and folder.lstat().st_mtime < before
        if stale and folder.name != "incoming" and folder.is_dir():
            shutil.rmtree(folder)
            count += 1
    return count
