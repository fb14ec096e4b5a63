"""Processes that can be killed cheaply: one that has imported everything forks the others.

``python -m tests.withstand.stage`` reads one JSON line ``[piece, answer path, arguments…]`` at a time, forks
a child that does the piece (a function of :mod:`tests.withstand.pieces`, or ``module.function`` beside it) and
says the child's pid; ``[pid]`` waits for it and says its status. A child leaves its answer as JSON in the
answer path, whole or not at all.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Piece:
    """A running child."""

    stage: Stage
    pid: int
    answer: Path

    def kill(self) -> None:
        """Kill it without warning and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self.stage.ask([self.pid])

    def ended(self) -> int:
        """Wait for its end and return its status."""
        return int(self.stage.ask([self.pid]))

    def result(self) -> Any:
        """Wait for its end and return its answer; it must have ended well."""
        status = self.stage.ask([self.pid])
        assert status == 0, (
            f"piece ended with {status}; see the log of the stage\n{self.stage.said()[-4000:]}"
        )
        return json.loads(self.answer.read_text("utf-8"))


class Stage:
    """The forking process of one site, seen from the test."""

    def __init__(self, home: Path, folder: Path, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.home = home
        self._folder = folder
        self._count = 0
        self.log = folder / "stage.log"
        told = {**os.environ, "LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"}
        told["OPENBLAS_NUM_THREADS"] = "1"
        told.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.withstand.stage"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                env=told | environment,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def ask(self, told: list[Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, piece: str, *arguments: Any) -> Piece:
        """Begin a piece in a child of its own."""
        self._count += 1
        answer = self._folder / f"answer-{self._count}.json"
        return Piece(self, self.ask([piece, str(answer), *arguments]), answer)

    def run(self, piece: str, *arguments: Any) -> Any:
        """Do a piece to its end and return its answer."""
        return self.start(piece, *arguments).result()

    def said(self) -> str:
        """Return what all children wrote on standard error."""
        return self.log.read_text("utf-8", "replace")


def _child(piece: str, answer: str, arguments: list[Any]) -> None:
    module, _, name = piece.rpartition(".")
    found = importlib.import_module(f"tests.withstand.{module or 'pieces'}")
    status = 1
    try:
        told = getattr(found, name)(*arguments)
        fresh = Path(f"{answer}.part")
        fresh.write_text(json.dumps(told), "utf-8")
        fresh.replace(answer)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


class _Later(ModuleType):
    """A module that is loaded when the first child needs it: it starts threads, which do not survive a fork."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _main() -> None:
    import django

    sys.modules["pygfried"] = _Later("pygfried")
    django.setup()
    from tests.withstand import pieces

    pieces.load()
    assert len(os.listdir("/proc/self/task")) == 1, "a process with threads must not fork"
    for line in sys.stdin:
        told = json.loads(line)
        if len(told) == 1:
            answer = os.waitstatus_to_exitcode(os.waitpid(told[0], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                sys.stdin.close()
                _child(told[0], told[1], told[2:])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _main()
