"""What the children of a stage do whose disk fills up (see ``full_disk.c``)."""

from __future__ import annotations

import contextlib
import ctypes
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from tests.withstand.pieces import settle


def compiled(folder: Path) -> Path:
    """Compile the disk that fills up and return the library to preload."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "full_disk.so"
    source = Path(__file__).with_name("full_disk.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl"], check=True)
    return made


def fill(growths: int, recover: bool = False) -> dict[str, Any]:
    """Work with room for so many growths only; tell where every transfer stands and what is said to be wrong.

    With ``recover`` there is room again afterwards, and the same process works on.
    """
    from lantai.base.home import home

    disk = ctypes.CDLL(None)
    disk.full_after.argtypes = [ctypes.c_long]
    disk.full_count.restype = ctypes.c_long
    with contextlib.closing(sqlite3.connect(home().database)) as served:
        # the web server has the database open: SQLite opens it first only where there is room for its log
        served.execute("SELECT count(*) FROM ledger_entry").fetchall()
        disk.full_after(growths)
        settle()
        grown = disk.full_count()
        disk.full_after(-1)
    told = {**_stand(), "was_full": grown > growths, "grown": grown}
    if recover:
        settle()
        told["after"] = _stand()["states"]
    return told


def _stand() -> dict[str, Any]:
    from lantai.base.actors import SYSTEM
    from lantai.ingest import queries
    from lantai.kernel.texts import text
    from lantai.ledger.queries import followers

    views = queries.transfers(SYSTEM, size=500).items
    problems = {
        view.number: dict(view.progress.problem)
        for view in views
        if view.progress is not None and view.progress.problem
    }
    said = {
        number: [text(problem["code"], language, **problem["facts"]) for language in ("zh", "en")]
        for number, problem in problems.items()
    }
    return {
        "states": {view.number: view.state for view in views},
        "problems": {number: problem["code"] for number, problem in problems.items()},
        "said": said,
        "followers": [follower.problem for follower in followers() if follower.problem],
    }
