"""The process that opens files for :mod:`lantai.kernel.formats.batch`; it may die, its parent does not.

Line protocol. In: one JSON list of paths. Out: ``{"at": n}`` before file n is opened, then
``{"done": n, "format": …, "inspection": …}``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import IO, Any

from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats.identification import identify_many
from lantai.kernel.formats.inspection import inspect
from lantai.kernel.formats.model import Format, Inspection

MEMORY = 4 << 30
"""Address space of a worker in bytes; a file that needs more ends the worker, which is "could not check"."""


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Answer batches until the end of ``orders``."""
    for line in orders:
        paths = [Path(name) for name in json.loads(line)]
        for number, answer in _examine(paths, answers):
            _say(answers, {"done": number, **answer})


def _examine(paths: list[Path], answers: IO[str]) -> Any:
    try:
        formats: list[Format | None] = list(identify_many(paths, 1))
    except LantaiError:
        formats = [None] * len(paths)
    for number, (path, form) in enumerate(zip(paths, formats, strict=True)):
        _say(answers, {"at": number})
        yield number, _one(path, form)


def _one(path: Path, form: Format | None) -> dict[str, Any]:
    try:
        form = form or next(identify_many([path], 1))
        inspection = inspect(path, form)
    except LantaiError as problem:
        form = form or Format("")
        inspection = _could_not(problem.code, str(problem))
    except Exception as problem:  # noqa: BLE001 - a tool's own defect is reported as "could not check"
        form = form or Format("")
        inspection = _could_not("formats.content.tool_failed", f"{type(problem).__name__}: {problem}")
    return {"format": form.as_json(), "inspection": inspection.as_json()}


def _could_not(code: str, told: str) -> Inspection:
    return Inspection(None, (Finding(code, found=told[:300], severity=Severity.INFO),))


def _say(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def main() -> None:
    """Keep the answers' channel to ourselves: what libraries print goes nowhere."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = os.dup(1)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with os.fdopen(channel, "w", encoding="utf-8") as answers:
        serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
