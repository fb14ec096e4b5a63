"""What killed processes left in the inbox goes away; what a transfer waits for stays."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.ingest.services import submit
from lantai.ingest.steps.inbox import AGE_SECONDS, collect_inbox
from tests.packages import package


def test_leftovers_are_collected_after_a_day_and_nothing_else(cast: dict[str, Actor], tmp_path: Path) -> None:
    inbox = home().inbox
    (inbox / "a.part").mkdir()
    (inbox / "a.part" / "half").write_bytes(b"half")
    (inbox / "export-1.zip").write_bytes(b"PK")
    (inbox / "orphan").mkdir()
    owned = inbox / "owned"
    owned.mkdir()
    shutil.copy(package(tmp_path), owned / "package.zip")
    submit(cast["沈文"], "MZJ", owned / "package.zip", owned=True)
    assert collect_inbox() == 0, "all of it is young"
    assert collect_inbox(time.time() + AGE_SECONDS + 60) == 3
    assert [path.name for path in inbox.iterdir()] == ["owned"]


def test_what_goes_meanwhile_ends_no_worker(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = home().inbox
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "a").mkdir()
    (inbox / "c").write_bytes(b"c")
    listed, removed = Path.iterdir, shutil.rmtree

    def with_gone(self: Path) -> list[Path]:
        return [*listed(self), self / "b"]

    def taken_by_another(path: Path) -> None:
        removed(path)
        removed(path)

    monkeypatch.setattr(Path, "iterdir", with_gone)
    monkeypatch.setattr(shutil, "rmtree", taken_by_another)
    assert collect_inbox(time.time() + AGE_SECONDS + 60) == 1
    monkeypatch.undo()
    assert list(inbox.iterdir()) == []
