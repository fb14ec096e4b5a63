"""What children do with drop folders: look, and die before a chosen step; look at what is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.withstand.dying import dying_before


def look_until(limit: int) -> None:
    """Look twice into the drop folders, an hour apart, but die without warning before the ``limit``-th step."""
    from django.utils import timezone

    from lantai.desk import opening
    from lantai.desk.services.folders import look

    opening.open_all([])  # what the workers begin with is no step
    with dying_before(limit):
        now = timezone.now()
        look(now=now)
        look(now=now + timedelta(hours=1))


def lay(name: str) -> None:
    """Lay a folder of two files into the drop folder of 区民政局."""
    from lantai.base.home import home

    folder = home().desk_inbox / "MZJ" / name
    folder.mkdir(parents=True)
    (folder / "正文.txt").write_text(name, "utf-8")
    (folder / "附件.txt").write_text(f"附件 {name}", "utf-8")


def look_at() -> dict[str, Any]:
    """Return titles of the documents, what is not whole, and what still lies in the drop folder."""
    import hashlib

    from lantai.base.home import home
    from lantai.desk.models import Arrival, Capture
    from lantai.desk.store import read, stores

    for store in stores():  # as a worker does first
        store.collect_staging()
    wrong = []
    rows = list(Capture.objects.order_by("id"))
    for row in rows:
        parts = list(row.components.all())
        wrong += [one.name for one in parts if hashlib.sha512(read(one.sha512)).hexdigest() != one.sha512]
        wrong += [] if len(parts) == 2 else [f"{row.number} is not whole"]
    folder = home().desk_inbox / "MZJ"
    return {
        "titles": [row.title for row in rows],
        "wrong": wrong,
        "left": sorted(one.name for one in folder.iterdir() if one.is_dir() and one.name != "_taken"),
        "results": sorted(one.name for one in folder.iterdir() if one.is_file()),
        "open": Arrival.objects.exclude(state="done").count(),
    }
