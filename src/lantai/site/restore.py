"""``lantai restore``: from one copy alone, a whole site again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.exchange.queries import tokens
from lantai.exchange.services import revoke_token
from lantai.kernel.errors import Conflict
from lantai.kernel.storage import LocalStore, read
from lantai.ledger.queries_rows import key_exists
from lantai.ledger.services import remember_keys, sequence, succeed_key
from lantai.people.queries import accounts, roles_of
from lantai.people.services import invite
from lantai.site import rebuild
from lantai.site.comparing import Compared, Report
from lantai.site.fetching import Copy, fetch, write_checkpoint
from lantai.vault.services import verify

MARK = "restore.json"
"""In the home: a restore has begun, and how far it is. It goes when all is done."""

REPORT = "restore-report.json"
OFFICERS = ("sysadmin", "secadmin", "auditor")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """The report, and the ways in: who is invited to set a password, with the path of the page."""

    report: Report
    invitations: tuple[tuple[str, str, str], ...]
    lost_key: bool


def restore(
    copy: Copy, url: str, *, whole: bool = False, tell: Progress, key: Path | None = None
) -> Restored:
    """Make the site in the empty home from ``copy``; ``whole`` reads every preserved byte back and compares it.

    ``key`` is a file with the signing keys that were kept elsewhere; without it new ones are made, and the first new
    entry of the ledger names them (:func:`succeed_key`). Killed anywhere, the same call goes on. ``Conflict``:
    ``restore.home.taken`` where something lies that this did not begin, ``restore.other.begun`` for another copy's.
    """
    _begin(url)
    with rebuild.alone():
        if _at("fetch"):
            checkpoint = fetch(copy, tell)
            write_checkpoint(checkpoint)
            _go_on("load")
        if _at("load"):
            report = rebuild.load_database(tell)
            LocalStore(home().root).put(REPORT, json.dumps(report.told()).encode(), replace=True)
            rebuild.install()
            _go_on("finish")
    report = Report.of(json.loads(read(LocalStore(home().root), REPORT)))
    lost = _bring_key(key)
    if whole:
        report = _verified(report, tell)
    rebuild.finish(SYSTEM, report, tell, restored=True)
    invitations = let_in()
    _end(report)
    return Restored(report, invitations, lost)


def let_in() -> tuple[tuple[str, str, str], ...]:
    """End what cannot come back, and invite the officers: no password, session or token was ever written.

    Returns user name, name and path of the page for each of them; the others get their passwords from the system
    administrator.
    """
    for token in tokens():
        if token.state != "revoked":
            revoke_token(SYSTEM, token.prefix)
    wanted = [one for one in accounts() if one.is_active and _is_officer(one.username)]
    invitations = tuple((one.username, one.name, invite(SYSTEM, one.username)) for one in wanted)
    sequence()
    return invitations


def _is_officer(username: str) -> bool:
    return any(held.role in OFFICERS for held in roles_of(username))


def _bring_key(key: Path | None) -> bool:
    """Let the site sign again; return whether that is by new keys."""
    if key is not None and not key_exists():
        LocalStore(home().keys).put("ledger.key", key.read_bytes())
        (home().keys / "ledger.key").chmod(0o600)
        remember_keys()
    if key_exists() and not _state().get("lost"):
        return False
    _note(lost=True)
    try:
        succeed_key(SYSTEM, lost=True)
    except Conflict as done:  # by a call that was killed
        if done.code != "ledger.key.there":
            raise
    sequence()
    return True


def _verified(report: Report, tell: Progress) -> Report:
    found = verify(SYSTEM, progress=lambda done, total, *_: tell("verify", done, total))
    compared = Compared(
        "逐字节核验的对象",
        "objects read back byte by byte",
        found.objects,
        found.objects - len(found.damaged),
    )
    return replace(report, compared=(*report.compared, compared))


def _begin(url: str) -> None:
    """Begin in an empty home, or go on where this copy's restore was."""
    root = home().root
    if not (root / MARK).exists():
        if any(one.is_file() and one.parent.name not in {"keys", "locks"} for one in root.rglob("*")):
            raise Conflict("restore.home.taken", path=str(root))
        home().make()
        LocalStore(root).put(MARK, json.dumps({"from": url, "at": "fetch"}).encode())
    elif _state()["from"] != url:
        raise Conflict("restore.other.begun", url=str(_state()["from"]))
    _collect()


def _collect() -> None:
    """Remove what calls that were killed left half-made, private keys first of all."""
    place = home()
    for folder in (
        place.keys,
        place.root,
        place.vault,
        *(place.vault / name for name in ("ledger", "rows", "ocfl")),
    ):
        if folder.exists():
            LocalStore(folder).collect_staging()


def _state() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(read(LocalStore(home().root), MARK))
    return told


def _note(**more: Any) -> None:
    LocalStore(home().root).put(MARK, json.dumps({**_state(), **more}).encode(), replace=True)


def _at(step: str) -> bool:
    return bool(_state()["at"] == step)


def _go_on(step: str) -> None:
    _note(at=step)


def _end(report: Report) -> None:
    """Leave the report as a document of its own, and the mark of what has begun goes."""
    told = {"schema": "lantai.restore/1", **report.document("zh")}
    LocalStore(home().root).put(
        REPORT, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n", replace=True
    )
    _collect()
    (home().root / MARK).unlink()
