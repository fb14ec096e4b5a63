"""A worker whose tool dies on files named crash*, never ends on hang* and fails on defect*."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from lantai.kernel.photographs import straightening, worker
from lantai.kernel.photographs.model import Found

_look = straightening.look


def look(path: Path) -> Found:
    if path.name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.name.startswith("hang"):
        signal.pause()
    if path.name.startswith("defect"):
        raise ZeroDivisionError("in the tool")
    return _look(path)


if __name__ == "__main__":
    straightening.look = look
    worker.main()
