"""``lantai vault target add|list|pause|resume|end|try``, ``replicate``, ``copies``, ``sealing-key``."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lantai.cli.output import document, language, note, say, size
from lantai.cli.verbs import Verbs, group, json_flag, verb
from lantai.kernel.errors import Invalid, LantaiError

STATES = {
    "good": "齐",
    "behind": "复制中",
    "trouble": "有问题",
    "paused": "已暂停",
    "ended": "已停用",
    "carrier": "离线载体",
}
KEY_LOSS = (
    "加密副本只有用私钥才能打开。私钥丢了，这些副本谁也打不开，等于没有副本；本系统不保存私钥。\n"
    "请把私钥至少抄成两份，分两处锁好，并每年用它打开一个副本试一次。\n"
    "Without its private key a sealed copy is lost; Lantai does not keep that key. Keep two of it in two places."
)


def add_to(vaults: Verbs) -> None:
    """Add the verbs of copies to the group ``vault``."""
    targets = group(vaults, "target", "副本去处 · targets of copies")
    add = verb(targets, "add", "登记去处，先试写 · register a target, tried first", _add)
    add.add_argument("name")
    add.add_argument("address", help="/文件夹 或 s3://桶/前缀?endpoint=https://…；离线载体写 carrier")
    add.add_argument("--place", required=True, help="地点，如 市馆异地库")
    add.add_argument("--medium", required=True, help="载体，如 硬盘、对象存储、蓝光光盘")
    add.add_argument("--limit", default="0", help="限速，每秒字节数，可带 K、M")
    add.add_argument("--recipient", default="", help="加密收件人 age1…")
    add.add_argument("--key-file", type=Path, help="两行：访问密钥、密码；不写则询问")
    json_flag(add)
    json_flag(verb(targets, "list", "去处一览 · list of targets", _list))
    for name, words, run in (
        ("pause", "暂停 · pause", _pause),
        ("resume", "继续 · resume", _resume),
        ("try", "再试写一次 · try again", _try),
    ):
        verb(targets, name, words, run).add_argument("target", help="名称或编号")
    end = verb(targets, "end", "停用 · use no more", _end)
    end.add_argument("target")
    end.add_argument("--reason", required=True)
    replicate = verb(vaults, "replicate", "现在就把副本做齐 · make what copies lack now", _replicate)
    replicate.add_argument("target", nargs="?", default="", help="只做一个去处")
    json_flag(replicate)
    copies = verb(vaults, "copies", "应有和现有的副本 · what copies there should be and are", _copies)
    copies.add_argument("object", nargs="?", default="", help="一个对象的编号")
    json_flag(copies)
    carrier = verb(vaults, "carrier", "写一块备份载体 · write an offline carrier", _carrier)
    carrier.add_argument("target", help="离线载体去处的名称")
    carrier.add_argument("folder", type=Path, help="空盘的文件夹")
    carrier.add_argument("--number", required=True, help="载体编号")
    carrier.add_argument("--place", default="", help="保管处；不写则与去处相同")
    carrier.add_argument("--capacity", default="0", help="最多写多少字节，可带 M、G")
    key = verb(
        vaults, "sealing-key", "新做一把加密私钥 · make a private key for sealed copies", _key, site=False
    )
    key.add_argument("file", type=Path)


def _rate(told: str) -> int:
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(told[-1:].upper(), 1)
    digits = told[:-1] if unit > 1 else told
    if not digits.isascii() or not digits.isdigit() or len(digits) > 13:
        raise Invalid("vault.target.rate")
    return int(digits) * unit


def _access_key(file: Path | None) -> Any:
    from lantai.kernel.storage.opening import Key

    if file is not None:
        lines = file.read_text("utf-8").splitlines()
        if len(lines) < 2:
            raise Invalid("vault.target.key_file", path=str(file))
        return Key(lines[0].strip(), lines[1].strip())
    note("访问密钥（不会显示、不进数据库） · access key (not shown, not kept in the database)")
    return Key(getpass.getpass("access key: ").strip(), getpass.getpass("secret: ").strip())


def _understood(recipient: str) -> bool:
    """Explain what the loss of the key means, and ask."""
    if not recipient:
        return False
    note(KEY_LOSS)
    if not sys.stdin.isatty():
        return os.environ.get("LANTAI_KEY_LOSS_UNDERSTOOD") == "yes"
    return input("明白了吗？输入 明白 继续 · type yes to go on: ").strip() in {"明白", "yes"}


def _add(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.vault import queries_copies as queries
    from lantai.vault.services import Wanted, add_target

    offline = given.address == "carrier"
    wanted = Wanted(
        name=given.name,
        address="" if offline else given.address,
        place=given.place,
        medium=given.medium,
        recipient=given.recipient,
        rate=_rate(given.limit),
        understood=_understood(given.recipient),
        key=_access_key(given.key_file) if given.address.startswith("s3:") else None,
    )
    made = add_target(SYSTEM, wanted)
    view = queries.target(made)
    if given.json:
        document("vault-target", {"uuid": str(made), "weaknesses": list(view.weaknesses)})
        return 0
    say(f"已登记 {view.name}，编号 {made}")
    _say_weaknesses(view.weaknesses)
    return 0


def _say_weaknesses(codes: tuple[str, ...]) -> None:
    from lantai.kernel.texts import text

    for code in codes:
        say(f"  弱点：{text(code, language(), path='', expected='', found='')}")


def _list(given: argparse.Namespace) -> int:
    from lantai.vault import queries_copies as queries

    views = queries.targets()
    lost = queries.loss()
    if given.json:
        rows = [{**asdict(view), "uuid": str(view.uuid)} for view in views]
        for row in rows:
            for name in ("made_at", "tested_at", "ended_at"):
                row[name] = row[name].isoformat() if row[name] else None
        document("vault-targets", {"targets": rows, "loss": asdict(lost)})
        return 0
    if not views:
        say("还没有副本去处。登记一个：lantai vault target add 名称 /文件夹 --place 地点 --medium 载体")
    for view in views:
        say(
            f"{view.name}  {STATES[view.state]}  {view.place}·{view.medium}  {view.good:,} 个副本 {size(view.bytes)}，"
            f"缺 {view.lacking:,}，坏 {view.damaged + view.missing:,}  {view.address or '—'}"
        )
        _say_weaknesses(view.weaknesses)
    if views:
        say(f"若此刻全部毁坏：丢失 {lost.entries:,} 条记录，最早的在 {lost.seconds:.0f} 秒前")
    return 0


def _pause(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.vault.services import pause_target

    pause_target(SYSTEM, given.target)
    say("已暂停")
    return 0


def _resume(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.vault.services import resume_target

    resume_target(SYSTEM, given.target)
    say("继续了")
    return 0


def _try(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.kernel.findings import failed
    from lantai.vault.services import try_again

    found = try_again(SYSTEM, given.target)
    for finding in found:
        say(finding.message(language()))
    if not found:
        say("试写全部通过")
    return 1 if failed(found) else 0


def _end(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.vault.services import end_target

    end_target(SYSTEM, given.target, given.reason)
    say("已停用；那里的内容没有动")
    return 0


def _replicate(given: argparse.Namespace) -> int:
    from lantai.ledger.services import sequence
    from lantai.vault import queries_copies as queries
    from lantai.vault.services import copy_to, ship

    views = [queries.target(given.target)] if given.target else queries.targets()
    told: list[dict[str, Any]] = []
    bad = 0
    for view in views:
        if view.kind == "carrier" or view.paused:
            continue
        try:
            made = copy_to(view.uuid)
            sequence()
            files = ship(view.uuid)
        except LantaiError as problem:
            bad += 1
            told.append({"target": view.name, "problem": problem.document()})
            note(f"{view.name}：{problem}")
            continue
        bad += bool(made.failed)
        told.append({"target": view.name, **asdict(made), "files": files})
        if not given.json:
            say(
                f"{view.name}：新做 {made.copies:,} 个副本，{size(made.bytes)}；没做成 {made.failed:,}；送出 {files:,} 个文件"
            )
    if given.json:
        document("vault-replicate", {"targets": told})
    elif not told:
        say("没有可写的副本去处")
    return 1 if bad else 0


def _copies(given: argparse.Namespace) -> int:
    from lantai.vault import queries_copies as queries
    from lantai.vault.queries_alarms import alarms

    if given.object:
        return _one_object(given)
    short, late, lost = queries.shortfalls(), alarms(language()), queries.loss()
    if given.json:
        rows = [
            {"kind": one.kind, "versions": one.versions, "has": list(one.has), "lacks": list(one.lacks)}
            | {"lack": asdict(one.lack), "late": one.late, "oldest": one.oldest.isoformat()}
            for one in short
        ]
        told = {
            "shortfalls": rows,
            "alarms": [one.as_json(language()) for one in late],
            "loss": asdict(lost),
        }
        document("vault-copies", told)
    else:
        say("副本齐全" if not short else "缺副本：")
        for one in short:
            having = "、".join(("库房", *one.has))
            say(
                f"  {one.rule.label.zh} {one.versions:,} 个：有 {having}；还差 {one.lack.copies} 份{'，已逾期' if one.late else ''}"
            )
        for alarm in late:
            say(f"  ！{alarm.message(language())}")
    return 1 if late else 0


def _one_object(given: argparse.Namespace) -> int:
    from lantai.vault import queries_copies as queries

    found = queries.standing(given.object)
    if given.json:
        rows = [
            {"version": one.version, "late": one.late, "lack": asdict(one.lack)}
            | {
                "copies": [
                    {"where": copy.name, "place": copy.place, "state": copy.state} for copy in one.copies
                ]
            }
            for one in found
        ]
        document("vault-object", {"object": given.object, "versions": rows})
        return 0
    for one in found:
        rule = one.rule
        say(f"{one.version}：应有 {rule.copies} 份、{rule.media} 种载体、{rule.places} 处")
        for copy in one.copies:
            say(f"  {copy.name or '库房'}  {copy.place}·{copy.medium}  {copy.state}")
    return 0


def _carrier(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.vault.services.carriers import Set, write_carrier

    told = Set(given.folder, given.number, given.place, _rate(given.capacity))
    made = write_carrier(SYSTEM, given.target, told)
    say(
        f"载体 {made.number} 已写成并登记：{made.objects_held:,} 个对象，{made.files:,} 个文件，{size(made.bytes)}"
    )
    say(f"摘要表 SM3 {made.table_sm3}；标签在盘上的 载体标签.pdf，打印后贴好，入柜：{made.place}")
    return 0


def _key(given: argparse.Namespace) -> int:
    from lantai.vault.services import make_identity

    text, recipient = make_identity()
    handle = os.open(given.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="ascii") as out:
        out.write(text)
    note(KEY_LOSS)
    say(f"私钥在 {given.file}，请移到离线处；收件人（公钥）：{recipient}")
    return 0
