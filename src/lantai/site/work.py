"""The worker: sequences the ledger, moves transfers on, lets followers follow. Stops when told, between steps."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from django.db import close_old_connections

from lantai.base import locks
from lantai.base.actors import SYSTEM
from lantai.base.connections import let_go_of_replaced
from lantai.catalogue import queries as catalogue
from lantai.catalogue import services as imports
from lantai.desk import services as desk
from lantai.desk.services.folders import look
from lantai.desk.services.moving import advance_moving, moving_states, others_move
from lantai.ingest import queries as ingest
from lantai.ingest.steps import advance_all, collect_inbox, others_work
from lantai.kernel.errors import LantaiError
from lantai.ledger import queries as ledger
from lantai.ledger.services import follow, follower_names, preserve_checkpoints, renew, sequence
from lantai.registration import queries_backups as backups
from lantai.registration import services as registration
from lantai.vault.queries_audits import damage_count, lost_count
from lantai.vault.services import Couriers, Hand, open_audits, repair, run_audit, take_up
from lantai.vault.services import stores as vault_stores

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
RETRY_SECONDS = 15.0
POLL_SECONDS = 0.1
LOOK_SECONDS = 2.0
"""Between two looks into the drop folders."""

COURIER_SECONDS = 5.0
"""So long the end of the worker waits for each courier; one that hangs in a target is left behind."""

SWEEP_SECONDS = 1800.0
"""Between two sweeps of the inbox: what nobody touched for a day goes within the day and half an hour."""


AUDIT_SECONDS = 20.0
"""Between two looks for audits that are due and damages that wait."""

LOST_SECONDS = 3600.0
"""So long after it is asked again whether a good copy of what is lost has come back."""


class Patience:
    """What failed is left alone for a while: a full disk is not filled again at once, a log not flooded."""

    def __init__(self, seconds: float = RETRY_SECONDS) -> None:
        self._seconds = seconds
        self._until: dict[str, float] = {}

    def failed(self, what: str) -> None:
        """Note that ``what`` could not be done now."""
        self._until[what] = time.monotonic() + self._seconds

    def resting(self) -> frozenset[str]:
        """Return what is to be left alone at this moment."""
        now = time.monotonic()
        self._until = {what: until for what, until in self._until.items() if until > now}
        return frozenset(self._until)


def work_once(
    patience: Patience | None = None,
    *,
    importing: bool = True,
    stop: threading.Event | None = None,
    sharing: threading.Event | None = None,
) -> int:
    """Do everything that can be done now, or until ``stop`` is set; return how many things were done (0 = idle).

    What cannot be done now is logged and tried again, with ``patience`` not before its time; an unexpected
    error is logged with its trace and the other kinds of work go on. Imports, exports, checks and packages are left out
    without ``importing``. While ``sharing`` is set, followers take one portion each.
    """
    patience = patience or Patience(0)
    done = 0
    kinds: list[tuple[str, Callable[[], int]]] = [
        ("sequencer", sequence),
        ("transfers", partial(_transfers, patience)),
        ("backups", partial(_backups, patience)),
    ]
    if importing:
        kinds.append(("imports", partial(_imports, patience)))
        kinds.append(("exports", partial(_exports, patience)))
        kinds.append(("filing checks", partial(_filing_checks, patience)))
        kinds.append(("hand-overs", partial(_hand_overs, patience)))
        kinds.append(("sendings", partial(_sendings, patience)))
    kinds += [
        (f"follower {name}", partial(follow, name, _portions(stop, sharing))) for name in follower_names()
    ]
    kinds.append(("sequencer", sequence))
    kinds.append(("checkpoints", preserve_checkpoints))
    for name, job in kinds:
        if name in patience.resting():
            continue
        try:
            done += job()
        except LantaiError as problem:
            logger.warning("%s stands still: %s", name, problem)
            patience.failed(name)
        except Exception:
            logger.exception("%s failed", name)
            patience.failed(name)
    close_old_connections()
    let_go_of_replaced()
    return done


def _going(stop: threading.Event | None) -> bool:
    return stop is None or not stop.is_set()


def _portions(stop: threading.Event | None, sharing: threading.Event | None) -> Callable[[], bool]:
    """Return what lets a follower go on: always for the first portion, for more unless ``sharing`` is set."""
    first = iter((True,))
    return lambda: _going(stop) and (next(first, False) or sharing is None or not sharing.is_set())


def _transfers(patience: Patience) -> int:
    advanced = advance_all(patience.resting())
    for number in advanced.failed:
        patience.failed(number)
    return advanced.moved


def _backups(patience: Patience) -> int:
    """Advance the deposits of registered units, then read back what was drawn."""
    resting = {name.removeprefix("backup ") for name in patience.resting()}
    advanced = registration.advance_all(resting)
    for number in advanced.failed:
        patience.failed(f"backup {number}")
    return advanced.moved + registration.read_samples()


def _imports(
    patience: Patience, stop: threading.Event | None = None, sharing: threading.Event | None = None
) -> int:
    """Advance the imports; ``sharing`` is set while rows of one go in."""

    def go_on(done: int) -> bool:
        if sharing is not None:
            sharing.set()
        return _going(stop)

    resting = {name.removeprefix("import ") for name in patience.resting()}
    try:
        advanced = imports.advance_all(resting, go_on)
    finally:
        if sharing is not None:
            sharing.clear()
    for number in advanced.failed:
        patience.failed(f"import {number}")
    return advanced.moved


def _exports(patience: Patience, stop: threading.Event | None = None) -> int:
    resting = {name.removeprefix("export ") for name in patience.resting()}
    advanced = imports.advance_exports(resting, lambda done: _going(stop))
    for number in advanced.failed:
        patience.failed(f"export {number}")
    return advanced.moved


def _folders(patience: Patience, stop: threading.Event | None = None) -> int:
    looked = look(patience.resting())
    for name in looked.failed:
        patience.failed(name)
    return looked.moved


def _hand_overs(patience: Patience, stop: threading.Event | None = None) -> int:
    resting = {name.removeprefix("hand-over ") for name in patience.resting()}
    advanced = desk.advance_hand_overs(resting, lambda: _going(stop))
    for number in advanced.failed:
        patience.failed(f"hand-over {number}")
    return advanced.moved


def _sweep(patience: Patience, stop: threading.Event | None = None) -> int:
    """Remove what killed and forgetful senders left in the inbox; what is done once is done until the next time."""
    collect_inbox()
    registration.collect_left()
    return 0


def _renew_rows(patience: Patience, stop: threading.Event | None = None) -> int:
    """Write all rows anew where what changed since the last time outweighs them: a restore reads them and what came after."""
    return int(renew(lambda: _going(stop)))


def _sendings(patience: Patience, stop: threading.Event | None = None) -> int:
    moved = advance_moving(patience.resting(), lambda: _going(stop))
    for name in moved.failed:
        patience.failed(name)
    return moved.moved


def _copies(patience: Patience, stop: threading.Event | None = None) -> int:
    """Send couriers to the targets of copies; they come back by themselves, each in its own time."""
    _couriers.advance(lambda: _going(stop))
    return 0


_couriers = Couriers()


def _audits(patience: Patience, stop: threading.Event | None = None) -> int:
    """Take up the audits that are due, go on with those under way, repair what is damaged."""
    take_up()
    done = 0
    for audit in open_audits():
        if not _going(stop):
            break
        try:
            done += run_audit(audit, Hand(lambda: _going(stop)))
        except LantaiError as problem:
            logger.warning("audit %s waits: %s", audit, problem)
    if damage_count() > lost_count() or (lost_count() and "lost" not in _lost.resting()):
        done += repair(SYSTEM, lambda: _going(stop)).repaired
        _lost.failed("lost")
    return done


_lost = Patience(LOST_SECONDS)


def _filing_checks(patience: Patience, stop: threading.Event | None = None) -> int:
    resting = {name.removeprefix("filing check ") for name in patience.resting()}
    advanced = desk.advance_filing_checks(resting, lambda: _going(stop))
    for name in advanced.failed:
        patience.failed(f"filing check {name}")
    return advanced.moved


def work(stop: threading.Event) -> None:
    """Work until ``stop`` is set; idle half a second when there is nothing to do.

    First what killed processes left in the vault is collected, and now and then in the inbox; what a living one works
    with is not.
    While a thread of this process imports, its followers let another worker go before them: that one has a
    processor of its own for the index, the threads of one process share theirs.
    """
    for store in (*vault_stores(), *desk.stores()):
        store.collect_staging()
    imports.collect_imports()
    imports.collect_exports()
    desk.collect_packages()
    desk.collect_checks()
    patience, sharing = Patience(), threading.Event()
    beside = [
        threading.Thread(target=_until, args=(stop, name, job, idle), name=name)
        for name, job, idle in (
            ("imports", partial(_imports, sharing=sharing), IDLE_SECONDS),
            ("exports", _exports, IDLE_SECONDS),
            ("filing checks", _filing_checks, IDLE_SECONDS),
            ("hand-overs", _hand_overs, IDLE_SECONDS),
            ("sendings", _sendings, IDLE_SECONDS),
            ("drop folders", _folders, LOOK_SECONDS),
            ("copies", _copies, LOOK_SECONDS),
            ("audits", _audits, AUDIT_SECONDS),
            ("rows", _renew_rows, SWEEP_SECONDS),
            ("inbox", _sweep, SWEEP_SECONDS),
        )
    ]
    for thread in beside:
        thread.start()
    while not stop.is_set():
        busy = work_once(patience, importing=False, stop=stop, sharing=sharing)
        stop.wait(0 if busy and not sharing.is_set() else IDLE_SECONDS)
    for thread in beside:
        thread.join()
    _couriers.join(COURIER_SECONDS)


def _until(
    stop: threading.Event, name: str, job: Callable[[Patience, threading.Event], int], idle: float
) -> None:
    """Do ``job`` until ``stop`` is set: millions of rows take minutes, nothing else waits for them."""
    patience = Patience()
    while not stop.is_set():
        busy = 0
        try:
            busy = job(patience, stop)
        except Exception:
            logger.exception("%s failed", name)
        close_old_connections()
        let_go_of_replaced()
        stop.wait(0 if busy else idle)


def settle_import(number: str, tell: Callable[[int], None] | None = None) -> None:
    """Take one import as far as it goes by itself, then let everything settle: for the command line.

    ``tell`` is told how many rows are done. What the worker of a running site has in hand is waited for.
    """

    def go_on(done: int) -> bool:
        if tell is not None:
            tell(done)
        return True

    while imports.advance(number, go_on) in imports.AUTOMATIC:
        time.sleep(POLL_SECONDS)
    settle()


def settle(limit: int = 1_000) -> None:
    """Work until nothing moves any more: for the command line, the sample district and tests.

    What another process (the worker of a running site) has in hand is waited for, however long it takes.
    """
    for _ in range(limit):
        before = _state()
        work_once()
        while _others_work():
            time.sleep(POLL_SECONDS)
        if _state() == before:
            return


def _others_work() -> bool:
    names = ("sequencer", *(f"follower-{name}" for name in follower_names()))
    machinery = any(locks.busy(name) for name in names)
    at_desk = desk.others_build() or desk.others_check() or others_move()
    return (
        machinery
        or others_work()
        or registration.others_receive()
        or imports.others_work()
        or imports.others_export()
        or at_desk
    )


def _state() -> tuple[object, ...]:
    followers = tuple((follower.name, follower.next_index) for follower in ledger.followers())
    made = (
        catalogue.states(),
        catalogue.export_states(),
        (desk.hand_over_states(), desk.check_states(), moving_states()),
    )
    return ingest.states(), backups.states(), made, ledger.size(), ledger.pending(), followers
