"""Arguments in, exit status out: 0 done, 1 the answer is no, 2 the call was wrong, 3 it could not be done."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from lantai import __version__
from lantai.cli import (
    catalogue,
    demo,
    desk,
    holdings,
    ledger,
    package,
    people,
    site,
    survival,
    table_set,
    token,
    transfers,
    vault,
)
from lantai.cli.output import problem
from lantai.kernel.collector import look_seldom
from lantai.kernel.errors import LantaiError
from lantai.kernel.freeing import keep_little

_WITHOUT_SITE = {"init", "demo", "doctor"}
_ROOMS = (
    site,
    demo,
    people,
    token,
    package,
    table_set,
    transfers,
    desk,
    catalogue,
    holdings,
    vault,
    survival,
    ledger,
)


@cache
def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; each module adds its own verbs."""
    top = argparse.ArgumentParser(
        prog="lantai", description="兰台：区域数字档案馆 · the digital archives of a district"
    )
    top.add_argument("--version", action="version", version=f"lantai {__version__}")
    top.add_argument("--home", metavar="DIR", help="站点目录，默认 LANTAI_HOME 或 ./var · the site's folder")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for room in _ROOMS:
        room.add_verbs(verbs)
    return top


def open_site() -> None:
    """Set Django up; called by verbs that need a site."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
    django.setup()
    look_seldom()
    keep_little()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given: Any = parser().parse_args(holdings.worded(sys.argv[1:] if arguments is None else arguments))
    if given.home:
        os.environ["LANTAI_HOME"] = given.home
    try:
        if given.needs_site:
            open_site()
            if given.verb not in _WITHOUT_SITE and not getattr(given, "lost", False):
                site.require_site()
        status: int = given.run(given)
        return status
    except LantaiError as error:
        problem(error)
        return error.exit_status
    except BrokenPipeError:  # whoever read our output has left (| head): nothing to say, nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except OSError as error:
        print(f"{error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
