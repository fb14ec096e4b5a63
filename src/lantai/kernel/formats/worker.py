"""The process that opens files for :mod:`lantai.kernel.formats.batch`; it may die, its parent does not.

Line protocol. In: one JSON list of paths. Out: ``{"at": n}`` before file n is opened, then
``{"done": n, "format": …, "inspection": …, "pages": […]}``. The first argument says how many characters of text
are taken out of each file (0: none).
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
from lantai.kernel.formats.text import extract_text

MEMORY = 4 << 30
"""Address space of a worker in bytes; a file that needs more ends the worker, which is "could not check"."""


def serve(orders: IO[str], answers: IO[str], characters: int = 0) -> None:
    """Answer batches until the end of ``orders``."""
    for line in orders:
        paths = [Path(name) for name in json.loads(line)]
        for number, answer in _examine(paths, answers, characters):
            _say(answers, {"done": number, **answer})


def _examine(paths: list[Path], answers: IO[str], characters: int) -> Any:
    try:
        formats: list[Format | None] = list(identify_many(paths, 1))
    except LantaiError:
        formats = [None] * len(paths)
    for number, (path, form) in enumerate(zip(paths, formats, strict=True)):
        _say(answers, {"at": number})
        yield number, _one(path, form, characters)


def _one(path: Path, form: Format | None, characters: int) -> dict[str, Any]:
    try:
        form = form or next(identify_many([path], 1))
        inspection = inspect(path, form)
    except LantaiError as problem:
        form = form or Format("")
        inspection = _could_not(problem.code, str(problem))
    except Exception as problem:  # noqa: BLE001 - a tool's own defect is reported as "could not check"
        form = form or Format("")
        inspection = _could_not("formats.content.tool_failed", f"{type(problem).__name__}: {problem}")
    pages = _pages(path, form, characters) if characters and inspection.readable is not False else []
    return {"format": form.as_json(), "inspection": inspection.as_json(), "pages": pages}


def _pages(path: Path, form: Format, characters: int) -> list[str]:
    """Return the text; none where it cannot be taken out, which opening the file has told where it is a fault."""
    try:
        return extract_text(path, form, characters)
    except Exception:  # noqa: BLE001 - a text reader's own defect leaves the file without text
        return []


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
        serve(sys.stdin, answers, int(sys.argv[1]) if sys.argv[1:] else 0)


if __name__ == "__main__":
    main()
