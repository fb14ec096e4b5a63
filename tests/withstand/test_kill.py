"""Killed without warning, again and again, the archives lose nothing, double nothing, show nothing half-made."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.soak import rounds
from tests.withstand.packs import pack
from tests.withstand.stage import ROOT, Stage

ROUNDS = rounds(30, 1000)
PACKAGES = 10
SEED = 20261122
ORDER = (
    "submitted",
    "received",
    "checking",
    "accepted",
    "registered",
    "preserved",
    "described",
    "indexed",
    "closed",
)


def let_pass(seconds: float) -> None:
    """Give the others this much time: here the moment of death is what is tested."""
    threading.Event().wait(seconds)


class Storm:
    """Rounds of work and sudden death on one site, and what was acknowledged so far."""

    def __init__(self, stage: Stage, home: Path, folder: Path) -> None:
        self.stage = stage
        self.home = home
        self.chance = random.Random(SEED)
        self.refs: set[str] = set()
        self.waiting: list[Path] = []
        for number in range(PACKAGES):
            path, refs = pack(
                folder,
                f"packet-{number}",
                1980 + number,
                items=2 + number % 4,
                files=1 + 40 * (number % 5 == 3),
                archive=number % 2 == 0,
            )
            self.waiting.append(path)
            self.refs |= set(refs)
        self.promised: dict[str, int] = {}
        self.hit: Counter[str] = Counter()

    def promise(self, numbers: list[str], state: str) -> None:
        for number in numbers:
            self.promised[number] = max(self.promised.get(number, 0), ORDER.index(state))

    def round(self, number: int) -> None:
        """Let one or two workers work, submit and accept meanwhile, kill all of them, and look."""
        chance = self.chance
        workers = [self.stage.start("work") for _ in range(1 + (number % 3 == 2))]
        if len(self.waiting) > 1 and number % 6 == 0:
            self.ask_or_kill("submit", str(self.waiting[0]))
        if number % 3 == 1:
            self.ask_or_kill("accept_waiting")
        let_pass(chance.uniform(0, 0.2) if chance.random() < 0.4 else chance.uniform(0.1, 1.3))
        for worker in workers:
            worker.kill()
        self.look()

    def ask_or_kill(self, piece: str, *arguments: str) -> None:
        """Ask for something; one time in three the asked process is killed before it may have answered."""
        if self.chance.random() < 0.33:
            asked = self.stage.start(piece, *arguments)
            let_pass(self.chance.uniform(0, 0.15))
            asked.kill()
        else:
            self.ask(piece, *arguments)

    def ask(self, piece: str, *arguments: str) -> None:
        """Ask for something and remember what was acknowledged."""
        answer = self.stage.run(piece, *arguments)
        if piece == "submit":
            self.promise([answer], "submitted")
            self.waiting.pop(0)
        else:
            self.promise(answer, "accepted")

    def look(self) -> dict[str, Any]:
        """Compare the site with itself and with what was acknowledged before."""
        told: dict[str, Any] = self.stage.run("audit")
        assert told["wrong"] == []
        assert set(told["refs"]) <= self.refs
        for number, least in self.promised.items():
            assert ORDER.index(told["states"][number]) >= least, number
        for number, state in told["states"].items():
            self.promise([number], state)
            if state not in ("checking", "closed"):
                self.hit[state] += 1
        return told


def _finish(storm: Storm) -> None:
    """Let the real worker finish everything that is left; told to stop, it ends well."""
    environment = {**os.environ, "LANTAI_HOME": str(storm.home)}
    with subprocess.Popen(
        [sys.executable, "-m", "lantai", "worker"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    ) as worker:
        try:
            _until_closed(storm)
            worker.send_signal(signal.SIGTERM)
            _, said = worker.communicate(timeout=60)
        finally:
            worker.kill()
        assert worker.returncode == 0, said
        assert b"Traceback" not in said, said.decode()


def _until_closed(storm: Storm) -> None:
    give_up = time.monotonic() + 120
    while storm.waiting or set(storm.look()["states"].values()) != {"closed"}:
        assert time.monotonic() < give_up, storm.look()["states"]
        if storm.waiting:
            storm.ask("submit", str(storm.waiting[0]))
        storm.ask("accept_waiting")
        let_pass(0.2)


@pytest.mark.slow
def test_killed_again_and_again(tmp_path: Path) -> None:
    home = tmp_path / "site"
    stop = tmp_path / "stop"
    with Stage(home, tmp_path / "stage") as stage:
        stage.run("found")
        storm = Storm(stage, home, tmp_path / "packages")
        before = _digests(tmp_path / "packages")
        reader = stage.start("watch", str(stop))
        for number in range(ROUNDS):
            storm.round(number)
        _finish(storm)
        stop.touch()
        watched = reader.result()
        assert watched["broken"] == []
        assert watched["seen"] > 0
        told = storm.look()
        assert told["refs"] == sorted(storm.refs)
        assert len(told["states"]) == PACKAGES
        assert len(storm.hit) >= rounds(3, 5), storm.hit
        proof = stage.run("prove")
        assert proof["ledger"] == [] and proof["damaged"] == [] and proof["unpublished"] == 0
        assert proof["verifier"] == 0, proof["said"]
        assert proof["indexed"] == len(storm.refs)
        assert stage.run("leftovers") == []
        assert "Traceback" not in stage.said(), stage.said()[-6000:]
        assert _digests(tmp_path / "packages") == before


@pytest.mark.slow
@pytest.mark.parametrize("archive", [True, False])
def test_death_before_every_change_of_a_file(tmp_path: Path, archive: bool) -> None:
    """Workers die ever later: before their 1st, 11th, 21st … change of a file, of a folder their 6th, 16th, 26th …

    Each begins where the last fell.
    """
    first = 1 if archive else 6
    path, refs = pack(tmp_path / "packages", "packet", 1990, items=2, archive=archive)
    inbox = tmp_path / "site" / "inbox" / "arrived"
    with Stage(tmp_path / "site", tmp_path / "stage") as stage:
        stage.run("found")
        shutil.copytree(path.parent, inbox, ignore=shutil.ignore_patterns("material"))
        stage.run("submit", str(inbox / path.name), True)
        for accepted in (False, True):
            deaths = 0
            while (worker := stage.start("settle_until", first + 10 * deaths)).ended() == 9:
                deaths += 1
                told = stage.run("audit")
                assert told["wrong"] == []
                assert set(told["refs"]) in (set(), set(refs))
            assert json.loads(worker.answer.read_text("utf-8")) is True, stage.said()[-4000:]
            assert deaths > 5
            if not accepted:
                assert not inbox.exists()
                assert stage.run("accept_waiting") == list(told["states"])
        told = stage.run("audit")
        assert told["refs"] == refs and set(told["states"].values()) == {"closed"}
        proof = stage.run("prove")
        assert (proof["ledger"], proof["damaged"], proof["verifier"]) == ([], [], 0), proof
        assert stage.run("leftovers") == []


def _digests(folder: Path) -> dict[str, str]:
    """Return the SHA-512 of every file below ``folder``: what a sender gave is never touched."""
    return {
        str(path.relative_to(folder)): hashlib.sha512(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
