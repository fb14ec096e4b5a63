"""Finding sheets in photographs: how many are sure, how exact those are, how long a look takes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.kernel.photographs.shoot import COUNT, judged

from bench.rows import Row, figure

SURE_LEAST = 0.85
"""Share of all that must be sure, none of them wrong: below, the benchmark fails."""

ERROR_MOST, MEAN_MOST = 0.01, 0.003
NEAR = 0.065


def run(share: float) -> Iterator[Row]:
    """Judge the photographs of which docs/capture.md tells; raises ``AssertionError`` where one that is sure is wrong."""
    began = time.perf_counter()
    seen = [judged(number) for number in range(max(10, int(COUNT * share)))]
    took = time.perf_counter() - began
    sure = [one for one in seen if one.sure]
    assert len(sure) >= SURE_LEAST * len(seen), f"{len(sure)} of {len(seen)} are sure"
    worst, mean = max(one.error for one in sure), sum(one.error for one in sure) / len(sure)
    assert worst <= ERROR_MOST and mean <= MEAN_MOST, (worst, mean)
    near = sum(one.stretched < NEAR for one in sure) / len(sure)
    assert near >= 0.9, near
    yield figure("photographs: sure", 100 * len(sure) / len(seen), "%")
    yield figure("photographs: mean error of the corners", 100 * mean, "% of the diagonal")
    yield figure("photographs: greatest error", 100 * worst, "% of the diagonal")
    yield figure("photographs: proportions right", 100 * near, "%")
    yield figure("photographs: drawn and looked at", took / len(seen), "s each")
