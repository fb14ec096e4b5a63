"""``lantai transfer …``."""

from __future__ import annotations

import argparse
from typing import Any

from lantai.cli.output import document, say, size
from lantai.cli.verbs import Verbs, group, json_flag, verb


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    transfers = group(verbs, "transfer", "移交 · transfers")
    listing = verb(transfers, "list", "移交清单 · list transfers", _list)
    listing.add_argument("--state", default="")
    json_flag(listing)
    show = verb(transfers, "show", "一批移交的情况 · one transfer", _show)
    show.add_argument("number")
    json_flag(show)
    accept = verb(transfers, "accept", "确认人工项并接收 · answer manual items and accept", _accept)
    accept.add_argument("number")
    accept.add_argument("--as", dest="user", default="", metavar="USER")
    accept.add_argument("--note", default="")
    send_back = verb(transfers, "return", "退回并说明 · return with a reason", _return)
    send_back.add_argument("number")
    send_back.add_argument("--reason", required=True)
    send_back.add_argument("--as", dest="user", default="", metavar="USER")


def actor_named(username: str) -> Any:
    """Return the actor of a user name, or the system when none is named."""
    from lantai.base.actors import PUBLIC, SYSTEM
    from lantai.people.queries import actor

    if username == "public":
        return PUBLIC
    return actor(username) if username else SYSTEM


def told(view: Any) -> dict[str, Any]:
    """Return the document form of a transfer."""
    return {
        "number": view.number,
        "urn": view.urn,
        "unit": view.unit_code,
        "state": view.state,
        "fonds": view.fonds,
        "name": view.name,
        "form": view.form,
        "items": view.items,
        "files": view.files,
        "bytes": view.bytes,
        "run": str(view.run) if view.run else None,
        "reason": view.reason,
        "refusal": view.refusal,
        "submitted_at": view.submitted_at.isoformat(),
        "problem": dict(view.progress.problem) if view.progress and view.progress.problem else None,
    }


def _line(view: Any) -> str:
    return f"{view.number}  {view.state_label}  {view.unit_name}  {view.items} 件  {size(view.bytes)}  {view.name}"


def _list(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.base.paging import every
    from lantai.ingest import queries

    rows = list(every(lambda after: queries.transfers(SYSTEM, state=given.state, after=after, size=200)))
    if given.json:
        document("transfers", {"transfers": [told(row) for row in rows]})
    else:
        for row in rows:
            say(_line(row))
    return 0


def _show(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.checks import queries as checks
    from lantai.ingest import queries
    from lantai.kernel.texts import text

    view = queries.transfer(SYSTEM, given.number)
    run = checks.run(view.run) if view.run else None
    if given.json:
        document("transfer", {**told(view), "report": run.report if run else None})
        return 0
    say(_line(view))
    if view.refusal:
        say(text(view.refusal["code"], "zh", **view.refusal["facts"]))
    if view.reason:
        say(f"退回原因：{view.reason}")
    if run:
        for item in run.items("fail"):
            for finding in item["findings"]:
                say(f"  {item['code']} {item['name']}：{finding['path']} {finding['message']}")
                if finding["expected"] or finding["found"]:
                    say(f"      应为 {finding['expected']}，实为 {finding['found']}")
    return 0


def _accept(given: argparse.Namespace) -> int:
    from lantai.ingest.services import accept, sign_waiting

    actor = actor_named(given.user)
    for code in sign_waiting(actor, given.number, note=given.note or "命令行确认"):
        say(f"人工项 {code}：合格")
    accept(actor, given.number)
    return go_on(given.number)


def _return(given: argparse.Namespace) -> int:
    from lantai.ingest.services import return_to_sender
    from lantai.site.work import settle

    return_to_sender(actor_named(given.user), given.number, reason=given.reason)
    settle()
    say(f"{given.number} 已退回")
    return 0


def go_on(number: str) -> int:
    """Let everything go on by itself, then say where the transfer stands."""
    from lantai.base.actors import SYSTEM
    from lantai.ingest import queries
    from lantai.site.work import settle

    settle()
    view = queries.transfer(SYSTEM, number)
    say(_line(view))
    return 1 if view.state == "returned" else 0
