"""What the command line says: one JSON document or calm lines on standard output, the rest on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from lantai.kernel.errors import LantaiError
from lantai.kernel.texts import sentence


def language() -> str:
    """Return ``en`` where ``LANTAI_LANGUAGE`` asks for it, else ``zh``."""
    return "en" if os.environ.get("LANTAI_LANGUAGE", "").startswith("en") else "zh"


def document(name: str, data: Mapping[str, Any]) -> None:
    """Print one JSON document ``lantai.<name>/1`` and nothing else."""
    json.dump({"schema": f"lantai.{name}/1", **data}, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def say(text: str) -> None:
    """Print a line for people on standard output."""
    print(text)


def note(text: str) -> None:
    """Print a line for people on standard error: what is being done, not the answer."""
    print(text, file=sys.stderr)


def problem(error: LantaiError) -> None:
    """Print a coded error on standard error."""
    print(f"{sentence(error, language())} [{error.code}]", file=sys.stderr)


class Bar:
    """A progress line on standard error, on a terminal only."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._live = sys.stderr.isatty()

    def __call__(self, done: int, total: int, *_: Any) -> None:
        if self._live:
            end = "\n" if done >= total else ""
            print(f"\r{self._label} {done:,}/{total:,}", end=end, file=sys.stderr, flush=True)


def size(amount: float) -> str:
    """Return a number of bytes for people."""
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"
