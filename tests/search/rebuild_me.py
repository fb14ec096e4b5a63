"""A process that rebuilds an index, to be killed: ``rebuild_me.py HOME`` says where it begins and each commit."""

from __future__ import annotations

import sys
from pathlib import Path

from lantai.search.engine.protocol import Document, Request
from lantai.search.engine.rebuild import Rebuild

ENTRIES = 900
BATCH = 60


def entry(number: int) -> Document:
    """Return the entry of a number."""
    return Document(
        id=number,
        title=f"关于第{number}号水库移民安置的通知",
        ref=f"000{number % 3}-WS·{number:05d}",
        fonds=f"000{number % 3}",
        year=1990 + number % 9,
    )


def asked(text: str) -> Request:
    """Return a question whose answer can be compared."""
    return Request(text=text, acl=None, sort="ref", limit=ENTRIES, facets=("fonds", "year"))


def build(home: Path, say: bool = False) -> None:
    """Build the index, going on where an earlier process was."""
    with Rebuild(home, note="0", heap=15_000_000, threads=1) as building:
        _say(say, f"from {building.last}")
        for first in range(building.last + 1, ENTRIES + 1, BATCH):
            building.add(entry(number) for number in range(first, min(first + BATCH, ENTRIES + 1)))
            building.flush()
            _say(say, f"to {first + BATCH - 1}")
    _say(say, "done")


def _say(aloud: bool, text: str) -> None:
    if aloud:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    build(Path(sys.argv[1]), say=True)
