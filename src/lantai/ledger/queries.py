"""Reads of the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from lantai.base.home import home
from lantai.base.paging import Page, cursor, key
from lantai.kernel.errors import Corrupt, NotFound
from lantai.kernel.findings import Finding, failed
from lantai.kernel.tlog import Checkpoint, sign_checkpoint
from lantai.kernel.witness.folder import Folder
from lantai.kernel.witness.kept import Given, check_ledger
from lantai.kernel.witness.notes import read_key
from lantai.ledger.models import Entry, Position
from lantai.ledger.store import log, predecessors, signers, verifier_text, verifiers


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as rooms and pages see it; ``index`` is None while it is pending."""

    index: int | None
    act: str
    actor: str
    at: datetime
    subject: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """What ties one entry to a signed checkpoint: its text, its index, the audit path and the note."""

    text: str
    index: int
    path: tuple[str, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class FollowerState:
    """How far a follower is behind: ``lag`` in entries, and the ``seconds`` the oldest of them has waited."""

    name: str
    next_index: int
    lag: int
    problem: str
    seconds: float = 0.0


def told(entry: Entry) -> Told:
    """Return the frozen view of ``entry``."""
    return Told(entry.index, entry.act, entry.actor, entry.at, entry.subject, json.loads(entry.text)["data"])


def history(subjects: Sequence[str], limit: int = 200) -> list[Told]:
    """Return the newest ``limit`` entries about ``subjects``, oldest of them first."""
    rows = Entry.objects.filter(subject__in=list(subjects)).order_by("-id")[:limit]
    return [told(entry) for entry in reversed(rows)]


def latest(limit: int = 12, *, acts: Sequence[str] = (), subjects: Sequence[str] | None = None) -> list[Told]:
    """Return the newest entries, newest first, of the given acts or of all, about ``subjects`` or about all."""
    rows = Entry.objects.order_by("-id")
    if acts:
        rows = rows.filter(act__in=list(acts))
    if subjects is not None:
        rows = rows.filter(subject__in=list(subjects))
    return [told(entry) for entry in rows[:limit]]


def entry(uuid: str) -> Told:
    """Return the entry with the uuid; ``NotFound("ledger.entry.missing")``."""
    found = Entry.objects.filter(uuid=uuid).first() if _is_uuid(uuid) else None
    if found is None:
        raise NotFound("ledger.entry.missing", what=uuid)
    return told(found)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def since(moment: datetime, subject: str, acts: Sequence[str]) -> list[Told]:
    """Return the entries of ``acts`` about ``subject`` since ``moment``, newest first."""
    rows = Entry.objects.filter(subject=subject, act__in=list(acts), at__gte=moment)
    return [told(entry) for entry in rows.order_by("-id")]


def entries(
    *, act: str = "", actor: str = "", subject: str = "", after: str = "", size: int = 50
) -> Page[Told]:
    """Return a page of entries, newest first, of one act, actor and subject or of all."""
    rows = Entry.objects.order_by("-id")
    for column, wanted in (("act", act), ("actor", actor), ("subject", subject)):
        if wanted:
            rows = rows.filter(**{column: wanted})
    if after:
        rows = rows.filter(pk__lt=key(after, [int])[0])
    found = list(rows[: size + 1])
    more = cursor([found[size - 1].pk]) if len(found) > size else ""
    return Page([told(entry) for entry in found[:size]], more)


def sequenced(first: int, end: int, prefix: str, most: int) -> list[tuple[int, UUID, dict[str, Any]]]:
    """Return index, uuid and data of entries whose acts begin with ``prefix``: the newest ``most``, newest first.

    Their indexes are from ``first`` up to, not including, ``end``.
    """
    rows = Entry.objects.filter(index__gte=first, index__lt=end, act__startswith=prefix).order_by("-index")
    told = rows.values_list("index", "uuid", "text")[:most]
    return [(index, uuid, json.loads(text)["data"]) for index, uuid, text in told if index is not None]


def size() -> int:
    """Return how many entries have an index."""
    last = Entry.objects.filter(index__isnull=False).order_by("-index").values_list("index", flat=True)
    newest = last.first()
    return 0 if newest is None else newest + 1


def pending() -> int:
    """Return how many entries wait for the sequencer."""
    return Entry.objects.filter(index__isnull=True).count()


@dataclass(frozen=True, slots=True)
class Sealed:
    """The smallest checkpoint that covers an entry, signed: the same whenever it is asked for.

    ``note`` has a signature of each of the site's keys; ``fingerprint`` and ``signature`` (base64, with its key id)
    are those of the log's own, for prints that have room for one.
    """

    origin: str
    size: int
    root: str
    note: str
    fingerprint: str
    signature: str


def sealed(index: int) -> Sealed:
    """Return the checkpoint of which the entry ``index`` is the last; ``NotFound`` until it is published."""
    ledger = log()
    published = ledger.checkpoint()
    if published is None or index >= published.size:
        raise NotFound("ledger.entry.missing", what=str(index))
    checkpoint = Checkpoint(ledger.origin, index + 1, ledger.root(index + 1))
    keys = signers()
    note = sign_checkpoint(checkpoint, *keys).decode()
    own = note.splitlines()[-len(keys)].rpartition(" ")[2]
    shown = keys[0].verifier.fingerprint
    return Sealed(ledger.origin, checkpoint.size, checkpoint.root.hex(), note, shown, own)


def site_name() -> str:
    """Return the name under which the site was founded, "" before."""
    founded = Entry.objects.filter(act="ledger.site.found").order_by("id").first()
    return str(told(founded).data["name"]) if founded else ""


def followers() -> list[FollowerState]:
    """Return every follower that ever ran, with its lag."""
    total = size()
    return [_state(position, total) for position in Position.objects.order_by("follower")]


def follower(name: str) -> FollowerState:
    """Return how far the follower ``name`` is; one that never ran has everything before it."""
    position = Position.objects.filter(follower=name).first() or Position(follower=name)
    return _state(position, size())


@dataclass(frozen=True, slots=True)
class Standing:
    """Entries with an index, entries that wait for one, and how far a follower is behind, as in its state."""

    size: int
    pending: int
    lag: int
    seconds: float


def standing(name: str) -> Standing:
    """Return the figures at the foot of every page, with those of the follower ``name``.

    One plain statement: :func:`size`, :func:`pending` and :func:`follower` would be a tenth of a page's whole time.
    """
    with connection.cursor() as asked:
        asked.execute(
            'SELECT (SELECT MAX("index") FROM ledger_entry),'
            ' (SELECT COUNT(*) FROM ledger_entry WHERE "index" IS NULL),'
            " (SELECT next_index FROM ledger_position WHERE follower = %s)",
            [name],
        )
        newest, waiting, reached = asked.fetchone()
    total = 0 if newest is None else newest + 1
    lag = max(0, total - (reached or 0))
    return Standing(total, waiting, lag, _waited(reached or 0) if lag else 0.0)


def _state(position: Position, total: int) -> FollowerState:
    lag = max(0, total - position.next_index)
    seconds = _waited(position.next_index) if lag else 0.0
    return FollowerState(position.follower, position.next_index, lag, position.problem, seconds)


def _waited(index: int) -> float:
    """Return for how many seconds the oldest entry from ``index`` on has waited."""
    oldest = Entry.objects.filter(index__gte=index).order_by("index")
    at = oldest.values_list("at", flat=True).first()
    return max(0.0, (datetime.now(UTC) - at).total_seconds()) if at else 0.0


def follower_reached(name: str, uuid: str) -> bool:
    """Return whether the follower ``name`` has dealt with the entry ``uuid``."""
    entry = Entry.objects.filter(uuid=uuid).first()
    if entry is None or entry.index is None:
        return False
    return Position.objects.filter(follower=name, next_index__gt=entry.index).exists()


def proof(uuid: str) -> Proof:
    """Return the proof that the entry ``uuid`` (or with that index) is in the newest checkpoint.

    ``NotFound`` when there is no such entry or it is not yet published.
    """
    if uuid.isascii() and uuid.isdecimal() and len(uuid) < 19:
        entry = Entry.objects.filter(index=int(uuid)).first()
    else:
        entry = Entry.objects.filter(uuid=uuid).first() if _is_uuid(uuid) else None
    ledger = log()
    checkpoint = ledger.checkpoint()
    if entry is None or entry.index is None or checkpoint is None or entry.index >= checkpoint.size:
        raise NotFound("ledger.entry.missing", what=uuid)
    path = ledger.inclusion_proof(entry.index, checkpoint.size)
    return Proof(entry.text, entry.index, tuple(node.hex() for node in path), checkpoint.note)


@dataclass(frozen=True, slots=True)
class Checked:
    """A full check of the log: entries in the database, published ones, and what is wrong or worth telling."""

    entries: int
    published: int
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return failed(self.findings)


def check_log(since: Sequence[bytes] = ()) -> Checked:
    """Recompute the whole log from its files, and compare every published entry with the database.

    ``since`` are checkpoints that somebody kept: the log must continue each of them.
    """
    keys = tuple(read_key(str(key)) for key in (*verifiers(), *predecessors()))
    try:
        given = Given(keys, tuple(since))
        findings = list(check_ledger("", Folder(home().vault / "ledger"), given).findings)
    except Corrupt as damage:
        findings = [Finding(damage.code, facts=damage.facts)]
    if failed(findings):
        return Checked(size(), 0, tuple(findings))
    ledger = log()
    covered = published()
    rows = Entry.objects.filter(index__lt=covered).order_by("index")
    for row, entry in zip(rows.iterator(), ledger.entries(0, covered), strict=False):
        if row.text.encode() != entry or not _repeats(row):
            findings.append(Finding("ledger.entry.differs", str(row.index)))
    if (known := rows.count()) != covered:
        findings.append(Finding("ledger.rows.differ", "", str(covered), str(known)))
    return Checked(size(), covered, tuple(findings))


def _repeats(row: Entry) -> bool:
    """Return whether the columns of ``row``, which pages and filters show, say what its text says."""
    said = json.loads(row.text)
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    columns = {"act": row.act, "actor": row.actor, "at": at, "id": str(row.uuid), "subject": row.subject}
    return all(said.get(name) == value for name, value in columns.items())


def checkpoint_note() -> str:
    """Return the newest signed checkpoint, "" when nothing is published."""
    checkpoint = log().checkpoint()
    return checkpoint.note if checkpoint else ""


def published() -> int:
    """Return how many entries the newest checkpoint covers."""
    checkpoint = log().checkpoint()
    return checkpoint.size if checkpoint else 0


def key_text() -> str:
    """Return the public keys that sign checkpoints, as outsiders are given them: a line each."""
    return verifier_text()


def beyond(size: int) -> tuple[int, datetime | None]:
    """Return how many entries are not among the first ``size``, and when the oldest of them was written."""
    numbered = Entry.objects.filter(index__gte=size)
    waiting = Entry.objects.filter(index__isnull=True)
    times = [rows.order_by("id").values_list("at", flat=True).first() for rows in (numbered, waiting)]
    return numbered.count() + waiting.count(), min((at for at in times if at), default=None)
