"""Acts: the only way anything changes. One named function, one actor, one transaction, one entry or more."""

from __future__ import annotations

import functools
import importlib
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.apps import apps
from django.db import transaction

from lantai.base.actors import Actor
from lantai.kernel import canonical
from lantai.kernel.errors import Invalid
from lantai.ledger.models import Entry

P = ParamSpec("P")
R = TypeVar("R")

ENTRY_LIMIT = 60_000
"""Bytes of one entry's text: the log's bundles hold at most 65,535; a bulk act records its list's digest."""


@dataclass(slots=True)
class _Act:
    name: str
    actor: Actor
    told: bool = field(default=False)


_current: ContextVar[_Act | None] = ContextVar("act", default=None)


@functools.cache
def known_acts() -> frozenset[str]:
    """Return the closed list of acts, gathered from the ``events`` module of every room."""
    names: set[str] = set()
    for config in apps.get_app_configs():
        if config.name.startswith("lantai."):
            try:
                names |= importlib.import_module(f"{config.name}.events").ACTS
            except ModuleNotFoundError:
                continue
    return frozenset(names)


def act(
    name: str,
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Make a service the act ``name`` (``room.subject.verb``, listed in the room's ``events.ACTS``).

    The function's first parameter is the actor. It runs in one transaction and must call :func:`record` for
    what it changed, or :func:`unchanged` when there was nothing to do; else ``RuntimeError``, and nothing is kept.
    """

    def wrap(service: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        @functools.wraps(service)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if name not in known_acts():
                raise RuntimeError(f"{name} is not in the list of acts of its room")
            own = _Act(name, actor)
            with transaction.atomic():
                token = _current.set(own)
                try:
                    result = service(actor, *args, **kwargs)
                finally:
                    _current.reset(token)
                if not own.told:
                    raise RuntimeError(f"the act {name} recorded nothing")
            return result

        run.act = name  # type: ignore[attr-defined]
        return run

    return wrap


def record(subject: str, data: Mapping[str, Any]) -> Entry:
    """Write the entry of the running act about ``subject`` (an urn). ``data`` must be canonical JSON data.

    It shall be enough to make the change again on an empty database, or name (by digest) the list that is.
    """
    running = _running()
    made = Entry(
        uuid=uuid.uuid4(),
        act=running.name,
        subject=subject,
        actor=running.actor.username,
        at=datetime.now(UTC),
    )
    made.text = canonical.dumps(
        {
            "act": made.act,
            "actor": made.actor,
            "at": made.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "data": dict(data),
            "id": str(made.uuid),
            "subject": subject,
        }
    ).decode()
    if len(made.text.encode()) > ENTRY_LIMIT:
        raise Invalid("ledger.entry.too_large", act=made.act, limit=ENTRY_LIMIT)
    made.save(force_insert=True)
    running.told = True
    return made


def unchanged() -> None:
    """Say that the running act found everything done already, so that there is nothing to record."""
    _running().told = True


def _running() -> _Act:
    running = _current.get()
    if running is None:
        raise RuntimeError("no act is running: changes are made in services marked with @act")
    return running
