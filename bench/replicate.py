"""Copies at a folder, first and without changes, against rsync, restic and borg on the same tree.

Nothing is removed until the end: ext4 passes over inodes that were freed just now, which makes new files slow.

``python -m bench.replicate HOME VERB …`` is the child that works at a site; :func:`run` is the benchmark.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.rows import Row, figure, seconds

PAGES = 10
"""Files of one small object."""

ROWS = 100_000
"""Objects of the pass without changes that is measured by rows alone."""


def run(place: Path, name: str, files: int, size: int) -> Iterator[Row]:
    """Copy ``files`` × ``size`` bytes to a folder; rsync -a is the floor, restic and borg are peers where installed."""
    work = place / f"replicate-{files}"
    work.mkdir()
    home, target = work / "site", work / "target"
    each = PAGES if size < 1 << 20 else 1
    _child(home, "lay", files // each, each, size)
    tree = home / "vault" / "ocfl"
    os.sync()
    floor = _rsync(tree, work / "rsync")
    floor_again = _rsync(tree, work / "rsync")
    first = _child(home, "first", str(target))
    again = _child(home, "again")
    yield _row(f"replicate {name}, first", first["seconds"], floor)
    yield figure("  rate", first["bytes"] / 1e6 / first["seconds"], "MB/s")
    yield figure("  files read back", first["files"] / first["seconds"], "files/s")
    yield figure("  memory", first["memory"] / 1e6, "MB")
    yield _row(f"replicate {name}, no change", again["seconds"], floor_again)
    for peer in (_restic, _borg):
        yield from peer(tree, work)
    shutil.rmtree(work)


def run_rows(place: Path, rows: int = ROWS) -> Iterator[Row]:
    """Time a pass without changes over many objects: rows only, no bytes."""
    home = place / "replicate-rows"
    told = _child(home, "rows", rows, str(place / "replicate-rows-target"))
    allowed = 1 + rows * 10e-6
    yield seconds(
        f"replicate, no change over {rows:,} objects (allowed: 1 s + 10 µs each)", told["seconds"], allowed
    )
    shutil.rmtree(home)


def _row(name: str, ours: float, floor: float | None) -> Row:
    return seconds(name, ours, floor) if floor else figure(f"{name} (rsync is not installed)", ours, "s")


def _timed(*program: str | Path, **environment: str) -> float:
    began = time.monotonic()
    subprocess.run(
        [str(part) for part in program],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    os.sync()
    return time.monotonic() - began


def _rsync(tree: Path, to: Path) -> float | None:
    if shutil.which("rsync") is None:
        return None
    return _timed("rsync", "-a", f"{tree}/", to)


def _restic(tree: Path, work: Path) -> Iterator[Row]:
    if shutil.which("restic") is None:
        yield figure("  restic is not installed", 0, "s")
        return
    told = {"RESTIC_REPOSITORY": str(work / "restic"), "RESTIC_PASSWORD": "bench", "HOME": str(work)}
    _timed("restic", "init", **told)
    for what in ("first", "no change"):
        yield figure(f"  restic backup, {what}", _timed("restic", "backup", tree, **told), "s")


def _borg(tree: Path, work: Path) -> Iterator[Row]:
    if shutil.which("borg") is None:
        yield figure("  borg is not installed", 0, "s")
        return
    told = {"BORG_PASSPHRASE": "bench", "BORG_BASE_DIR": str(work / "borg-home"), "HOME": str(work)}
    _timed("borg", "init", "-e", "repokey-blake2", work / "borg", **told)
    for number, what in enumerate(("first", "no change")):
        ran = _timed("borg", "create", f"{work / 'borg'}::a{number}", tree, **told)
        yield figure(f"  borg create, {what}", ran, "s")


def _child(home: Path, *told: Any) -> dict[str, Any]:
    environment = {
        **os.environ,
        "LANTAI_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "lantai.site.settings",
    }
    program = [sys.executable, "-m", "bench.replicate", *map(str, told)]
    done = subprocess.run(program, env=environment, check=True, stdout=subprocess.PIPE)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _lay(objects: int, pages: int, size: int) -> dict[str, Any]:
    """Found a site and deposit objects of random bytes."""
    from datetime import UTC, datetime

    from lantai.base.actors import SYSTEM
    from lantai.cli.main import main
    from lantai.kernel.digests import digest_bytes, digest_file
    from lantai.kernel.storage import Taken
    from lantai.vault.services import Aip, Held, deposit

    main(["init"])
    aside = Path(os.environ["LANTAI_HOME"]) / "aside"
    aside.mkdir()
    together = max(1, min(200, (256 << 20) // (pages * size)))
    for start in range(0, objects, together):
        aips = []
        for number in range(start, min(start + together, objects)):
            held = {"record.json": Held(b"{}\n", digest_bytes(b"{}\n"))}
            for page in range(pages):
                path = aside / f"{number}-{page}"
                _random(path, size)
                held[f"files/{page:03d}.jpg"] = Held(Taken(path), digest_file(path))
            aips.append(Aip(f"urn:uuid:00000000-0000-4000-8000-{number:012}", held))
        deposit(SYSTEM, f"bench:{start}", aips, message="bench", created=datetime(2026, 1, 1, tzinfo=UTC))
    return {}


def _random(path: Path, size: int) -> None:
    with open(path, "wb") as out:
        for at in range(0, size, 1 << 20):
            out.write(os.urandom(min(1 << 20, size - at)))


def _first(target: str) -> dict[str, Any]:
    import resource

    from lantai.base.actors import SYSTEM
    from lantai.vault.models import Deposit
    from lantai.vault.services import Wanted, add_target, copy_to

    uuid = add_target(SYSTEM, Wanted("盘", target, "别处", "硬盘"))
    began = time.monotonic()
    made = copy_to(uuid)
    os.sync()
    ran = time.monotonic() - began
    if made.failed or made.copies != Deposit.objects.count():
        raise RuntimeError(f"{made}")
    files = sum(len(names) for _, _, names in os.walk(target))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": ran, "bytes": made.bytes, "files": files, "memory": memory}


def _again() -> dict[str, Any]:
    from lantai.ledger.services import sequence
    from lantai.vault.models import Target
    from lantai.vault.services import copy_to, ship

    uuid = Target.objects.get().uuid
    sequence()
    ship(uuid)
    began = time.monotonic()
    made = copy_to(uuid)
    ship(uuid)
    ran = time.monotonic() - began
    if made.copies:
        raise RuntimeError(f"{made}")
    return {"seconds": ran}


def _rows(count: int, target: str) -> dict[str, Any]:
    """Make rows of good copies and time a pass over them."""
    from django.utils import timezone

    from lantai.base.actors import SYSTEM
    from lantai.cli.main import main
    from lantai.vault.models import Batch, Copy, Deposit, Target
    from lantai.vault.services import Wanted, add_target, copy_to

    main(["init"])
    uuid = add_target(SYSTEM, Wanted("盘", target, "别处", "硬盘"))
    now = timezone.now()
    batch = Batch.objects.create(key="rows", list_root="", list_size=count, entry=uuid)
    rows = [
        Deposit(
            object_id=f"urn:uuid:{number}",
            version=1,
            inventory_sha512="0" * 128,
            batch=batch,
            place=number,
            files=1,
            bytes=1,
            deposited_at=now,
            checked_at=now,
        )
        for number in range(count)
    ]
    made = Deposit.objects.bulk_create(rows, batch_size=500)
    place = Target.objects.get()
    Copy.objects.bulk_create(
        [Copy(deposit=row, target=place, state=Copy.GOOD, made_at=now, checked_at=now) for row in made],
        batch_size=500,
    )
    began = time.monotonic()
    copy_to(uuid)
    return {"seconds": time.monotonic() - began}


def _as_child(told: list[str]) -> None:
    import django

    django.setup()
    verb, *given = told
    answers = {
        "lay": lambda: _lay(*map(int, given)),
        "first": lambda: _first(*given),
        "again": _again,
        "rows": lambda: _rows(int(given[0]), given[1]),
    }
    print(json.dumps(answers[verb]()))


if __name__ == "__main__":
    _as_child(sys.argv[1:])
