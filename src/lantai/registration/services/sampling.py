"""Reading back by sample: drawn at random from what is due, the seed kept, so that the draw can be repeated by anybody."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.locks import held
from lantai.base.numbers import next_number
from lantai.kernel.digests import digest_large
from lantai.kernel.errors import Conflict, Invalid, LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.packages import unpack
from lantai.kernel.packages.telling import finding_of
from lantai.kernel.texts import sentence
from lantai.ledger.acts import act, record
from lantai.people.policies import require
from lantai.registration.matters import matters
from lantai.registration.models import Backup, Kept, Sample, Sampled
from lantai.vault import queries as vault

WAYS = (Backup.ONLINE, Backup.CARRIER)


def due(way: str, now: datetime) -> QuerySet[Backup]:
    """Return the deposits that came by ``way`` and were in no draw for as long as the list says, oldest first."""
    before = now - timedelta(days=round(365.25 * matters().sample_years[way]))
    rows = Backup.objects.filter(state=Kept.KEPT, way=way)
    return rows.annotate(since=Coalesce("pooled_at", "kept_at")).filter(since__lte=before).order_by("id")


def chosen(seed: str, pool: Sequence[str], percent: int) -> list[str]:
    """Return the numbers drawn from ``pool``: at least one, at least ``percent`` of a hundred, decided by ``seed`` alone.

    The order is that of SHA-256 of ``seed:number``.
    """
    count = max(1, -(-len(pool) * percent // 100))
    return sorted(pool, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).digest())[:count]


@act("registration.sample.draw")
def draw(actor: Actor, way: str) -> str:
    """Draw a sample from all deposits of a way that are due; return its number. A worker reads them back."""
    require(actor, "backup.sample")
    if way not in WAYS:
        raise Invalid("registration.choice.unknown", found=way[:40])
    now, percent = timezone.now(), matters().sample_percent
    pool = {row.number: row for row in due(way, now)}
    if not pool:
        raise Conflict("registration.sample.nothing_due")
    seed = secrets.token_hex(32)
    drawn = chosen(seed, list(pool), percent)
    row = Sample.objects.create(
        number=next_number(Sample.objects.all(), f"C{timezone.localdate().year}-"),
        way=way,
        seed=seed,
        percent=percent,
        pool=list(pool),
        drawn_at=now,
        drawn_by=actor.username,
    )
    Sampled.objects.bulk_create(Sampled(sample=row, backup=pool[number]) for number in drawn)
    Backup.objects.filter(number__in=list(pool)).update(pooled_at=now)
    listed = hashlib.sha256("\n".join(pool).encode()).hexdigest()
    told = {"number": row.number, "way": way, "seed": seed, "percent": percent, "pool": len(pool)}
    record(f"urn:lantai:sample:{row.number}", {**told, "pool_sha256": listed, "drawn": len(drawn)})
    return row.number


def read_samples() -> int:
    """Read back what was drawn and not yet read; return how many."""
    with held("backup-samples") as got:
        if not got:
            return 0
        rows = Sampled.objects.filter(state=Sampled.WAITING).select_related("backup", "sample").order_by("id")
        count = 0
        for row in rows:
            _told(SYSTEM, row, _read(row.backup))
            count += 1
        return count


def _read(backup: Backup) -> list[Finding]:
    """Return what is wrong with a deposit when it is read from the vault and opened."""
    path = f"package/{backup.name}"
    try:
        with vault.open_file(backup.urn, path) as stream:
            sums = digest_large(stream)
    except (LantaiError, OSError) as gone:
        reason = sentence(gone, "zh") if isinstance(gone, LantaiError) else (gone.strerror or "")
        return [Finding("registration.sample.unreadable", backup.name, found=reason[:200])]
    if (sums.sm3, sums.sha512) != (backup.sm3, backup.sha512):
        return [Finding("registration.digest.differs", backup.name, backup.sm3, sums.sm3)]
    return _open(backup, path)


def _open(backup: Backup, path: str) -> list[Finding]:
    local = vault.file_path(backup.urn, path)
    if local is None or backup.name.lower().endswith(".eep"):
        return []
    home().quarantine.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="sample-", dir=home().quarantine))
    try:
        unpack(local, place / "content", digests=False)
    except Invalid as unreadable:
        return [finding_of(unreadable, backup.name)]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return []


@act("registration.sample.read")
def _told(actor: Actor, row: Sampled, findings: list[Finding]) -> None:
    row.state = Sampled.BAD if findings else Sampled.GOOD
    row.read_at = timezone.now()
    row.findings = [{**one.as_json("zh"), "en": one.message("en")} for one in findings]
    row.save()
    told = {"sample": row.sample.number, "number": row.backup.number, "good": not findings}
    record(row.backup.urn, {**told, "findings": [one.code for one in findings]})
