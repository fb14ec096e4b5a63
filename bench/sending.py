"""Sending a package from one site to another on this machine, both killed in the middle: MB/s, memory, bytes sent twice.

``python -m bench.sending [--gigabytes 5] [--folder DIR]`` founds two sites in a temporary folder of ``DIR``, lays down a
package of real bytes at one, sends it, kills receiver and sender once each, and prints what it took. The package is
no archive: what is measured is the way until it is a transfer; that it is returned then is right. It needs twice
the package on the disk.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.capture import ROOT, Server, family

BLOCK = 8 << 20


def resident(pid: int) -> int:
    """Return the bytes that a process and all below it hold themselves, without what files lend them."""
    total = 0
    for one in family(pid):
        try:
            told = Path(f"/proc/{one}/status").read_text("ascii")
        except FileNotFoundError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("RssAnon"))
    return total


def inside(site: Path, piece: str, *arguments: Any) -> Any:
    """Do a piece in a process of its own on ``site`` and return its answer."""
    code = (
        "import django, json, sys; django.setup(); from bench import sending; "
        "print(json.dumps(getattr(sending, sys.argv[1])(*json.loads(sys.argv[2]))))"
    )
    environment = {**os.environ, "LANTAI_HOME": str(site), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"}
    told = [sys.executable, "-c", code, piece, json.dumps(arguments)]
    done = subprocess.run(told, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def found_archives() -> str:
    """Make the archives' site; return its token for the unit."""
    from tests.withstand.send_pieces import found_archives as found

    return found()


def found_unit(size: int) -> str:
    """Make the unit's site with a hand-over whose package has ``size`` bytes; return its number."""
    from tests.withstand.send_pieces import build
    from tests.withstand.send_pieces import found_unit as found

    from lantai.desk.models import HandOver
    from lantai.desk.queries_hand_over import folder_of
    from lantai.kernel.digests import new

    found()
    number = build(1)
    row = HandOver.objects.get(number=number)
    sums = {"sm3": new("sm3"), "sha512": new("sha512")}
    seed = os.urandom(BLOCK)
    with open(folder_of(row.uuid) / row.package, "wb", buffering=0) as out:
        for at in range(0, size, BLOCK):
            block = hashlib.sha256(at.to_bytes(8, "big")).digest() + seed[32:]
            block = block[: min(BLOCK, size - at)]
            out.write(block)
            for one in sums.values():
                one.update(block)
        os.fsync(out.fileno())
    told = {name: one.hexdigest() for name, one in sums.items()}
    HandOver.objects.filter(pk=row.pk).update(size=size, **told)
    return number


def send(number: str, address: str, token: str) -> None:
    """Begin to send."""
    from tests.withstand.send_pieces import send as begin

    begin(number, address, token, 0)


def hurry(number: str) -> None:
    """Try again at once."""
    from tests.withstand.send_pieces import hurry as now

    now(number)


def far(number: str) -> dict[str, Any]:
    """Return how far it is."""
    from tests.withstand.send_pieces import far as told

    return told(number)


def there() -> dict[str, Any]:
    """Return what the archives have."""
    from tests.withstand.send_pieces import there as told

    return told()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--folder", default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="lantai-sending-") as place:
        return run(Path(place), int(given.gigabytes * 10**9))


def run(place: Path, size: int) -> int:
    """Send ``size`` bytes from a site to another; return the exit status."""
    (place / "unit").mkdir()
    (place / "archives").mkdir()
    ours, theirs = place / "unit" / "site", place / "archives" / "site"
    token, number = inside(theirs, "found_archives"), inside(ours, "found_unit", size)
    unit, hall = Server(ours), Server(theirs)
    most = {"unit": 0, "archives": 0}
    start = {"unit": 0, "archives": 0}
    try:
        hall.start()
        unit.start()
        inside(ours, "send", number, f"http://127.0.0.1:{hall.port}", token)
        begun, kills, arrived = time.monotonic(), [(0.3, hall), (0.6, unit)], 0.0
        while True:
            threading.Event().wait(1.0)
            for name, one in (("unit", unit), ("archives", hall)):
                held = resident(one.pid)
                start[name] = start[name] or held
                most[name] = max(most[name], held)
            told = inside(ours, "far", number)
            if kills and told["offset"] > kills[0][0] * size:
                _share, one = kills.pop(0)
                one.kill()
                one.start()
                inside(ours, "hurry", number)
            if told["offset"] == size and not arrived:
                arrived = time.monotonic() - begun
            if told["state"] == "delivered":
                break
        whole = time.monotonic() - begun
        end = inside(theirs, "there")
        _print(size, arrived, whole, start, most, told, end)
        return int(len(end["transfers"]) != 1)
    finally:
        unit.stop()
        hall.stop()


def _print(
    size: int,
    arrived: float,
    whole: float,
    start: dict[str, int],
    most: dict[str, int],
    told: dict[str, Any],
    end: dict[str, Any],
) -> None:
    lines = [
        f"{size / 1e9:.1f} GB arrived in {arrived:.0f} s with both sites killed: {size / 1e6 / max(arrived, 0.1):.0f} MB/s",
        f"a transfer after {whole:.0f} s, digests compared: {told['transfer']}; transfers there: {len(end['transfers'])}",
    ]
    lines += [f"{name}: {start[name] >> 20} MiB at first, {most[name] >> 20} MiB at most" for name in most]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
