"""What killed processes left in the inbox goes away; what a transfer waits for stays."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

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
