"""``lantai desk …``: what a unit's clerk does at the desk, for scripts."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from lantai.cli import desk_checks
from lantai.cli.output import document, language, note, say, size
from lantai.cli.transfers import actor_named
from lantai.cli.verbs import Verbs, group, json_flag, verb


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    desk = group(verbs, "desk", "收文盘 · a unit's desk")
    tray = _one(desk, "tray", "待整理的电子文件 · what waits", _tray)
    tray.add_argument("unit", help="单位代码 · code of the unit")
    classes = _one(desk, "classes", "归档类 · classes", _classes)
    classes.add_argument("unit")
    classes.add_argument("--year", type=int, default=None)
    desk_checks.add_arguments(
        _one(desk, "check", "归档检测 · what the check of a class found", _check),
        _one(desk, "answer", "说明检测项 · answer what the check left to people", _answer),
    )
    close = _one(desk, "close", "检测合格就编号 · check a class and close it", _close)
    close.add_argument("number")
    places = _one(desk, "targets", "移交去处 · where a unit hands over to", _targets)
    places.add_argument("unit")
    build = _one(desk, "build", "做一次移交并打包 · hand classes over: say, build, check", _build)
    build.add_argument("unit")
    build.add_argument("classes", nargs="+", help="归档类编号 · numbers of closed classes")
    build.add_argument("--description", required=True, help="内容描述")
    build.add_argument("--form", default="dat93", help="dat93 eep bagit eark")
    build.add_argument("--disclosure", default="", help="公开属性 · for records of which nothing is said")
    build.add_argument("--opinion", default="", help="开放意见")
    build.add_argument("--ground", default="", help="理由")
    build.add_argument("--secrecy", default="无变更", help="密级变更")
    send = _one(desk, "send", "送到档案馆 · send the built package", _send)
    send.add_argument("number", help="移交单号")
    send.add_argument(
        "--to", default="", metavar="TARGET", help="去处的名称，不写就是本站 · name of a target"
    )
    send.add_argument("--rate", type=int, default=0, help="每秒字节数上限 · bytes a second at most")
    verify = verb(desk, "verify", "重读收文盘的全部文件 · read all files of the desk again", _verify)
    json_flag(verify)
    status = _one(desk, "status", "移交单的情况 · where hand-overs are", _status)
    status.add_argument("number", nargs="?", default="")


def _one(
    desk: Verbs, name: str, words: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    made = verb(desk, name, words, run)
    made.add_argument("--as", dest="user", default="", metavar="USER")
    json_flag(made)
    return made


def _tray(given: argparse.Namespace) -> int:
    from lantai.base.paging import every
    from lantai.desk import queries_table

    actor = actor_named(given.user)
    found = list(every(lambda after: queries_table.waiting(actor, given.unit, after=after, size=200)))
    if given.json:
        told = [{"number": one.key, "type": one.type, "title": one.title} for one in found]
        document("tray", {"unit": given.unit, "items": told})
        return 0
    for one in found:
        say(f"{one.key}  {one.type}  {one.title}")
    return 0


def _classes(given: argparse.Namespace) -> int:
    from lantai.desk import queries_arrangement

    found = queries_arrangement.classes(actor_named(given.user), given.unit, year=given.year)
    if given.json:
        names = ("number", "fonds", "type", "year", "function", "retention", "state", "size", "revision")
        document(
            "classes", {"unit": given.unit, "items": [{n: getattr(one, n) for n in names} for one in found]}
        )
        return 0
    for one in found:
        say(
            f"{one.number}  {one.year}  {one.retention}  {one.function or '-'}  {one.state_label}  {one.size} 件"
        )
    return 0


def _check(given: argparse.Namespace) -> int:
    return int(_with_reasons(lambda: desk_checks.check(given)))


def _answer(given: argparse.Namespace) -> int:
    return desk_checks.answer(given)


def _close(given: argparse.Namespace) -> int:
    """Number a class; where no check of it holds, check it first, and say what stands in the way (1)."""
    from lantai.desk import queries_arrangement, services
    from lantai.site.work import settle

    actor = actor_named(given.user)
    seen = queries_arrangement.filing_class(actor, given.number).revision
    count = _with_reasons(lambda: services.close_or_check(actor, given.number, seen=seen))
    if count is None:
        settle()
        shown = queries_arrangement.filing_class(actor, given.number)
        if shown.state == "open":
            return desk_checks.tell(given)
        count = shown.size
    items = queries_arrangement.in_class(actor, given.number)
    if given.json:
        told = [{"ref": one.ref, "item_number": one.item_number, "title": one.title} for one in items]
        document("numbers", {"number": given.number, "count": count, "items": told})
        return 0
    for one in items:
        say(f"{one.ref}  {one.title}")
    return 0


def _with_reasons(service: Callable[[], Any]) -> Any:
    """Return what the service answers; every reason of a refusal is told before it goes on its way."""
    from lantai.desk.errors import Lacking

    try:
        return service()
    except Lacking as refused:
        for one in refused.reasons:
            note(f"{one.path}  {one.message(language())}")
        raise


def _targets(given: argparse.Namespace) -> int:
    from lantai.desk.queries_sending import targets

    found = targets(actor_named(given.user), given.unit)
    if given.json:
        names = ("uuid", "name", "address", "archives", "their_unit", "busy")
        document(
            "targets", {"unit": given.unit, "items": [{n: getattr(one, n) for n in names} for one in found]}
        )
        return 0
    for one in found:
        say(f"{one.name}  {one.archives}  {one.address}  {one.their_unit}")
    return 0


def _build(given: argparse.Namespace) -> int:
    from lantai.desk.queries_faces import Statement
    from lantai.desk.services import hand_over as making
    from lantai.desk.services.hand_over import Wanted
    from lantai.site.work import settle

    actor = actor_named(given.user)
    number = _with_reasons(lambda: making.begin(actor, given.unit, given.classes))
    said = Statement(given.disclosure, given.opinion, given.ground, given.secrecy)
    making.state(actor, number, {}, rest=said)
    note(f"移交单 {number}")
    _with_reasons(lambda: making.order(actor, number, Wanted(given.form, given.description)))
    settle()
    return _told(given, number)


def _send(given: argparse.Namespace) -> int:
    from lantai.desk.queries_hand_over import hand_over
    from lantai.desk.queries_sending import targets
    from lantai.desk.services import hand_over_send, sending
    from lantai.kernel.errors import NotFound
    from lantai.site.work import settle

    actor = actor_named(given.user)
    if given.to:
        places = targets(actor, hand_over(actor, given.number).unit_code)
        found = next((one for one in places if given.to in {one.name, one.uuid}), None)
        if found is None:
            raise NotFound("desk.target.missing")
        sending.send_away(actor, given.number, found.uuid, rate=given.rate)
    else:
        hand_over_send.send(actor, given.number)
    settle()
    return _told(given, given.number)


def _verify(given: argparse.Namespace) -> int:
    """Read all files of the desk's store again; 1 when something is missing or damaged."""
    from lantai.desk.queries_store import look_at_store, whose

    progress = None if given.json else lambda done, total: note(f"{done}/{total}")
    seen = look_at_store(whole=True, progress=progress)
    wrong = {"missing": seen.missing, "damaged": seen.damaged}
    if given.json:
        told = {name: [{"sha512": one, "of": whose(one)} for one in some] for name, some in wrong.items()}
        sums = {"named": seen.named, "files": seen.files, "bytes": seen.bytes, "unnamed": len(seen.unnamed)}
        document("desk-verify", {"sound": seen.sound, **sums, **told})
        return int(not seen.sound)
    say(
        f"{seen.named} 个摘要，重读 {seen.files} 个文件 {size(seen.bytes)}，没有记录提到的 {len(seen.unnamed)} 个"
    )
    for words, some in (("缺", seen.missing), ("损坏", seen.damaged)):
        for one in some:
            say(f"  {words}  {one}  {whose(one) or '-'}")
    return int(not seen.sound)


