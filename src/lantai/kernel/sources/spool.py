"""Rows from a process with limits: what opens hostile containers can end only itself.

The process writes one JSON array a line into an unlinked file and one report to its standard output. A report
that does not come, or a line too few, is an error: nothing half read gets further than here.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from lantai.kernel.errors import Invalid
from lantai.kernel.sources.model import SourceLimits


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Spool:
    """All rows of one table on disk, in a file that vanishes with this object, and the process's report."""

    file: IO[bytes]
    rows: int
    report: Mapping[str, Any]

    def numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number from 1, cells); may be called again, also while another call runs."""
        number, place = 0, 0
        while number < self.rows:
            self.file.seek(place)
            lines = self.file.readlines(1 << 20)
            place = self.file.tell()
            for line in lines:
                number += 1
                yield number, orjson.loads(line)


def run(
    module: str, path: Path, request: Mapping[str, object], limits: SourceLimits, scratch: Path | None = None
) -> Spool:
    """Return what the program in the file ``module`` made of ``path``.

    Raises Invalid with the code and facts of its report, or ``spreadsheets.file.too_demanding`` when it died
    or overran its limits. The rows lie in ``scratch`` (default: the system's temporary folder).
    """
    with contextlib.ExitStack() as until_whole:
        spooled = until_whole.enter_context(tempfile.TemporaryFile(dir=scratch))
        report = _answer(module, path, {**request, "out": spooled.fileno()}, limits)
        until_whole.pop_all()
    made = Spool(spooled, report["rows"], report)
    weakref.finalize(made, spooled.close)
    return made


def _answer(module: str, path: Path, request: Mapping[str, Any], limits: SourceLimits) -> Mapping[str, Any]:
    asked = {
        **request,
        "path": str(path.absolute()),
        "columns": limits.columns,
        "memory": limits.memory,
        "seconds": limits.seconds,
        "spool": limits.spool,
    }
    command = [sys.executable, "-P", module]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=limits.seconds * 2,
            check=False,
            pass_fds=(request["out"],),
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid("spreadsheets.file.too_demanding", name=path.name) from error
    if done.returncode or not done.stdout:
        raise Invalid("spreadsheets.file.too_demanding", name=path.name)
    report: dict[str, Any] = json.loads(done.stdout)
    if report["problem"]:
        raise Invalid(report["problem"], name=path.name, **report["facts"])
    return report
