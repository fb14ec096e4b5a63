"""``lantai rebuild database``, ``lantai restore``, ``lantai backup``."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from lantai.cli.output import document, language, note, say, size
from lantai.cli.verbs import Verbs, json_flag, verb

_WORK = {
    "fetch": ("取回文件", "files fetched"),
    "ledger": ("核验账本", "ledger checked"),
    "whole": ("装入整本", "whole copy loaded"),
    "entries": ("装入账目", "entries loaded"),
    "parts": ("装入变更，到第", "changes loaded, part"),
    "verify": ("逐字节核验", "read back"),
    "index": ("重建索引", "index rebuilt"),
}


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    made = verb(
        verbs, "restore", "由一份副本恢复整个站点 · a whole site again, from one copy", _restore, site=False
    )
    made.add_argument(
        "--from", dest="source", required=True, metavar="URL", help="/path, file:///path, s3://…"
    )
    made.add_argument(
        "--into", type=Path, metavar="DIR", help="空的站点目录，默认 LANTAI_HOME · an empty folder"
    )
    made.add_argument("--verify", action="store_true", help="逐字节核验 · read every preserved byte back")
    made.add_argument(
        "--identity", type=Path, metavar="FILE", help="密封副本的私钥 · private key of a sealed copy"
    )
    made.add_argument(
        "--signing-key", type=Path, metavar="FILE", help="另存的签名密钥 · keys/ledger.key, kept elsewhere"
    )
    json_flag(made)
    backup = verb(verbs, "backup", "备份数据库并打开检查 · back the database up and look it through", _backup)
    backup.add_argument("-o", "--out", type=Path, help="默认 backups/ 下按时间命名 · the new file")
    json_flag(backup)


def add_database(rebuild: Verbs) -> None:
    """Add ``database`` to the group ``rebuild``."""
    verb(rebuild, "rows", "把全部行重新写入库房 · all rows anew into the vault", _rebuild_rows)
    made = verb(rebuild, "database", "由库房重建数据库 · the database from the vault", _rebuild)
    made.add_argument("--replace", action="store_true", help="旧库改名保留 · keep the old one beside it")
    json_flag(made)


def _rebuild_rows(given: argparse.Namespace) -> int:
    from lantai.ledger.services import begin_rows, sequence

    begin_rows()
    sequence()
    say("已补上触发器，并把全部行重新写入库房")
    return 0


class Telling:
    """Progress on standard error: a line that changes on a terminal, elsewhere one line for each kind of work."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._work = ""

    def __call__(self, work: str, done: int, total: int) -> None:
        label = _WORK[work][language() == "en"]
        told = f"{label} {done:,}" + (f"/{total:,}" if total else "")
        if self._live:
            print(
                f"{chr(10) if self._work not in {'', work} else chr(13)}{told}",
                end="",
                file=sys.stderr,
                flush=True,
            )
        elif work != self._work:
            note(f"{label}……")
        self._work = work

    def end(self) -> None:
        """Leave the line."""
        if self._live and self._work:
            print(file=sys.stderr)


def _rebuild(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.site.rebuild import rebuild_database
    from lantai.site.restore import let_in

    telling = Telling()
    report = rebuild_database(SYSTEM, replace=given.replace, tell=telling)
    telling.end()
    return _answer(given, "rebuild", report, let_in())


def _restore(given: argparse.Namespace) -> int:
    if given.into:
        os.environ["LANTAI_HOME"] = str(given.into)
    from lantai.cli.main import open_site

    open_site()
    from lantai.kernel.storage.opening import Key
    from lantai.site.fetching import copy_at
    from lantai.site.restore import restore

    name, secret = os.environ.get("LANTAI_RESTORE_KEY", ""), os.environ.get("LANTAI_RESTORE_SECRET", "")
    key = Key(name, secret) if name else None
    identities = given.identity.read_text("utf-8") if given.identity else ""
    copy = copy_at(_absolute(given.source), key, identities)
    telling = Telling()
    done = restore(copy, _absolute(given.source), whole=given.verify, tell=telling, key=given.signing_key)
    telling.end()
    status = _answer(given, "restore", done.report, done.invitations)
    if done.lost_key and not given.json:
        say("签名密钥没有随副本回来：已启用新密钥，并在账本中公布；旧公钥仍然核验它签过的检查点。")
    return status


def _absolute(source: str) -> str:
    return source if "://" in source else str(Path(source).resolve())


def _answer(given: argparse.Namespace, name: str, report: Any, invitations: Any) -> int:
    if given.json:
        told = [{"username": user, "name": person, "path": path} for user, person, path in invitations]
        document(name, {**report.document(language()), "invitations": told})
        return 0 if report.ok else 1
    for one in report.compared:
        named = one.what_en if language() == "en" else one.what
        say(f"{'✓' if one.ok else '✗'} {named}：{one.found:,}/{one.expected:,}")
        for finding in one.findings:
            say(f"    {finding.message(language())}")
    say(f"账本 {report.size:,} 条，行 {report.rows:,}，{report.seconds:.1f} 秒；检查点根 {report.root[:16]}…")
    for table, state, count in report.waiting:
        say(f"· 在途 {table} {state} {count:,}：其文件不在副本里，请原单位重新提交")
    if invitations:
        say(
            "没有任何密码随副本回来。请把下列网址（本站地址加路径，三天内用一次）各自交给本人，其余账号由系统管理员重设："
        )
        for username, person, path in invitations:
            say(f"  {person}（{username}） {path}")
    return 0 if report.ok else 1


def _backup(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.base.home import home
    from lantai.ledger.services import backup, sequence

    ending = "dump" if os.environ.get("LANTAI_DATABASE") else "sqlite3"
    out = given.out or home().root / "backups" / f"lantai-{datetime.now():%Y%m%d-%H%M%S}.{ending}"
    made = backup(SYSTEM, out)
    sequence()
    if given.json:
        told = {"path": str(made.path), "bytes": made.bytes, "sha256": made.sha256, "entries": made.entries}
        document("backup", told)
    else:
        say(
            f"{made.path}  {size(made.bytes)}，账目 {made.entries:,} 条，已打开检查  SHA-256 {made.sha256[:16]}…"
        )
    return 0
