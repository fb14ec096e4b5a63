"""``lantai search|show|export|rebuild``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lantai.cli.output import Bar, document, say, size
from lantai.cli.survival import add_database
from lantai.cli.transfers import actor_named
from lantai.cli.verbs import Verbs, group, json_flag, verb
from lantai.kernel.errors import Invalid


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    _add_search(verbs)
    show = verb(verbs, "show", "看一件档案 · show a record", _show)
    show.add_argument("what", metavar="REF|URN")
    show.add_argument("--as", dest="user", default="", metavar="USER|public")
    json_flag(show)
    export = verb(verbs, "export", "连同证明导出 · export with proof", _export)
    export.add_argument("what", metavar="REF|URN")
    export.add_argument("-o", "--out", type=Path, required=True)
    export.add_argument("--as", dest="user", default="", metavar="USER|public")
    rebuild = group(verbs, "rebuild", "重建 · rebuild what is derived")
    index = verb(rebuild, "index", "由目录重建索引 · the index from the catalogue", _rebuild_index)
    index.add_argument(
        "--fresh", action="store_true", help="不接用上次中断的 · begin anew, keep nothing unfinished"
    )
    add_database(rebuild)
    verb(rebuild, "tallies", "重新清点目录 · the counts of the catalogue", _rebuild_tallies)


_FACETS = ("fonds", "type", "retention", "open", "level", "unit")


def _add_search(verbs: Verbs) -> None:
    search = verb(verbs, "search", "检索 · search", _search)
    search.add_argument(
        "query", type=str.strip, help="检索词；-水库 是不含水库 · words; -水库 means without 水库"
    )
    search.add_argument("--year", default="", help="1990..2000")
    search.add_argument("--in-year", dest="of_year", action="append", default=[], type=int, metavar="YEAR")
    for name in _FACETS:
        search.add_argument(f"--{name}", dest=f"of_{name}", action="append", default=[], metavar="VALUE")
    search.add_argument(
        "--sort", type=str.strip, choices=("relevance", "date", "-date", "ref"), default="relevance"
    )
    search.add_argument("--limit", type=int, default=20)
    search.add_argument(
        "--after",
        type=str.strip,
        default="",
        metavar="CURSOR",
        help="接着上一页的 cursor · what follows a page",
    )
    search.add_argument("--all", action="store_true", help="全部结果，不限页数 · every hit, one a line")
    search.add_argument("--as", dest="user", default="", metavar="USER|public")
    json_flag(search)


def worded(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with a blank before words of ``search`` that begin with one minus.

    Otherwise argparse takes ``-水库`` for an option that it does not know. ``-h`` stays what it is.
    """
    told = list(arguments)
    at = 0
    while at < len(told) and told[at].startswith("-"):
        at += 2 if told[at] == "--home" else 1
    if told[at : at + 1] != ["search"]:
        return told
    end = told.index("--", at) if "--" in told[at:] else len(told)
    for place in range(at, end):
        if re.match(r"-[^-]", told[place]) and told[place] != "-h":
            told[place] = f" {told[place]}"
    return told


def years(text: str) -> tuple[int | None, int | None]:
    """Return the span that ``1990``, ``1990..``, ``..2000`` or ``1990..2000`` says; None = open."""
    if not text:
        return None, None
    found = re.fullmatch(r"(\d{4})?(\.\.)?(\d{4})?", text)
    if not found or not (found[1] or found[3]):
        raise Invalid("cli.years.unreadable", years=text)
    first = int(found[1]) if found[1] else None
    last = int(found[3]) if found[3] else (None if found[2] else first)
    return first, last


