"""``lantai demo``: the main job on the sample district, told in one screen."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from lantai.cli.demo_desk import furnish
from lantai.cli.demo_registration import register_units
from lantai.cli.output import note, say, size
from lantai.cli.verbs import Verbs, verb
from lantai.kernel.errors import Conflict

MARK = "demo-complete"
DEMO = "demo-site"
"""Says that this command made the site, and may remove it."""

AT_UNIT = frozenset({"clerk", "contributor"})
"""Roles that a person has at a unit."""


def add_verbs(verbs: Verbs) -> None:
    """Add the verb of this module."""
    demo = verb(verbs, "demo", "示例区“云岭区” · the sample district", _run)
    demo.add_argument("--fresh", action="store_true", help="先清空 · start from nothing")


def _run(given: argparse.Namespace) -> int:
    from lantai.base.home import home

    root = home().root
    if given.fresh:
        _clear(root)
    if (root / MARK).exists():
        say(f"示例区已在 {root}")
        return 0
    _refuse_others(root)
    return _demo(root)


def _refuse_others(root: Path) -> None:
    """Refuse a site that somebody works with: invented records must not enter it, nor ``--fresh`` remove it."""
    from django.db import connection

    from lantai.base.home import home
    from lantai.people.queries import accounts, units

    if (root / DEMO).exists() or not home().database.exists():
        return
    begun = "people_unit" in connection.introspection.table_names() and (units() or accounts())
    if begun:
        raise Conflict("cli.home.not_fresh", path=str(root))


def _clear(root: Path) -> None:
    """Remove a site that this command made; anything else is left alone."""
    from django.db import connections

    from lantai.base.home import home

    if not root.exists():
        return
    if not (root / DEMO).exists() and home().database.exists():
        raise Conflict("cli.home.not_fresh", path=str(root))
    connections.close_all()
    (root / MARK).unlink(missing_ok=True)
    for child in sorted(root.iterdir(), key=lambda child: child.name == DEMO):  # last: killed, it can go on
        if child.name == "keys":
            for key in child.iterdir():
                if key.name != "django.key":
                    key.unlink()
        elif child.is_dir():
            shutil.rmtree(child)
        else:
            child.unlink()


def _demo(root: Path) -> int:
    from lantai.cli.site import init_site
    from lantai.sample import build

    started = time.monotonic()
    root.mkdir(parents=True, exist_ok=True)
    (root / DEMO).touch()
    init_site("云岭区档案馆")
    note("正在制作示例区材料……")
    district = build(root / "sample")
    made = time.monotonic()
    _people(district, root)
    entries = _catalogue(district)
    say(
        f"云岭区：{len(district.units)} 个单位，{len(district.fonds)} 个全宗，目录 {entries:,} 条（制作用时 {made - started:.1f} 秒）"
    )
    rows, seconds = _transfers(district)
    kept = sum(row.bytes for row in rows if row.kept)
    files = sum(row.files for row in rows if row.kept)
    say(
        f"入库 {files:,} 个文件，{size(kept)}，用时 {seconds:.1f} 秒，{kept / 1e6 / seconds:.1f} MB/秒（含检测、著录、索引）"
    )
    began = time.monotonic()
    furnish(root)
    register_units(root)
    note(f"收文盘用时 {time.monotonic() - began:.1f} 秒")
    status = _prove(root)
    (root / MARK).touch()
    return status


def _people(district: Any, root: Path) -> None:
    from lantai.base.actors import SYSTEM
    from lantai.holdings.services import add_fonds
    from lantai.kernel.errors import Conflict as Taken
    from lantai.people.services import add_account, add_unit, grant_role

    for unit in (*district.units, district.archives, district.bureau):
        add_unit(SYSTEM, unit.code, unit.name)
    for fonds in district.fonds:
        add_fonds(SYSTEM, fonds.number, fonds.name, unit=fonds.unit_code)
    path = root / "keys" / "demo-password.txt"
    if not path.exists():
        word = secrets.token_urlsafe(12)
        names = "".join(f"{p.username}\t{p.name}\t{p.role}\n" for p in district.people)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as out:
            out.write(f"{word}\n\n以上是全部示例账号共用的密码：\n{names}")
        fresh.replace(path)
    password = path.read_text("utf-8").splitlines()[0]
    for person in district.people:
        with suppress(Taken):  # a demo that was interrupted goes on
            add_account(SYSTEM, person.username, person.name, password=password)
        grant_role(
            SYSTEM, person.username, person.role, unit=person.unit_code if person.role in AT_UNIT else ""
        )


def _catalogue(district: Any) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.catalogue.services import register_catalogue, urn_of
    from lantai.holdings.services import Description

    entries = [
        Description(
            urn=urn_of(entry.ref),
            ref=entry.ref,
            level=entry.level,
            type=entry.type,
            fonds=entry.fonds,
            values=entry.values,
            parent=entry.parent,
        )
        for entry in district.entries
        if not entry.package
    ]
    register_catalogue(SYSTEM, entries, source="云岭区档案馆机读目录（示例）")
    return len(entries)


def _transfers(district: Any) -> tuple[list[Any], float]:
    from lantai.base.actors import SYSTEM
    from lantai.checks import queries as checks
    from lantai.ingest import queries
    from lantai.ingest.services import accept, return_to_sender, sign_waiting, submit
    from lantai.people.queries import actor
    from lantai.site.work import settle

    intake = actor("luan")
    done = {view.name: view.number for view in queries.transfers(SYSTEM, size=200).items}
    started = time.monotonic()
    numbers = []
    for package in district.packages:
        name = package.path.name
        numbers.append(done.get(name) or submit(SYSTEM, package.unit_code, package.path))
    settle()
    for number in numbers:
        view = queries.transfer(SYSTEM, number)
        if not view.waits or view.run is None:
            continue
        run = checks.run(view.run)
        if run.refused:
            failures = "；".join(
                f"{i['code']} {i['name']} {len(i['findings'])} 处" for i in run.items("fail")
            )
            return_to_sender(intake, number, reason=f"检测不合格：{failures}。请更正后重交。")
        else:
            sign_waiting(intake, number, note="示例：已逐项核对")
            accept(intake, number)
    settle()
    seconds = time.monotonic() - started
    rows = [queries.transfer(SYSTEM, number) for number in numbers]
    for row in rows:
        _say_transfer(row)
    return rows, seconds


def _say_transfer(row: Any) -> None:
    from lantai.checks import queries as checks

    say(
        f"  移交 {row.number}  {row.unit_name}  {row.items} 件 {row.files} 个文件 {size(row.bytes)}  {row.state_label}"
    )
    run = checks.run(row.run) if row.run else None
    for item in run.items("fail") if run else []:
        for finding in item["findings"][:2]:
            say(f"      {item['code']} {item['name']}：{finding['path']}")
            say(f"          应为 {_short(finding['expected'])}，实为 {_short(finding['found'])}")


def _short(text: str) -> str:
    """Return a digest as its two ends, anything else as it is."""
    return f"{text[:8]}…{text[-8:]}" if len(text) >= 64 and text.isalnum() else text


def _prove(root: Path) -> int:
    from lantai.access.services import export
    from lantai.base.actors import SYSTEM
    from lantai.kernel.verify.cli import main as verify_main
    from lantai.people.queries import actor
    from lantai.search.queries import Question, search
    from lantai.site.work import settle
    from lantai.vault.services import verify

    answer = search(actor("luan"), Question(text="水库", limit=1_000))
    hit = next((found for found in answer.found if found.record.object_id), None)
    say(
        f"检索“水库”：{answer.total} 件，{answer.took_ms:.1f} 毫秒"
        + (f"；例如 {hit.record.ref} {hit.record.title}" if hit else "")
    )
    fixity = verify(SYSTEM)
    say(f"库房复读：{fixity.objects} 个对象，{size(fixity.bytes)}，损坏 {len(fixity.damaged)}")
    if hit is None:
        return 1
    settle()
    out = root / "export" / "sample-record"
    shutil.rmtree(out.parent, ignore_errors=True)
    export(actor("luan"), hit.record.ref, out)
    settle()
    say(f"lantai-verify 核验整库 {root / 'vault'} 与导出件 {out}：")
    key = root / "keys" / "ledger.pub"
    status = verify_main([str(root / "vault"), str(out), "--key", str(key)])
    return 1 if fixity.damaged else status
