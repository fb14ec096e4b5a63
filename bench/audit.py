"""Audits against ``sha512sum`` on both cores and, where it is installed, ``restic check --read-data``, on the same tree.

``python -m bench.audit HOME`` is the child that reads a site back.
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

from bench import replicate
from bench.rows import Row, figure, seconds

AGAIN = 3
"""So often each is timed, in turn; the quickest counts."""

PAGES = 10


def run(place: Path, name: str, files: int, size: int) -> Iterator[Row]:
    """Read ``files`` × ``size`` bytes back; every file of the objects is read by both."""
    work = place / f"audit-{files}"
    work.mkdir()
    home = work / "site"
    each = PAGES if size < 1 << 20 else 1
    replicate._child(home, "lay", files // each, each, size)
    tree = home / "vault" / "ocfl"
    os.sync()
    floors, ours = [], []
    for _ in range(AGAIN):
        floors.append(_sha512sum(tree, 200 if each > 1 else 1))
        ours.append(_child(home))
    best = min(ours, key=lambda one: float(one["seconds"]))
    yield seconds(f"audit {name}", best["seconds"], min(floors))
    yield figure("  rate", best["bytes"] / 1e6 / best["seconds"], "MB/s")
    yield figure("  files", best["files"] / best["seconds"], "files/s")
    yield figure("  processor", best["processor"], "s")
    yield figure("  memory", best["memory"] / 1e6, "MB")
    yield from _restic(tree, work)
    shutil.rmtree(work)


def _sha512sum(tree: Path, together: int) -> float:
    began = time.monotonic()
    found = subprocess.Popen(["find", tree, "-type", "f", "-print0"], stdout=subprocess.PIPE)
    hashing = ["xargs", "-0", "-P2", f"-n{together}", "sha512sum"]
    subprocess.run(hashing, stdin=found.stdout, check=True, stdout=subprocess.DEVNULL)
    found.wait()
    return time.monotonic() - began


def _restic(tree: Path, work: Path) -> Iterator[Row]:
    if shutil.which("restic") is None:
        yield figure("  restic is not installed", 0, "s")
        return
    told = {
        **os.environ,
        "RESTIC_REPOSITORY": str(work / "restic"),
        "RESTIC_PASSWORD": "bench",
        "HOME": str(work),
    }
    for words in (["init"], ["backup", str(tree)]):
        subprocess.run(["restic", *words], check=True, env=told, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    subprocess.run(["restic", "check", "--read-data"], check=True, env=told, stdout=subprocess.DEVNULL)
    yield figure("  restic check --read-data", time.monotonic() - began, "s")


def _child(home: Path) -> dict[str, Any]:
    told = {**os.environ, "LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"}
    program = [sys.executable, "-m", "bench.audit", str(home)]
    done = subprocess.run(program, env=told, check=True, stdout=subprocess.PIPE)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> int:
    """Read everything back once, SHA-512 alone as the peer does; print what it took."""
    import resource

    import django

    django.setup()
    from lantai.base.actors import SYSTEM
    from lantai.vault.models import Audit
    from lantai.vault.services import Order, order_audit, run_audit
    from lantai.vault.services.reading import Hand

    uuid = order_audit(SYSTEM, Order())
    Audit.objects.filter(uuid=uuid).update(sm3=Audit.NONE)
    began, cpu = time.monotonic(), time.process_time()
    run_audit(uuid, Hand(lambda: True, threads=2))
    row = Audit.objects.get(uuid=uuid)
    told = {
        "seconds": time.monotonic() - began,
        "processor": time.process_time() - cpu,
        "bytes": row.bytes,
        "files": row.files,
        "bad": row.damaged + row.missing + row.unread,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(told))
    return 0 if row.state == Audit.DONE else 1


if __name__ == "__main__":
    sys.exit(main())
