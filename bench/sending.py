"""Sending a package from one site to another on this machine, both killed in the middle: MB/s, memory, bytes sent twice.

``python -m bench.sending [--gigabytes 5] [--kills 1] [--late] [--holes] [--folder DIR]`` founds two sites in a temporary folder of
``DIR``, lays down a package at one, sends it, kills receiver and sender ``--kills`` times each while it goes and, with
``--late``, the receiver once more while it computes the digests of what arrived; then every byte there is compared with
what was sent. The package is no archive: what is measured is the way until it is a transfer; that it is returned then is right.

It needs twice the package on the disk, but with ``--holes``: no two MiB of the package are alike, and nearly all of it is zeros whose
room is given back while it goes (``bench.hollow``). The servers do not know; their disk must only say that it could
hold it. A file system of 400 GB in a file that is empty does:

    truncate -s 400G disk && mkfs.ext4 -q -E lazy_itable_init=1,nodiscard disk && mount -o loop,discard disk DIR

What such a run does not measure is the speed of a disk.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import hollow
from bench.capture import ROOT, Server, family


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


def found_unit(size: int, sums: dict[str, str], holes: bool) -> str:
    """Make the unit's site with a hand-over whose package has ``size`` bytes; return its number."""
    from tests.withstand.send_pieces import build
    from tests.withstand.send_pieces import found_unit as found

    from lantai.desk.models import HandOver
    from lantai.desk.queries_hand_over import folder_of

    found()
    number = build(1)
    row = HandOver.objects.get(number=number)
    hollow.lay(folder_of(row.uuid) / row.package, size, holes=holes)
    HandOver.objects.filter(pk=row.pk).update(size=size, **sums)
    return number


def send(number: str, address: str, token: str) -> None:
    """Begin to send."""
    from tests.withstand.send_pieces import send as begin

    begin(number, address, token, 0)


def there() -> dict[str, Any]:
    """Return what the archives have."""
    from tests.withstand.send_pieces import there as told

    return told()


@dataclass(slots=True)
class Seen:
    """What was seen of a sending: seconds by stage, most memory by process, bytes that went twice, kills survived."""

    arrived: float = 0.0
    whole: float = 0.0
    start: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    one: dict[str, int] = field(default_factory=dict)
    again: list[int] = field(default_factory=list)
    kills: list[str] = field(default_factory=list)
    still: float = 0.0


