"""Running a scheme over a package: each item in its order, timed, with its outcome in a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from lantai.kernel.fourprops import authenticity, integrity, security, usability
from lantai.kernel.fourprops.evidence import Evidence
from lantai.kernel.fourprops.loader import scheme
from lantai.kernel.fourprops.model import (
    Context,
    Item,
    ItemResult,
    Report,
    Result,
    Stage,
    verdict,
)
from lantai.kernel.fourprops.results import CHECKS, manual
from lantai.kernel.packages.model import Package

Progress = Callable[[int, int, str], None]

MODULES = (authenticity, integrity, usability, security)
"""The modules whose checks schemes may name."""


def run(package: Package, stage: Stage, context: Context, progress: Progress | None = None) -> Report:
    """Check ``package`` by the scheme of its record type at ``stage``.

    ``progress`` is called with (done, total, code of the item at work); a unit is a file digested, opened
    or scanned, or an item. Slots of the scheme without a name are not reported. Nothing in the package makes
    this raise: what could not be checked is an outcome.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    types = {record.type for record in package.records}
    plan = scheme(types.pop() if len(types) == 1 else "", stage, context.schemes)
    named = [item for item in plan.items if item.name.zh]
    counter = _Counter(package, context, len(named), progress)
    evidence = Evidence(package, stage, context, counter.step)
    results = tuple(_item(evidence, item, counter) for item in named)
    counter.finish()
    return Report(
        stage,
        str(plan),
        verdict(results),
        results,
        len(package.files),
        sum(file.size for file in package.files),
        time.monotonic() - clock,
        started,
        evidence.formats(),
    )


class _Counter:
    """Counts units of work for the progress report."""

    def __init__(self, package: Package, context: Context, items: int, progress: Progress | None) -> None:
        files = len(package.files)
        lacking = sum(1 for file in package.files if file.path not in context.digests)
        self._total = files + lacking + items + (files if context.scanner else 0)
        self._done = 0
        self._code = ""
        self._progress = progress

    def begin(self, code: str) -> None:
        self._code = code

    def step(self) -> None:
        self._done = min(self._done + 1, self._total)
        if self._progress is not None:
            self._progress(self._done, self._total, self._code)

    def finish(self) -> None:
        """Tell the end: some files may not have been asked for."""
        self._done = self._total - 1
        self.step()


def _item(evidence: Evidence, item: Item, counter: _Counter) -> ItemResult:
    counter.begin(item.code)
    clock = time.monotonic()
    result = check_item(evidence, item)
    counter.step()
    return ItemResult(
        item.code,
        item.name,
        item.property,
        item.group,
        result.outcome,
        item.basis,
        item.auto,
        item.method,
        result.findings,
        result.evidence,
        time.monotonic() - clock,
    )


def check_item(evidence: Evidence, item: Item) -> Result:
    """Return what one item comes to; an item without a check is a person's."""
    if not item.check:
        return manual("fourprops.item.person")
    return CHECKS[item.check](evidence, item)
