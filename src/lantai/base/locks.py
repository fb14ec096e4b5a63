"""Locks that die with their process, so that a killed worker never leaves a job locked."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from lantai.base.home import home

_NAME = re.compile(r"[a-z0-9.-]+")


@contextmanager
def held(name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the site-wide lock ``name`` and yield whether it was got; with ``wait`` it always is.

    The operating system gives it back when the process ends, however it ends; no lease, no heartbeat.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a lock name: {name}")
    folder = home().locks
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def busy(name: str) -> bool:
    """Return whether somebody holds the lock ``name`` at this moment."""
    if not (home().locks / name).exists():
        return False
    with held(name) as got:
        return not got


_joined: list[int] = []


def join(name: str) -> bool:
    """Share the lock ``name`` until this process ends; return whether that was possible.

    :func:`held` gets such a lock only when nobody shares it.
    """
    folder = home().locks
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    _joined.append(handle)
    return True
