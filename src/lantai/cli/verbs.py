"""How a module adds a verb."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Verbs = Any  # argparse's sub-parser action has no public type
Run = Callable[[argparse.Namespace], int]


def verb(verbs: Verbs, name: str, help_text: str, run: Run, *, site: bool = True) -> argparse.ArgumentParser:
    """Add the verb ``name``; ``site`` says whether it needs one."""
    made: argparse.ArgumentParser = verbs.add_parser(name, help=help_text, description=help_text)
    made.set_defaults(run=run, needs_site=site)
    return made


def group(verbs: Verbs, name: str, help_text: str) -> Verbs:
    """Add a group of verbs (``lantai transfer list``)."""
    made = verbs.add_parser(name, help=help_text, description=help_text)
    return made.add_subparsers(dest=f"{name}_verb", required=True, metavar="VERB")


def json_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="只输出一份 JSON · print one JSON document")
