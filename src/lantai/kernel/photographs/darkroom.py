"""Working with photographs that strangers brought: each is opened in another process, with limits of memory and time."""

from __future__ import annotations

import os
import queue
import tempfile
import threading
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Invalid
from lantai.kernel.formats.child import Child
from lantai.kernel.photographs.model import Found, Order, Page, corners_of

SECONDS = 60.0
"""How long one photograph may take before its worker is ended."""

WORKER = "lantai.kernel.photographs.worker"


class Darkroom:
    """Workers that stay, at most ``most`` (default: one per core) at a time, others wait. Threads may share it.

    Every call raises ``Invalid`` ``photographs.picture.{format,heic,bytes,large,small,damaged,crash,timeout}`` for a photograph that
    is not to be had.
    """

    def __init__(self, most: int = 0, seconds: float = SECONDS, worker: str = WORKER) -> None:
        self._seconds = seconds
        self._module = worker
        self._idle: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._turn = threading.BoundedSemaphore(most or os.cpu_count() or 1)

    def look(self, path: Path) -> Found:
        """Return where the sheet is in a photograph."""
        told = self._asked({"do": "look", "path": str(path), "into": ""})
        return Found(told["width"], told["height"], corners_of(told["corners"]), told["sure"])

    def seen(self, path: Path, most: int) -> bytes:
        """Return the photograph as it is, upright, as a JPEG at most ``most`` pixels wide and high."""
        return self._drawn({"do": "seen", "path": str(path), "most": most})

    def preview(self, path: Path, order: Order, most: int) -> bytes:
        """Return how the page will look, as a JPEG at most ``most`` pixels wide and high."""
        return self._drawn({"do": "preview", "path": str(path), "most": most, "order": order.as_json()})

    def page(self, path: Path, into: Path, order: Order) -> Page:
        """Make the page of a photograph at ``into``; the same photograph and order make the same bytes."""
        told = self._asked({"do": "page", "path": str(path), "into": str(into), "order": order.as_json()})
        points = (float(told["points"][0]), float(told["points"][1]))
        return Page(into, told["width"], told["height"], points, told["way"])

    def close(self) -> None:
        """End the workers that are idle."""
        while not self._idle.empty():
            self._idle.get().end()

    def _drawn(self, order: dict[str, Any]) -> bytes:
        with tempfile.TemporaryDirectory(prefix="lantai-darkroom-") as folder:
            into = Path(folder) / "drawn.jpg"
            self._asked({**order, "into": str(into)})
            return into.read_bytes()

    def _asked(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return what a worker made of an order; one that died or hung is ended, the next order gets another."""
        with self._turn:
            worker = self._taken()
            try:
                worker.say(order)
                told = worker.hear(self._seconds)
            except TimeoutError as problem:
                worker.end()
                raise Invalid("photographs.picture.timeout") from problem
            except (OSError, EOFError, ValueError) as problem:
                worker.end()
                raise Invalid("photographs.picture.crash") from problem
            self._idle.put(worker)
        if "code" in told:
            raise Invalid(told["code"], **told["facts"])
        done: dict[str, Any] = told["done"]
        return done

    def _taken(self) -> Child:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return Child(self._module)