def _status(given: argparse.Namespace) -> int:
    from lantai.base.paging import every
    from lantai.desk.queries_hand_over import hand_overs

    actor = actor_named(given.user)
    if given.number:
        return _told(given, given.number)
    found = list(every(lambda after: hand_overs(actor, after=after, size=200)))
    if given.json:
        told = [{"number": one.number, "unit": one.unit_name, "outcome": one.outcome} for one in found]
        document("hand-overs", {"items": told})
        return 0
    for one in found:
        say(f"{one.number}  {one.outcome_label}  {one.unit_name}  {one.items} 件  {size(one.bytes)}")
    return 0


_SIDES = {"unit": "移交单位", "archives": "接收单位"}
_SEALS = {
    "": "已签署",
    "holds": "封印已核对 · the seal holds",
    "unproved": "封印未核对 · nothing to verify the seal by",
    "wrong": "封印不符 · the seal is wrong",
    "other_key": "密钥变了，先核对指纹 · another key than before",
}


def _seal(one: Any) -> str:
    """Return how the seal of another site stands, "" for our own."""
    return one.verdict.state if one.verdict else ""


def _told(given: argparse.Namespace, number: str) -> int:
    """Say where a hand-over is; 1 when it failed or came back."""
    from lantai.desk.queries_faces import signatures, work_list
    from lantai.desk.queries_hand_over import hand_over
    from lantai.kernel.texts import text

    actor = actor_named(given.user)
    shown = hand_over(actor, number)
    going = shown.sending
    faults = work_list(actor, number)
    if given.json:
        away = None
        if going is not None:
            away = {"to": going.archives, "state": going.state, "offset": going.offset, "size": going.size}
            away |= {"transfer": going.transfer, "problem": going.problem}
        told = {"number": number, "outcome": shown.line.outcome, "items": shown.line.items, "sm3": shown.sm3}
        told |= {"package": shown.package, "size": shown.size, "sending": away, "problem": shown.problem}
        told["signatures"] = [
            {"side": one.side, "name": one.name, "seal": _seal(one)} for one in signatures(actor, number)
        ]
        told["faults"] = [{"ref": one.ref, "message": one.message} for one in faults]
        document("hand-over", told)
        return int(shown.line.came_back)
    say(f"{number}  {shown.line.outcome_label}  {shown.line.items} 件  {size(shown.size)}  {shown.package}")
    if going is not None:
        say(f"  {going.archives}  {going.state_label}  {going.share}%  {going.transfer}")
        if going.problem:
            say(f"  {text(going.problem['code'], language(), **going.problem['facts'])}")
    for signed in signatures(actor, number):
        say(f"  {_SIDES[signed.side]}  {signed.name}  {_SEALS[_seal(signed)]}")
        if signed.verdict and signed.verdict.alarms:
            say(f"  !! {signed.verdict.fingerprint} ≠ {signed.verdict.known or '-'}")
    for one in faults:
        say(f"  {one.ref or '-'}  {one.message}")
    return int(shown.line.came_back)