class Line:
    """Two sites, a package on its way between them, and who kills them."""

    def __init__(self, place: Path, size: int, *, kills: int, late: bool, holes: bool) -> None:
        self.place, self.size, self.late = place, size, late
        self.ours, self.theirs = place / "unit" / "site", place / "archives" / "site"
        for one in (self.ours, self.theirs):
            one.parent.mkdir()
        self.token = inside(self.theirs, "found_archives")
        self.number = inside(self.ours, "found_unit", size, hollow.digests(size, holes=holes), holes)
        self.unit, self.hall = Server(self.ours), Server(self.theirs)
        self.seen, self._holes = Seen(), holes
        parts = 2 * kills + 1
        self.kills = [((n + 1) / parts, "unit" if n % 2 else "archives") for n in range(2 * kills)]

    def go(self) -> str:
        """Send; return "" when all bytes are there, else what is not."""
        digger = hollow.Digger(self.theirs) if self._holes else None
        try:
            if digger is not None:
                digger.start()
            self.hall.start()
            self.unit.start()
            inside(self.ours, "send", self.number, f"http://127.0.0.1:{self.hall.port}", self.token)
            self._follow()
            self.hall.kill()  # what arrived stays as it is
            return self._compared()
        finally:
            self.unit.stop()
            self.hall.stop()
            if digger is not None:
                digger.stop()

    def _follow(self) -> None:
        begun, kept, last = time.monotonic(), self.place / "as-it-arrived", (0.0, 0)
        while True:
            threading.Event().wait(0.5)
            now = time.monotonic() - begun
            self._weigh()
            came = self._came()
            if came != last[1]:
                last = (now, came)
            if not self.seen.arrived:
                self.seen.still = max(self.seen.still, now - last[0])
            if self.kills and came > self.kills[0][0] * self.size:
                self._kill(self.kills.pop(0)[1])
            state, offset = self._far()
            if offset == self.size and not self.seen.arrived:
                self.seen.arrived = now
            if not kept.exists() and self._keep(kept) and self.late:
                threading.Event().wait(min(20.0, self.size / 1e9))
                self._kill("archives, at the digests")
            if state == "delivered":
                self.seen.whole = now
                return

    def _weigh(self) -> None:
        for name, server in (("unit", self.unit), ("archives", self.hall)):
            held = [resident(pid) for pid in family(server.pid)]
            self.seen.start.setdefault(name, sum(held))
            self.seen.most[name] = max(self.seen.most.get(name, 0), sum(held))
            self.seen.one[name] = max(self.seen.one.get(name, 0), *held)

    def _came(self) -> int:
        """Return how many bytes lie in the inbox of the archives."""
        for path in (self.theirs / "inbox").glob("upload-*/data"):
            with suppress(FileNotFoundError):
                return path.stat().st_size
        return 0

    def _far(self) -> tuple[str, int]:
        with closing(
            sqlite3.connect(f"file:{self.ours}/lantai.sqlite3?mode=ro", uri=True, timeout=60)
        ) as rows:
            state, offset = rows.execute('SELECT state, "offset" FROM desk_sending').fetchone()
            return str(state), int(offset)

    def _keep(self, kept: Path) -> bool:
        """Give the bytes that arrived a second name before they are taken apart; return whether they have arrived."""
        for path in (self.theirs / "deliveries").glob("*/*"):
            with suppress(FileNotFoundError):
                os.link(path, kept)
                return True
        return False

    def _kill(self, whom: str) -> None:
        """Kill a server; what the sender had read by then and had not arrived goes twice.

        What a killed receiver had not read is lost, what a killed sender had written still arrives.
        """
        victim = self.unit if whom == "unit" else self.hall
        halted = family(self.unit.pid) + (family(self.hall.pid) if victim is self.hall else [])
        for pid in halted:
            os.kill(pid, signal.SIGSTOP)
        told, lost = self._told(family(self.unit.pid)), self._came()
        victim.kill()
        if victim is self.unit:
            threading.Event().wait(1.0)
            lost = self._came()
        else:
            for pid in family(self.unit.pid):
                os.kill(pid, signal.SIGCONT)
        if told:
            self.seen.again.append(max(0, told - lost))
        victim.start()
        self.seen.kills.append(whom)

    def _told(self, pids: list[int]) -> int:
        """Return how far the sender has read the package."""
        for pid in pids:
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    if "/packages/" in os.readlink(handle):
                        told = Path(f"/proc/{pid}/fdinfo/{handle.name}").read_text("ascii")
                        return int(told.split()[1])
        return 0

    def _compared(self) -> str:
        kept, end = self.place / "as-it-arrived", inside(self.theirs, "there")
        if len(end["transfers"]) != 1 or end["deliveries"] != ["taken"]:
            return str(end)
        wrong = hollow.other(kept, self.size, holes=self._holes)
        return f"other bytes arrived: {wrong}" if wrong else ""


def resident(pid: int) -> int:
    """Return the bytes that a process holds itself, without what files lend it."""
    with suppress(FileNotFoundError, ProcessLookupError):
        told = Path(f"/proc/{pid}/status").read_text("ascii")
        return sum(int(line.split()[1]) << 10 for line in told.splitlines() if line.startswith("RssAnon"))
    return 0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--holes", action="store_true")
    parser.add_argument("--folder", default=None)
    given = parser.parse_args()
    size = int(given.gigabytes * 10**9)
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="lantai-sending-") as place:
        line = Line(Path(place), size, kills=given.kills, late=given.late, holes=given.holes)
        wrong = line.go()
        _print(size, line.seen, wrong)
        return int(bool(wrong))


def _print(size: int, seen: Seen, wrong: str) -> None:
    speed = size / 1e6 / max(seen.arrived, 0.1)
    lines = [
        f"{size / 1e9:.1f} GB arrived in {seen.arrived:.0f} s ({speed:.0f} MB/s), longest standstill {seen.still:.0f} s",
        f"killed meanwhile: {', '.join(seen.kills) or 'nobody'}; bytes sent again: {sum(seen.again):,}",
        f"digests compared, a transfer after {seen.whole:.0f} s; {wrong or 'every byte as it was sent'}",
    ]
    lines += [f"{name}: {told}" for name, told in _memory(seen).items()]
    sys.stdout.write("\n".join(lines) + "\n")


def _memory(seen: Seen) -> Mapping[str, str]:
    return {
        name: f"{seen.start[name] >> 20} MiB at first, {most >> 20} MiB at most, {seen.one[name] >> 20} MiB one process"
        for name, most in seen.most.items()
    }


if __name__ == "__main__":
    raise SystemExit(main())
