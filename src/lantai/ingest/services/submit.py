"""A package is on the doorstep: the transfer begins."""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.ingest.models import State, Transfer
from lantai.ingest.workspace import workspace
from lantai.kernel.errors import Invalid, NotFound
from lantai.ledger.acts import act, record
from lantai.people.models import Unit
from lantai.people.policies import require
from lantai.people.queries import unit as find_unit

KINDS = {"transfer": "移交进馆"}
"""Kinds of transfer by key; other kinds (登记备份, 捐赠 …) come with their rooms' rules."""


def _look_at(source: Path) -> None:
    shown = os.fsencode(source).decode("utf-8", "backslashreplace")
    try:
        mode = source.stat().st_mode
    except (OSError, ValueError) as missing:
        raise NotFound("ingest.source.missing", path=shown) from missing
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise Invalid("ingest.source.odd", path=shown)
    if shown != str(source):
        raise Invalid("ingest.source.name_invalid", path=shown)


@act("ingest.transfer.submit")
def submit(actor: Actor, unit: str, source: Path, *, kind: str = "transfer", owned: bool = False) -> str:
    """Begin the transfer of the package at ``source`` (archive or folder) from ``unit``; return its number.

    ``owned``: the source lies in a folder of its own in the inbox, which is removed once it is received.
    """
    sender = find_unit(unit)
    require(actor, "transfer.submit", sender.id)
    if kind not in KINDS:
        raise Invalid("ingest.transfer.kind_unknown", kind=kind)
    _look_at(source)
    now = timezone.now()
    row = Transfer.objects.create(
        uuid=uuid.uuid4(),
        number=next_number(Transfer.objects.all(), f"{timezone.localdate().year}-"),
        unit=Unit.objects.get(pk=sender.id),
        kind=kind,
        state=State.SUBMITTED,
        state_since=now,
        submitted_at=now,
        submitted_by=actor.username,
        source=str(source.resolve()),
        owned=owned,
        name=source.name,
    )
    record(
        row.urn, {"number": row.number, "unit": unit, "kind": kind, "name": row.name, "uuid": str(row.uuid)}
    )
    transaction.on_commit(
        lambda: workspace(row.uuid).report(State.SUBMITTED, 0, 0)
    )  # room to tell of trouble
    return row.number
