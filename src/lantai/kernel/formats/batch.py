"""Opening many files in processes of their own, so that a crash or a hang of a tool is one file's outcome."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats.child import Child
from lantai.kernel.formats.model import Examined, Format, Inspection

BATCH = 32
SECONDS = 60.0
"""How long one file may take before its worker is ended."""

WORKER = "lantai.kernel.formats.worker"


def inspect_many(
    paths: Iterable[Path], threads: int | None = None, seconds: float = SECONDS, worker: str = WORKER
) -> Iterator[Examined]:
    """Yield what each path is and what opening it told, in the order of ``paths``.

    ``threads`` worker processes (default: one per core) take a few dozen files at a time; memory does not
    grow with their number. A file whose tool crashes, hangs longer than ``seconds`` or fails is reported with
    ``readable`` None and a finding that says so; the others are not touched by it.
    """
    count = threads or os.cpu_count() or 1
    remaining = iter(paths)
    pending: deque[Future[list[Examined]]] = deque()
    with contextlib.ExitStack() as closing:
        crew = closing.enter_context(_Crew(seconds, worker))
        pool = closing.enter_context(ThreadPoolExecutor(count))
        while batch := list(islice(remaining, BATCH)):
            pending.append(pool.submit(crew.examine, batch))
            if len(pending) > count * 2:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()


class Examiner:
    """Workers that stay, for files that come one by one: :func:`inspect_many` without its start-up of a second.

    At most ``most`` (default: one per core) work at a time, others wait. May be shared between threads.
    ``characters`` of text are taken out of each file that has any.
    """

    def __init__(
        self, most: int = 0, seconds: float = SECONDS, worker: str = WORKER, characters: int = 0
    ) -> None:
        self._crew = _Crew(seconds, worker, characters)
        self._turn = threading.BoundedSemaphore(most or os.cpu_count() or 1)

    def examine(self, paths: Sequence[Path]) -> list[Examined]:
        """Return what each path is and what opening it told, in order."""
        with self._turn:
            return self._crew.examine(paths)


class _Crew:
    """The workers of one run: taken for a batch, given back when whole, ended at the run's end."""

    def __init__(self, seconds: float, module: str, characters: int = 0) -> None:
        self._seconds = seconds
        self._told = (module, str(characters))
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: list[_Worker] = []
        self._lock = threading.Lock()

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *problem: object) -> None:
        for worker in self._all:
            worker.end()

    def _take(self) -> _Worker:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            worker = _Worker(*self._told)
            with self._lock:
                self._all.append(worker)
            return worker

    def examine(self, paths: Sequence[Path]) -> list[Examined]:
        """Return one answer per path; after a death the rest goes to a new worker."""
        answers: list[Examined] = []
        singly = False
        while len(answers) < len(paths):
            left = paths[len(answers) :]
            worker = self._take()
            told, fate, blamed = worker.examine(left[:1] if singly else left, self._seconds)
            answers += told
            if not fate:
                self._idle.put(worker)
                continue
            worker.end()
            if blamed or singly:
                answers.append(_lost(left[len(told)], fate))
            else:
                singly = True  # it died before any file was opened: find out which name does it
        return answers


def _lost(path: Path, fate: str) -> Examined:
    finding = Finding(fate, severity=Severity.INFO)
    form = Format("", extension=path.suffix[1:].lower())
    return Examined(str(path), form, Inspection(None, (finding,)))


class _Worker:
    """One child process that opens files."""

    def __init__(self, module: str, characters: str) -> None:
        self._child = Child(module, characters)

    def examine(self, paths: Sequence[Path], seconds: float) -> tuple[list[Examined], str, bool]:
        """Return the answers, the code of what ended the worker ("" = nothing), and whether a file did it."""
        answers: list[Examined] = []
        at = -1
        try:
            self._child.say([str(path) for path in paths])
            while len(answers) < len(paths):
                message = self._child.hear(seconds)
                if "at" in message:
                    at = message["at"]
                else:
                    answers.append(_answer(paths[message["done"]], message))
        except TimeoutError:
            return answers, "formats.content.timeout", at == len(answers)
        except (OSError, EOFError):
            return answers, "formats.content.crash", at == len(answers)
        return answers, "", False

    def end(self) -> None:
        """End the child, whatever it does."""
        self._child.end()


def _answer(path: Path, message: dict[str, Any]) -> Examined:
    form = Format.from_json(message["format"])
    pages = tuple(message.get("pages", ()))
    return Examined(str(path), form, Inspection.from_json(message["inspection"]), pages)
