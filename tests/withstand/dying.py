"""Dying without warning before a chosen step: what a child does to itself that a failing machine does to it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CHANGES = frozenset({"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"})


@contextmanager
def dying_before(limit: int) -> Iterator[None]:
    """Let this process end with status 9 before the ``limit``-th step (from 1) that is done within.

    Steps are changes of files below the site's folder made by Python, and every statement to the database. The
    process is for nothing else afterwards: what watches it cannot be taken away.
    """
    from django.db import connection

    step = counter(limit)
    watch_files(step)

    def ask(execute: Callable[..., Any], *given: Any) -> Any:
        step()
        return execute(*given)

    with connection.execute_wrapper(ask):
        yield


def watch_files(step: Callable[[], None]) -> None:
    """Call ``step`` before every change of a file below the site's folder that Python makes from now on."""
    from lantai.base.home import home

    root = str(home().root)

    def watch(event: str, told: tuple[Any, ...]) -> None:
        if event not in CHANGES or root not in str(told[0]):
            return
        if event != "open" or (isinstance(told[2], int) and told[2] & (os.O_WRONLY | os.O_RDWR)):
            step()

    sys.addaudithook(watch)


def counter(limit: int) -> Callable[[], None]:
    """Return what is called before a step and ends the process when it is the ``limit``-th."""
    left = limit

    def step() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os._exit(9)

    return step