def _search(given: argparse.Namespace) -> int:
    from lantai.search.queries import every, search

    question = _question(given)
    actor = actor_named(given.user)
    if given.all:
        for record in every(actor, question):
            say(f"{record.ref}  {record.title}")
        return 0
    answer = search(actor, question)
    if given.json:
        document(
            "search",
            {
                "query": given.query,
                "total": answer.total,
                "took_ms": round(answer.took_ms, 2),
                "hits": [found.document() for found in answer.found],
                "facets": {name: [list(pair) for pair in pairs] for name, pairs in answer.facets.items()},
                "cursor": answer.cursor,
            },
        )
        return 0
    say(f"{answer.total:,} 件，{answer.took_ms:.1f} 毫秒")
    for found in answer.found:
        say(f"{found.record.ref}  {found.record.title}")
        for place in found.passages:
            say(f"    {place.where}：{place.plain}")
    return 0


def _question(given: argparse.Namespace) -> Any:
    from lantai.search.queries import Question

    first, last = years(given.year)
    filters = {name: frozenset(getattr(given, f"of_{name}")) for name in (*_FACETS, "year")}
    after = int(given.after) if given.after.isdecimal() and given.sort != "ref" else given.after
    return Question(
        text=given.query,
        filters={name: values for name, values in filters.items() if values},
        year_from=first,
        year_to=last,
        sort=given.sort,
        limit=given.limit,
        after=after or None,
    )


def shown_values(seen: Any) -> dict[str, str]:
    """Return the element values of a record: who sees it only because it is open gets the public ones."""
    from lantai.holdings.queries import types

    kind = types().get(seen.record.type)
    values: dict[str, str] = seen.record.values
    if seen.inner:
        return values
    public = {e.key for e in kind.elements if e.public and not e.personal} if kind else set()
    return {key: value for key, value in values.items() if key in public}


def _show(given: argparse.Namespace) -> int:
    from lantai.access.queries import reading

    seen = reading(actor_named(given.user), given.what)
    record = seen.record
    files: list[dict[str, Any]] = [
        {
            "path": shown.part.path,
            "role": shown.part.role,
            "size": shown.part.size,
            "format": shown.part.format,
            "puid": shown.part.puid,
            "sm3": shown.stored.sm3 if shown.stored else "",
            "sha512": shown.stored.sha512 if shown.stored else "",
        }
        for shown in seen.files
    ]
    if given.json:
        document(
            "record",
            {
                "ref": record.ref,
                "urn": record.urn,
                "level": record.level,
                "type": record.type,
                "fonds": record.fonds,
                "series": record.series,
                "parent": record.parent,
                "open": record.open_status,
                "values": shown_values(seen),
                "files": files,
                "history": [
                    {"index": t.index, "act": t.act, "actor": t.actor, "at": t.at.isoformat()}
                    for t in seen.history
                ],
            },
        )
        return 0
    say(f"{record.ref}  {record.title}")
    say(
        f"{record.fonds} {record.fonds_name} · {record.author} · {record.date} · {record.retention} · {record.open_status}"
    )
    for file in files:
        say(f"  {file['path']}  {size(file['size'])}  {file['format']}  SM3 {file['sm3'][:16]}…")
    return 0


def _export(given: argparse.Namespace) -> int:
    from lantai.access.services import export
    from lantai.site.work import settle

    settle()
    made = export(actor_named(given.user), given.what, given.out)
    settle()
    say(f"{made}  可用 lantai-verify 离线核验")
    return 0


def _rebuild_tallies(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.holdings.services import recount

    wrong = recount(SYSTEM)
    say(f"更正 {wrong} 处" if wrong else "计数相符")
    return 0


def _rebuild_index(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.desk.services import rebuild_own_index
    from lantai.search.queries import unsearched
    from lantai.search.services import rebuild

    done = rebuild(SYSTEM, Bar("重建索引"), fresh=given.fresh)
    say(f"{done.records:,} 件，{done.seconds:.1f} 秒，未收 {done.rejected} 件")
    if done.kept:
        say(f"其中 {done.kept:,} 件接用上次中断的结果")
    for finding in unsearched():
        say(f"{finding.path}  {finding.message()}")
    own = rebuild_own_index(SYSTEM)
    say(f"各单位的索引：{own:,} 件")
    return 0
