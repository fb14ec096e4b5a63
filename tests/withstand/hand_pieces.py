"""What children do with hand-overs: order one, build it and die before a chosen step, look at what is there."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.withstand.dying import dying_before


def order() -> str:
    """File two letters, close their class, and order its hand-over; return the number."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.services import hand_over as making
    from lantai.desk.services.hand_over import Wanted
    from tests.filing import closed_class, said

    number = making.begin(SYSTEM, "MZJ", [closed_class(SYSTEM, 2)])
    said(SYSTEM, number)
    making.order(SYSTEM, number, Wanted(description="文书档案"))
    return number


def build_until(number: str, limit: int) -> str:
    """Build the hand-over, but die without warning before the ``limit``-th step; return its state."""
    from lantai.desk.services.hand_over_build import advance_hand_over

    with dying_before(limit):
        return advance_hand_over(number)


def look_at(number: str) -> dict[str, Any]:
    """Return state, runs and files of the hand-over, and whether the package is what its document gives."""
    from lantai.base.actors import SYSTEM
    from lantai.checks.models import Run
    from lantai.desk import parcel
    from lantai.desk import queries_hand_over as queries
    from lantai.desk.services.hand_over import document_of
    from lantai.holdings import queries as holdings
    from lantai.kernel.digests import digest_file
    from lantai.kernel.packages import build

    shown = queries.hand_over(SYSTEM, number)
    folder = queries.folder_of(shown.uuid)
    told: dict[str, Any] = {"state": shown.line.state, "runs": Run.objects.filter(subject=shown.urn).count()}
    if shown.line.state != "built":
        return told
    row = queries.row_of(SYSTEM, number)
    assert row.ordered_at is not None
    with TemporaryDirectory() as place:
        beside = Path(place) / parcel.OPINIONS
        beside.write_bytes(parcel.opinions(document_of(row)))
        again = parcel.draft(document_of(row), holdings.types(), {parcel.OPINIONS: beside})
        out = Path(place) / "again.zip"
        build(again, out, holdings.types(), archive=True, moment=row.ordered_at)
        same = digest_file(out, ("sha512",)).sha512 == shown.sha512
    kept = digest_file(folder / shown.package, ("sha512",)).sha512 == shown.sha512
    return {**told, "same": same, "kept": kept, "files": sorted(one.name for one in folder.iterdir())}
