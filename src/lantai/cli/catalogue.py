"""``lantai catalogue …``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lantai.cli.catalogue_export import add_export
from lantai.cli.output import Bar, document, language, note, say
from lantai.cli.transfers import actor_named
from lantai.cli.verbs import Verbs, group, json_flag, verb

ROWS_SHOWN = 20
"""Rows told of each kind of problem before the rest is counted only."""


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    catalogue = group(verbs, "catalogue", "目录 · the catalogue")
    _add_import(catalogue)
    add_export(catalogue)
    listing = verb(catalogue, "imports", "导入清单 · list imports", _list)
    listing.add_argument("--state", default="")
    listing.add_argument("--as", dest="user", default="", metavar="USER")
    json_flag(listing)
    for name, help_text, run in (
        ("show", "一次导入的计划和进度 · plan and progress of an import", _show),
        ("run", "按计划导入 · carry out a plan", _run),
        ("resume", "让停住的导入继续 · let a stopped import go on", _resume),
        ("cancel", "取消还没导入的计划 · give a plan up", _cancel),
        ("undo", "撤销整个导入 · undo a whole import", _undo),
    ):
        made = verb(catalogue, name, help_text, run)
        made.add_argument("number")
        made.add_argument("--as", dest="user", default="", metavar="USER")
        json_flag(made)


def _add_import(catalogue: Verbs) -> None:
    made = verb(
        catalogue,
        "import",
        "导入一份目录：先给出计划，再导入 · import a list: first the plan, then the run",
        _import,
    )
    made.add_argument("file", type=Path)
    made.add_argument("--type", default="", help="门类，空则看档号 · record type")
    made.add_argument("--fonds", default="", help="全宗号，空则看档号 · fonds number")
    made.add_argument("--unit", default="")
    made.add_argument("--level", default="", choices=["", "file", "item"], help="每行是案卷还是件")
    made.add_argument("--sheet", default="", help="工作表或数据表 · sheet or table")
    made.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="列=著录项",
        help="列对应的著录项，- 不导入，+ 存入其他 · what a column becomes",
    )
    made.add_argument("--arranging", action="store_true", help="整理中，未验收 · still being arranged")
    made.add_argument(
        "--tolerant", action="store_true", help="写法不合的照录并提示 · keep what is badly written"
    )
    made.add_argument("--plan", action="store_true", help="只出计划，不导入 · the plan only")
    made.add_argument("--as", dest="user", default="", metavar="USER")
    json_flag(made)


def told(view: Any) -> dict[str, Any]:
    """Return the document form of an import."""
    return {
        "number": view.number,
        "urn": view.urn,
        "state": view.state,
        "name": view.name,
        "kind": view.kind,
        "encoding": view.encoding,
        "size": view.size,
        "sha512": view.sha512,
        "unit": view.unit_code,
        "fonds": view.fonds,
        "type": view.type,
        "level": view.level,
        "arranging": view.arranging,
        "tolerant": view.tolerant,
        "mapping": dict(view.mapping),
        "rows": view.rows,
        "new": view.new,
        "changed": view.changed,
        "same": view.same,
        "refused": view.refused,
        "rows_done": view.rows_done,
        "notices": [dict(one) for one in view.notices],
        "problems": [dict(one) for one in view.problems],
        "problem": dict(view.problem) if view.problem else None,
        "received_at": view.received_at.isoformat(),
    }


def _import(given: argparse.Namespace) -> int:
    from lantai.catalogue import services

    actor = actor_named(given.user)
    number = services.receive(
        actor,
        given.file,
        unit=given.unit,
        fonds=given.fonds,
        type=given.type,
        level=given.level,
        sheet=given.sheet,
        arranging=given.arranging,
        tolerant=given.tolerant,
    )
    view = _advanced(number)
    if given.map and view.state in {"unmapped", "planned"}:
        _map(actor, number, given.map)
        view = _advanced(number)
    if not given.plan and view.state == "planned" and view.to_enter:
        if not given.json:
            _say_plan(view)
        services.order_run(actor, number)
        view = _advanced(number, total=view.to_enter)
    return _answer(given, view)


def _map(actor: Any, number: str, pairs: list[str]) -> None:
    """Map the columns by hand; a mapping that is refused leaves no plan behind that nobody asked for."""
    from lantai.catalogue import queries, services
    from lantai.kernel.errors import LantaiError

    try:
        services.set_mapping(actor, number, _mapping(pairs, queries.import_(actor, number).type))
    except LantaiError:
        services.cancel(actor, number)
        raise


def _mapping(pairs: list[str], type: str) -> dict[str, str]:
    """Return the key that each column becomes; the key, a label or a usual heading of the element names it."""
    from lantai.holdings.queries import types
    from lantai.kernel.errors import Invalid

    known = types()
    kinds = [known[type]] if type in known else list(known.values())
    found = {}
    for pair in pairs:
        column, sign, key = pair.rpartition("=")
        if not sign:
            raise Invalid("catalogue.mapping.pair", pair=pair)
        key = key.strip()
        named = (kind.column(key) for kind in kinds if not any(key in each.by_key for each in kinds))
        found[column.strip()] = next((element.key for element in named if element is not None), key)
    return found


def _advanced(number: str, total: int = 0) -> Any:
    """Do the import's work here, unless a worker of the running site does, and return where it stands."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue import queries
    from lantai.site.work import settle_import

    bar = Bar("导入") if total else None
    settle_import(number, (lambda done: bar(done, total)) if bar else None)
    return queries.import_(SYSTEM, number)


