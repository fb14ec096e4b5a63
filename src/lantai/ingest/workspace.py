"""The folder of a transfer in quarantine: received content, its digests, the plan, and how far work is.

What lies here is operational: progress and problems are not acts and have no ledger entry.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.base.home import home
from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.packages import Container
from lantai.kernel.storage.medium import sync_file

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is: ``done`` of ``total`` files; ``problem`` is why it stands still, or None."""

    step: str
    done: int
    total: int
    problem: Mapping[str, Any] | None = None


ROOM = 1_000
"""Bytes that a sign of life takes at least, so that a later and longer one fits over it."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The quarantine folder of one transfer."""

    root: Path

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def journal(self) -> Path:
        """Files already taken in, one JSON line each, so that a killed reception goes on from the last."""
        return self.root / "taken.jsonl"

    def container(self) -> Container | None:
        """Return what was received, or None while it is not complete."""
        path = self.root / "container.json"
        if not path.exists():
            return None
        return Container.from_json(json.loads(path.read_text("utf-8")))

    def write_container(self, container: Container) -> None:
        """Make the reception complete: after this the content is not touched until it is preserved."""
        text = json.dumps(container.as_json(digests=True), ensure_ascii=False)
        write_durably(self.root / "container.json", [text])

    def received(self) -> Container:
        """Return what was received; ``Corrupt`` when the folder has lost it."""
        container = self.container()
        if container is None:
            raise Corrupt("ingest.workspace.lost", folder=self.root.name)
        return container

    def refusal(self) -> Mapping[str, Any] | None:
        """Return why the package was refused (code and facts), or None."""
        path = self.root / "refusal.json"
        if not path.exists():
            return None
        told: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return told

    def refuse(self, refusal: LantaiError) -> None:
        """Keep why the package is refused: after this its source is not needed any more."""
        facts = {name: value if _plain(value) else str(value) for name, value in refusal.facts.items()}
        text = json.dumps({"code": refusal.code, "facts": facts}, ensure_ascii=False)
        write_durably(self.root / "refusal.json", [text])

    def plan(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the preservation plan (see :mod:`lantai.ingest.plan`)."""
        with open(self.root / "plan.jsonl", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def has_plan(self) -> bool:
        return (self.root / "plan.jsonl").exists()

    def write_plan(self, lines: Iterator[dict[str, Any]]) -> None:
        """Write the plan whole or not at all."""
        texts = (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
        write_durably(self.root / "plan.jsonl", texts)

    def progress(self) -> Progress | None:
        """Return what :meth:`report` or :meth:`stuck` last told."""
        try:
            told = json.loads((self.root / "progress.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None  # not begun, or torn by a kill: it is only a sign of life
        return Progress(told["step"], told["done"], told["total"], told.get("problem"))

    def report(self, step: str, done: int, total: int) -> None:
        """Tell how far ``step`` is."""
        self._tell({"step": step, "done": done, "total": total})

    def stuck(self, step: str, problem: LantaiError) -> None:
        """Tell why ``step`` stands still; it is tried again."""
        told = {"code": problem.code, "facts": problem.facts}
        self._tell({"step": step, "done": 0, "total": 0, "problem": told})

    def _tell(self, told: Mapping[str, Any]) -> None:
        """Leave a sign of life; a disk that takes none is no reason to stop, and shows in what stops later."""
        data = json.dumps(told, ensure_ascii=False).encode("utf-8").ljust(ROOM)
        fresh = self.root / f"progress.{os.getpid()}"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(data)
            fresh.replace(self.root / "progress.json")
        except OSError:
            self._tell_over(data)

    def _tell_over(self, data: bytes) -> None:
        """Write over the old sign of life: on a full disk its own block is still there."""
        try:
            (self.root / f"progress.{os.getpid()}").unlink(missing_ok=True)
            with open(self.root / "progress.json", "r+b") as out:
                out.write(data)
                out.truncate()
        except OSError as refusal:
            logger.warning("no progress can be told in %s: %s", self.root.name, refusal)

    def clear(self) -> None:
        """Remove the folder; called when everything in it is preserved."""
        if self.root.exists():
            shutil.rmtree(self.root)


def workspace(uuid: UUID) -> Workspace:
    """Return the quarantine folder of a transfer (which need not exist yet)."""
    return Workspace(home().quarantine / str(uuid))


def _plain(value: object) -> bool:
    return value is None or isinstance(value, int | str | bool)


def write_durably(path: Path, texts: Sequence[str] | Iterator[str]) -> None:
    """Write a file whole or not at all, on the disk when it returns."""
    fresh = path.with_name(path.name + ".part")
    with open(fresh, "w", encoding="utf-8") as out:
        for text in texts:
            out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    sync_file(str(path.parent))
