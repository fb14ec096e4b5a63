"""The process that opens photographs for :mod:`lantai.kernel.photographs.darkroom`; it may die, its parent does not.

Line protocol. In: one order, ``{"do": "look" | "seen" | "preview" | "page", "path": …, "into": …, "most": …, "order": …}``.
Out: ``{"done": …}``, or ``{"code": …, "facts": …}`` of the refusal.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from lantai.kernel.errors import Invalid
from lantai.kernel.photographs import straightening
from lantai.kernel.photographs.model import Order, corners_of

MEMORY = 3 << 30
"""Address space in bytes; a photograph that needs more ends the worker."""


def order_of(told: dict[str, Any]) -> Order:
    """Return the order of :meth:`Order.as_json`."""
    corners = told["corners"]
    return Order(**{**told, "corners": None if corners is None else corners_of(corners)})


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order."""
    path, into = Path(asked["path"]), Path(asked["into"])
    try:
        match asked["do"]:
            case "look":
                return {"done": asdict(straightening.look(path))}
            case "seen":
                into.write_bytes(straightening.seen(path, asked["most"]))
            case "preview":
                into.write_bytes(straightening.preview(path, order_of(asked["order"]), asked["most"]))
            case _:
                page = straightening.make_page(path, into, order_of(asked["order"]))
                return {"done": {**asdict(page), "path": str(page.path)}}
    except Invalid as refused:
        return {"code": refused.code, "facts": refused.facts}
    return {"done": {}}


def serve(orders: IO[str], answers: IO[str]) -> None:
    """Answer orders until their end; what libraries fail with otherwise ends the process."""
    for line in orders:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
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
