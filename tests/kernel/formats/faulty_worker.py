"""A worker whose tool dies on files named crash* and never ends on files named hang*."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from lantai.kernel.formats import worker
from lantai.kernel.formats.inspection import inspect
from lantai.kernel.formats.model import Format, Inspection


def tool(path: Path, form: Format) -> Inspection:
    if path.name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.name.startswith("hang"):
        signal.pause()
    if path.name.startswith("defect"):
        raise ZeroDivisionError("in the tool")
    return inspect(path, form)


if __name__ == "__main__":
    worker.inspect = tool  # type: ignore[attr-defined]
    worker.main()
