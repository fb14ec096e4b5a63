"""Folders of work that nobody will come back to: of packages and deliveries that no row tells of any more."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from lantai.base.home import home
from lantai.desk.models import Delivery, DeliveryState, FilingCheck, HandOver
from lantai.ingest.models import State, Transfer

AGE_SECONDS = 24 * 3600
"""Nothing younger is told of or touched: who makes a folder writes its row a moment later."""


def leftovers(now: float | None = None) -> tuple[Path, ...]:
    """Return the folders in ``packages`` and ``deliveries`` that are a day old and that no row needs."""
    before = (time.time() if now is None else now) - AGE_SECONDS
    return tuple(sorted(one for one in (*_packages(), *_deliveries()) if _touched(one) < before))


def collect_leftovers(now: float | None = None) -> int:
    """Remove :func:`leftovers`; return how many there were. For the beginning of a worker."""
    left = leftovers(now)
    for one in left:
        shutil.rmtree(one, ignore_errors=True)
    return len(left)


def _packages() -> Iterator[Path]:
    known = set(map(str, HandOver.objects.values_list("uuid", flat=True)))
    known |= {f"check-{one}" for one in FilingCheck.objects.values_list("uuid", flat=True)}
    yield from (one for one in _folders("packages", "check-") if one.name not in known)


def _deliveries() -> Iterator[Path]:
    """Yield the folders of packages that were taken or thrown away: a transfer needs its own until it is received."""
    rows = Delivery.objects.filter(state=DeliveryState.ARRIVED).values_list("uuid", flat=True)
    waiting = Transfer.objects.filter(state=State.SUBMITTED, owned=True).values_list("source", flat=True)
    known = set(map(str, rows)) | {Path(source).parent.name for source in waiting}
    yield from (one for one in _folders("deliveries") if one.name not in known)


def _folders(name: str, prefix: str = "") -> Iterator[Path]:
    """Yield the folders of ``name`` that are called by a uuid: what else lies there is not ours."""
    place = home().root / name
    for one in sorted(place.iterdir()) if place.is_dir() else ():
        if one.is_dir() and not one.is_symlink() and _is_uuid(one.name.removeprefix(prefix)):
            yield one


def _is_uuid(told: str) -> bool:
    try:
        return str(UUID(told)) == told
    except ValueError:
        return False


def _touched(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return time.time()