def _answer(given: argparse.Namespace, view: Any) -> int:
    if given.json:
        document("import", told(view))
    else:
        _say_plan(view)
    if view.state == "failed":
        return 3
    return 1 if view.state == "unmapped" or (view.rows and view.refused == view.rows) else 0


def _say_plan(view: Any) -> None:
    from lantai.kernel.texts import catalogue, text

    def words(one: Any) -> str:
        return text(one["code"], language(), **one["facts"]) if one["code"] in catalogue() else one["code"]

    say(f"{view.number}  {view.state_label}  {view.name}")
    if view.rows:
        figures = f"新增 {view.new:,}  变更 {view.changed:,}  相同 {view.same:,}  拒绝 {view.refused:,}"
        say(f"  {view.rows:,} 行：{figures}")
    for one in view.notices:
        say(f"  {words(one)}")
    for one in view.problems:
        say(f"  [{one['code']}] 拒绝 {one['error']:,}  提示 {one['warning']:,}")
        _say_rows(view.number, one["code"], one["error"] + one["warning"])
    if view.state == "unmapped":
        for column in view.columns:
            say(f"  {column.name}（{'、'.join(column.examples)}） → {column.key or '?'}")
    if view.problem:
        note(words(view.problem))


def _say_rows(number: str, code: str, total: int) -> None:
    """Say the first rows that have the problem ``code``, in words; the page and ``--json`` have what is more."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue import queries

    for one in queries.problems(SYSTEM, number, code, size=ROWS_SHOWN).items:
        say(f"    第 {one.row} 行  {one.ref or '-'}  {one.message(language())}")
    if total > ROWS_SHOWN:
        say(f"    ……共 {total:,} 行，全部在网页“下载带批注的原表”里")


def _list(given: argparse.Namespace) -> int:
    from lantai.base.paging import every
    from lantai.catalogue import queries

    actor = actor_named(given.user)
    rows = list(every(lambda after: queries.imports(actor, state=given.state, after=after, size=200)))
    if given.json:
        document("imports", {"imports": [told(row) for row in rows]})
    else:
        for row in rows:
            say(f"{row.number}  {row.state_label}  {row.fonds or '-'}  {row.rows:,} 行  {row.name}")
    return 0


def _show(given: argparse.Namespace) -> int:
    from lantai.catalogue import queries

    return _answer(given, queries.import_(actor_named(given.user), given.number))


def _run(given: argparse.Namespace) -> int:
    from lantai.catalogue import services

    services.order_run(actor_named(given.user), given.number)
    return _answer(given, _advanced(given.number))


def _resume(given: argparse.Namespace) -> int:
    from lantai.catalogue import services

    services.resume(actor_named(given.user), given.number)
    return _answer(given, _advanced(given.number))


def _cancel(given: argparse.Namespace) -> int:
    from lantai.catalogue import services

    services.cancel(actor_named(given.user), given.number)
    return _answer(given, _advanced(given.number))


def _undo(given: argparse.Namespace) -> int:
    from lantai.catalogue import services

    services.undo(actor_named(given.user), given.number)
    return _answer(given, _advanced(given.number))
