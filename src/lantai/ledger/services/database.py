"""The database as a file: backups of it, and the word of the ledger that it was made anew."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from lantai.base.actors import Actor
from lantai.kernel.errors import Conflict, Corrupt, Unavailable
from lantai.ledger.acts import act, record

DATABASE = "urn:lantai:database"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was opened and looked through: its file, bytes, SHA-256, and the entries of the ledger in it."""

    path: Path
    bytes: int
    sha256: str
    entries: int


def backup(actor: Actor, path: Path) -> Backup:
    """Copy the database into the new file ``path`` while others write, open the copy and look all of it through.

    On PostgreSQL it is ``pg_dump``'s own form, read through by ``pg_restore``. ``Conflict("ledger.backup.there")`` for a
    file that is there; ``Corrupt("ledger.backup.damaged")`` when the copy is not whole: it is removed then;
    ``Unavailable("ledger.backup.tool")``.
    """
    if path.exists():
        raise Conflict("ledger.backup.there", path=str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        entries = _dumped(part) if connection.vendor == "postgresql" else _copied(part)
        with open(part, "rb") as stream:
            os.fsync(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        os.chmod(part, 0o600)  # it holds the digests of passwords
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
    made = Backup(path, path.stat().st_size, digest, entries)
    _backed_up(actor, made)
    return made


@act("ledger.database.backup")
def _backed_up(actor: Actor, made: Backup) -> None:
    told = {"name": made.path.name, "bytes": made.bytes, "sha256": made.sha256, "entries": made.entries}
    record(DATABASE, told)


@act("ledger.database.rebuild")
def database_rebuilt(
    actor: Actor, *, part: int, digest: str, size: int, differences: Sequence[str], restored: bool
) -> None:
    """Record that the database was made anew from the vault, from which rows, and what did not compare equal."""
    told = {
        "part": part,
        "digest": digest,
        "size": size,
        "differences": list(differences),
        "restored": restored,
    }
    record(DATABASE, told)


def _copied(part: Path) -> int:
    connection.ensure_connection()
    with closing(sqlite3.connect(part)) as copy:
        _copy(connection.connection, copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    with closing(sqlite3.connect(f"file:{part}?mode=ro", uri=True)) as copy:
        try:
            problems = [row[0] for row in copy.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            problems += [
                f"{row[0]} {row[1]}" for row in copy.execute("PRAGMA foreign_key_check").fetchmany(5)
            ]
            (entries,) = copy.execute("SELECT COUNT(*) FROM ledger_entry").fetchone()
        except sqlite3.DatabaseError as broken:
            raise Corrupt("ledger.backup.damaged", problem=str(broken)) from broken
    if problems:
        raise Corrupt("ledger.backup.damaged", problem="; ".join(problems))
    return int(entries)


def _copy(source: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """Copy everything of one moment, in one step: what others write meanwhile is not in it, and does not wait."""
    source.backup(copy)


def _dumped(part: Path) -> int:
    """Dump with the server's own tools; the number of entries is that of the moment before."""
    tools = {name: shutil.which(name) for name in ("pg_dump", "pg_restore")}
    for name, found in tools.items():
        if found is None:
            raise Unavailable("ledger.backup.tool", tool=name)
    told = connection.settings_dict
    given = {
        "PGHOST": told["HOST"],
        "PGPORT": told["PORT"],
        "PGUSER": told["USER"],
        "PGPASSWORD": told["PASSWORD"],
    }
    environment = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM ledger_entry")
        entries = int(cursor.fetchone()[0])
    _run(["pg_dump", "--format=custom", f"--file={part}", str(told["NAME"])], environment)
    _run(["pg_restore", "--file=/dev/null", str(part)], environment)
    return entries


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Corrupt("ledger.backup.damaged", problem=done.stderr.strip()[-400:])
