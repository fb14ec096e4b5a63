"""The process that opens one SQLite file: limits itself, reads one table, writes rows as JSON lines.

Input: one JSON object (path, table, columns, cell, memory, seconds, spool, out: a file descriptor). Each row
becomes one line in ``out``; standard output gets the report: problem, facts, table, tables, headings, rows.
Only ordinary tables are read: a view or virtual table would run what the file says. Run by
:mod:`lantai.kernel.sources.spool` only.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import urllib.parse
from collections.abc import Iterator
from typing import IO

import orjson

_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA}
_SHOWN = 1_000
"""Tables that are named."""
_TABLES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND upper(ltrim(sql)) LIKE 'CREATE TABLE%' ORDER BY rowid"
)


class Refused(Exception):
    """A reason not to read the table: its code and facts."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def opened(path: str, cell: int) -> sqlite3.Connection:
    """Return the database, which nothing can be written to or run in."""
    address = f"file:{urllib.parse.quote(path)}?mode=ro&immutable=1"
    base = sqlite3.connect(address, uri=True)
    base.execute("PRAGMA trusted_schema = OFF")
    base.execute("PRAGMA cell_size_check = ON")
    base.execute("PRAGMA mmap_size = 0")
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, cell * 4)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    base.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY)
    return base


class Texts:
    """Decodes texts: UTF-8, else GB 18030; ``guessed`` says that there were such. Zeros become U+FFFD."""

    def __init__(self) -> None:
        self.guessed = False

    def __call__(self, data: bytes) -> str:
        """Return the text of ``data``; UnicodeDecodeError when it is in neither."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
            self.guessed = True
        return text.replace("\0", "\ufffd") if "\0" in text else text


def quoted(name: str) -> str:
    """Return ``name`` as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def cell_text(value: object) -> str:
    """Return a value as text; a blob is refused."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        raise Refused("sources.sqlite.blob")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _choose(base: sqlite3.Connection, wanted: str) -> tuple[str, list[str]]:
    """Return the wanted table, else the one with the most rows, and all tables."""
    tables = [str(name) for (name,) in base.execute(_TABLES)]
    if not tables:
        raise Refused("sources.table.none")
    if wanted:
        if wanted not in tables:
            raise Refused("sources.table.missing", table=wanted)
        return wanted, tables
    if len(tables) == 1:
        return tables[0], tables
    sizes = {t: base.execute(f"SELECT count(*) FROM {quoted(t)}").fetchone()[0] for t in tables}  # noqa: S608
    return max(tables, key=lambda table: sizes[table]), tables


def pour(asked: dict[str, object], rows: IO[bytes]) -> dict[str, object]:
    """Write the rows; return the report."""
    base = opened(str(asked["path"]), int(str(asked["cell"])))
    base.text_factory = lambda data: data.decode("utf-8", "replace")
    table, tables = _choose(base, str(asked["table"]))
    cursor = base.execute(f"SELECT * FROM {quoted(table)}")  # noqa: S608 - a quoted identifier
    headings = [column[0] for column in cursor.description]
    if len(headings) > int(str(asked["columns"])):
        raise Refused("sources.table.too_wide", columns=asked["columns"])
    base.text_factory = texts = Texts()
    count = 0
    for row in _told(cursor):
        try:
            cells = [cell if type(cell) is str else cell_text(cell) for cell in row]
        except Refused:
            place = next(i for i, cell in enumerate(row) if isinstance(cell, bytes))
            raise Refused("sources.sqlite.blob", table=table, column=headings[place]) from None
        rows.write(orjson.dumps(cells) + b"\n")
        count += 1
    rows.flush()
    told = {"table": table, "tables": tables[:_SHOWN], "headings": headings, "rows": count}
    return {**told, "guessed": ["gb18030"] if texts.guessed else []}


def _told(cursor: sqlite3.Cursor) -> Iterator[tuple[object, ...]]:
    """Yield the rows; a text that cannot be read is refused with the number of its row."""
    number = 0
    try:
        for number, row in enumerate(cursor, 1):  # noqa: B007 - the number is for the refusal
            yield row
    except UnicodeDecodeError:
        raise Refused("sources.text.undecodable", row=number + 1, encoding="utf-8") from None


def main() -> None:
    """Read the request, set the limits, answer."""
    asked = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked["spool"], asked["spool"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    report: dict[str, object] = {"problem": "", "facts": {}, "rows": 0}
    with open(asked["out"], "wb", buffering=1 << 20, closefd=False) as rows:
        try:
            report |= pour(asked, rows)
        except Refused as refused:
            report |= {"problem": refused.code, "facts": refused.facts}
        except sqlite3.Error as error:
            report |= {"problem": "sources.file.broken", "facts": {"reason": str(error)}}
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
