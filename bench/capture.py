"""Office systems that file all at once: N units, each one document after the other, while people search.

``python -m bench.capture [--units 50] [--records 40] [--kills 0] [--cuts 0.0] [--readers 2] [--seed 1]`` founds a site in a
temporary folder, serves it as a site is served, and prints records/s and p95. ``--kills`` ends the server without
warning that many times, ``--cuts`` is the share of requests whose client is gone in the middle of its body. What was
not acknowledged is sent again, as the manual tells office systems. At the end what the offices sent, what they were
told and what the site has (rows, ledger, every byte hashed anew) are compared: anything that differs is told and
makes the exit status 1.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.letters import QUESTIONS, Letter, body_of, letters
from bench.rows import Row, figure

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
"""Seconds for which an office tries to get one document through."""
MORE = {429, 500, 502, 503, 504}


@dataclass(slots=True)
class Told:
    """What the offices were told: receipt by (unit, 电子文件号), seconds per document, and how often they tried."""

    receipts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    searches: list[float] = field(default_factory=list)
    tries: int = 0
    wrong: list[str] = field(default_factory=list)


class Office:
    """The office system of one unit."""

    def __init__(self, unit: str, token: str, port: int, cuts: float, seed: int, told: Told) -> None:
        self._unit, self._token, self._port, self._cuts, self._told = unit, token, port, cuts, told
        self._chance = random.Random(f"{seed} office {unit}")
        self._line: http.client.HTTPConnection | None = None

    def file(self, letter: Letter) -> None:
        """Send a letter until it is acknowledged or refused."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < PATIENCE:
            self._told.tries += 1
            try:
                status, answer = self._send(letter)
            except (OSError, http.client.HTTPException):
                self.hang_up()
                threading.Event().wait(self._chance.uniform(0.05, 0.4))
                continue
            if status == 201:
                self._told.receipts[self._unit, letter.external] = answer
                self._told.seconds.append(time.perf_counter() - begun)
                return
            if status not in MORE:
                self._told.wrong.append(f"{letter.external}: {status} {answer}")
                return
            threading.Event().wait(self._chance.uniform(0.05, 0.4))
        self._told.wrong.append(f"{letter.external}: no answer")

    def _send(self, letter: Letter) -> tuple[int, Any]:
        body, kind = body_of(letter)
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        if self._chance.random() < self._cuts:
            self._cut(body, headers)
        self._line.request("POST", "/api/v1/captures", body, headers)
        answer = self._line.getresponse()
        return answer.status, json.loads(answer.read())

    def _cut(self, body: bytes, headers: dict[str, str]) -> None:
        """Be gone in the middle of the body, of its last file, of its end, or just before the answer."""
        assert self._line is not None
        self._line.putrequest("POST", "/api/v1/captures")
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self._line.putheader(name, value)
        came = self._chance.choice((len(body) // 3, len(body) - 50, len(body) - 20, len(body)))
        self._line.endheaders(body[:came])
        raise ConnectionAbortedError("this client was killed")

    def hang_up(self) -> None:
        """Close the line, if one is open."""
        if self._line is not None:
            self._line.close()
        self._line = None


def family(pid: int) -> list[int]:
    """Return ``pid`` and all its descendants, youngest generation last."""
    found, generation = [pid], [pid]
    while generation:
        generation = [
            int(child)
            for one in generation
            for told in Path(f"/proc/{one}/task").glob("*/children")
            for child in told.read_text("ascii").split()
        ]
        found += generation
    return found


class Server:
    """A site as it is served, that can be killed without warning."""

    def __init__(self, site: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        self._environment = {**os.environ, "LANTAI_HOME": str(site), "LANTAI_API_RATE": "0"}
        self._log = open(site.parent / "server.log", "ab")  # noqa: SIM115 - the server writes it for as long as it runs
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve and return when it answers."""
        told = ["--port", str(self.port), "--workers", "2", "--background", "1"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lantai", "serve", *told],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            if self.answers():
                return
            threading.Event().wait(0.1)
        raise RuntimeError("the server does not answer; see server.log")

    @property
    def pid(self) -> int:
        """The process that keeps all others of the server."""
        assert self._process is not None
        return self._process.pid

    def answers(self) -> bool:
        """Return whether somebody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/api/v1/me")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def kill(self) -> None:
        """End all its processes without warning: those that answer are in sessions of their own."""
        assert self._process is not None
        for pid in family(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it as its keeper does."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)
        self._log.close()


def found(site: Path, units: int) -> dict[str, str]:
    """Found a site with ``units`` units; return the token of each office system by unit."""
    tokens: dict[str, str] = json.loads(_inside(site, "found", str(units)))
    return tokens


def simulate(
    site: Path,
    *,
    units: int,
    records: int,
    kills: int = 0,
    cuts: float = 0.0,
    readers: int = 0,
    seed: int = 1,
) -> tuple[Told, float]:
    """File a year of ``units`` offices on a new site; return what they were told and the seconds it took.

    ``Told.wrong`` also names whatever differs between offices and site at the end.
    """
    tokens = found(site, units)
    server, told, done = Server(site), Told(), threading.Event()
    server.start()
    try:
        offices = [
            threading.Thread(
                target=_year, args=(Office(unit, token, server.port, cuts, seed, told), unit, records, seed)
            )
            for unit, token in tokens.items()
        ]
        begun = time.perf_counter()
        beside = [threading.Thread(target=_search, args=(server.port, done, told)) for _ in range(readers)]
        for thread in (*offices, *beside):
            thread.start()
        _kill_at(server, kills, units * records, told, offices)
        for thread in offices:
            thread.join()
        seconds = time.perf_counter() - begun
        done.set()
        for thread in beside:
            thread.join()
    finally:
        done.set()
        server.stop()
    told.wrong += compare(json.loads(_inside(site, "audit")), told, list(tokens), records, seed)
    return told, seconds


def _year(office: Office, unit: str, records: int, seed: int) -> None:
    for letter in letters(unit, records, seed):
        office.file(letter)
    office.hang_up()


def _kill_at(server: Server, kills: int, total: int, told: Told, offices: list[threading.Thread]) -> None:
    """Kill the server when another share of the year is filed: the moment inside a request is chance."""
    for number in range(1, kills + 1):
        while len(told.receipts) < total * number // (kills + 1) and any(one.is_alive() for one in offices):
            threading.Event().wait(0.01)
        server.kill()
        server.start()


def _search(port: int, done: threading.Event, told: Told) -> None:
    from urllib.parse import quote

    number = 0
    while not done.wait(0.2):
        number += 1
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        begun = time.perf_counter()
        try:
            line.request("GET", f"/search/?q={quote(QUESTIONS[number % len(QUESTIONS)])}")
            if line.getresponse().status == 200:
                told.searches.append(time.perf_counter() - begun)
        except (OSError, http.client.HTTPException):
            continue  # the server was just killed
        finally:
            line.close()


def compare(found: dict[str, Any], told: Told, units: list[str], records: int, seed: int) -> list[str]:
    """Return every difference between what was sent, what was acknowledged and what the site has."""
    wrong = list(found["wrong"])
    rows = {(unit, external): row for unit, external, row in found["rows"]}
    for unit in units:
        for letter in letters(unit, records, seed):
            at = (unit, letter.external)
            row, receipt = rows.pop(at, None), told.receipts.get(at)
            if row is None or receipt is None:
                wrong.append(f"{letter.external}: site {row is not None}, acknowledged {receipt is not None}")
                continue
            sent = [hashlib.sha512(data).hexdigest() for _, data in letter.files.values()]
            if row["files"] != sent or [c["sha512"] for c in receipt["components"]] != sent:
                wrong.append(f"{letter.external}: other bytes")
            if (row["number"], row["entry"], row["title"]) != (
                receipt["number"],
                receipt["entry"],
                letter.told["values"]["title"],
            ):
                wrong.append(f"{letter.external}: another receipt")
    wrong += [f"{external}: nobody sent it" for _, external in rows]
    return wrong


def _inside(site: Path, *given: str) -> str:
    """Return what this module says inside the site (``found`` or ``audit``)."""
    environment = {**os.environ, "LANTAI_HOME": str(site), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.capture_site", *given],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def share(values: list[float], part: float) -> float:
    """Return the value below which ``part`` of ``values`` lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def rows_of(told: Told, seconds: float, units: int) -> list[Row]:
    """Return the figures of a run."""
    rows = [
        figure(f"capture, {units} offices at once", len(told.receipts) / seconds, "records/s"),
        figure("  p50", share(told.seconds, 0.5) * 1000, "ms"),
        figure("  p95", share(told.seconds, 0.95) * 1000, "ms"),
        figure("  tries per record", told.tries / max(1, len(told.receipts)), ""),
    ]
    if told.searches:
        rows.append(figure("  search meanwhile, p95", share(told.searches, 0.95) * 1000, "ms"))
    return rows


def run(place: Path, units: int, records: int) -> list[Row]:
    """Let ``units`` offices file ``records`` each on a site of their own, nothing killed, two people searching."""
    here = place / "capture"
    here.mkdir()
    told, seconds = simulate(here / "site", units=units, records=records, readers=2)
    if told.wrong:
        raise RuntimeError("; ".join(told.wrong[:10]))
    return rows_of(told, seconds, units)


def main(say: Callable[[str], object] = print) -> int:
    """Run one simulated year and print its figures."""
    parser = argparse.ArgumentParser(prog="bench.capture")
    parser.add_argument("--units", type=int, default=50)
    parser.add_argument("--records", type=int, default=40, help="per unit; a simulated year has 400")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--cuts", type=float, default=0.0)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    work = Path(__file__).parent / "scratch"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        told, seconds = simulate(Path(folder) / "site", **vars(given))
    for row in rows_of(told, seconds, given.units):
        say(f"{row['name']:<44} {row['ours']:>12,.2f} {row['unit']}")
    for line in told.wrong[:50]:
        say(f"WRONG {line}")
    say(
        f"{len(told.receipts):,} of {given.units * given.records:,} acknowledged, {len(told.wrong)} differences"
    )
    return 1 if told.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
