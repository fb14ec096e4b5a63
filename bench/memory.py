"""How much memory a process and its children hold between them, watched while they work."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVERY = 1.0
_ANONYMOUS = re.compile(r"^Pss_Anon:\s+(\d+) kB", re.MULTILINE)


class Memory:
    """``peak`` bytes at once, of memory of their own: pages of files that are mapped are the system's to drop."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._stop = threading.Event()
        self.peak = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every second for as long as the block takes."""
        watcher = threading.Thread(target=self._watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._stop.set()
            watcher.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            self.peak = max(self.peak, sum(map(_held, family(self._process))))


def family(process: int) -> Iterator[int]:
    """Yield ``process`` and all below it that are alive."""
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = task.read_text("ascii").split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children:
            yield from family(int(child))


def _held(process: int) -> int:
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    found = _ANONYMOUS.search(told)
    return int(found[1]) * 1024 if found else 0
