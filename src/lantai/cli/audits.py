"""``lantai vault verify|repair|audits|damages|strays``: reading back, repair, what belongs to nobody."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from lantai.cli.output import Bar, document, say, size
from lantai.cli.verbs import Verbs, json_flag, verb
from lantai.kernel.errors import Invalid

_SIZE = re.compile(r"([0-9]{1,12})([KMGT]?)")
_PART = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


def add_to(vaults: Verbs) -> None:
    """Add the verbs of this module to ``lantai vault``."""
    verify = verb(vaults, "verify", "复读核验并修复 · read back, compare, repair", _verify)
    verify.add_argument("--sample", default="100%", help="10%%")
    verify.add_argument("--part", default="", help="3/30")
    verify.add_argument("--size", default="", help="200G")
    verify.add_argument("--target", default="", help="副本去处的名称 · a target of copies")
    verify.add_argument("--sm3", action="store_true", help="全部再比 SM3 · compare every SM3 too")
    verify.add_argument("--no-repair", action="store_true", help="只查不修 · do not repair")
    verify.add_argument("--threads", type=int, default=2)
    json_flag(verify)
    repair = verb(vaults, "repair", "从好的副本修复 · repair from good copies", _repair)
    repair.add_argument("--identity", type=Path, help="打开加密副本的私钥 · private key for sealed copies")
    json_flag(repair)
    json_flag(verb(vaults, "audits", "核验记录 · audits", _audits))
    json_flag(verb(vaults, "damages", "损坏与丢失 · what is damaged or lost", _damages))
    strays = verb(vaults, "strays", "无主的对象和文件 · orphans", _strays)
    strays.add_argument("--adopt", type=int, metavar="N", help="收录 · adopt")
    strays.add_argument("--remove", type=int, metavar="N", help="移开 · put aside")
    strays.add_argument("--reason", default="")
    json_flag(strays)


def _share(text: str) -> float:
    try:
        return float(text.rstrip("%")) / 100
    except ValueError as unreadable:
        raise Invalid("vault.sample.invalid", sample=text) from unreadable


def _bytes(text: str) -> int:
    if not text:
        return 0
    found = _SIZE.fullmatch(text.upper())
    if found is None:
        raise Invalid("vault.audit.size")
    return int(found[1]) << {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[found[2]]


def _part(text: str) -> tuple[int, int]:
    found = _PART.fullmatch(text or "1/1")
    if found is None:
        raise Invalid("vault.audit.part", part=text, parts="?")
    return int(found[1]), int(found[2])


def _verify(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.site.work import settle
    from lantai.vault.queries_audits import damage_count, lost_count
    from lantai.vault.services import Order, repair, verify

    part, parts = _part(given.part)
    order = Order(given.target, part, parts, _share(given.sample), _bytes(given.size), given.sm3)
    run = verify(SYSTEM, threads=max(1, given.threads), progress=Bar("核验"), order=order)
    repaired = repair(SYSTEM).repaired if damage_count() and not given.no_repair else 0
    settle()
    left, lost = damage_count(), lost_count()
    if given.json:
        told = {
            "audit": str(run.audit),
            "objects": run.objects,
            "bytes": run.bytes,
            "seconds": round(run.seconds, 3),
            "damaged": [list(pair) for pair in run.damaged],
            "repaired": repaired,
            "left": left,
            "lost": lost,
        }
        document("fixity", told)
        return 1 if left else 0
    rate = run.bytes / 1e6 / max(run.seconds, 0.001)
    said = f"{run.objects:,} 个对象，{size(run.bytes)}，{run.seconds:.1f} 秒，{rate:.0f} MB/秒，损坏 {len(run.damaged)}"
    say(said + (f"，已修复 {repaired}" if repaired else ""))
    for object_id, message in run.damaged:
        say(f"  {object_id}  {message}")
    if left:
        _say_damages()
    return 1 if left else 0


def _say_damages() -> None:
    from lantai.vault.queries_audits import damages

    words = {"open": "待修复", "lost": "没有好的副本"}
    for one in damages():
        name = " ".join(part for part in (one.ref, one.object_id, one.version, one.key) if part)
        say(f"  [{words.get(one.state, one.state)}] {one.target or '库房'}  {name}  {one.told}")


def _repair(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.site.work import settle
    from lantai.vault.queries_audits import damage_count
    from lantai.vault.services import read_identities, repair

    keys = read_identities(given.identity.read_text("utf-8")) if given.identity else ()
    done = repair(SYSTEM, identities=keys)
    settle()
    if given.json:
        told = {"repaired": done.repaired, "waiting": done.waiting, "lost": done.lost}
        document("repair", told)
    else:
        say(f"已修复 {done.repaired}，等着 {done.waiting}，没有好副本 {done.lost}")
        _say_damages()
    return 1 if damage_count() else 0


def _audits(given: argparse.Namespace) -> int:
    from lantai.vault.queries_audits import audits

    rows = audits()
    if given.json:
        told = [
            {
                "audit": str(one.uuid),
                "target": one.target,
                "part": one.part,
                "parts": one.parts,
                "state": one.state,
                "done": round(one.done, 4),
                "versions": one.versions,
                "bytes": one.bytes,
                "bad": one.bad,
                "ended_at": one.ended_at.isoformat() if one.ended_at else None,
            }
            for one in rows
        ]
        document("audits", {"audits": told})
        return 0
    for one in rows:
        when = f"{one.ended_at or one.ordered_at:%Y-%m-%d %H:%M}"
        said = f"{when}  {one.target or '库房'}  {one.part}/{one.parts}  {one.done:.0%}  {one.versions:,} 个  坏 {one.bad}"
        say(f"{said}  {one.uuid}")
    return 0


def _damages(given: argparse.Namespace) -> int:
    from lantai.vault.queries_audits import damages

    rows = damages()
    if given.json:
        told = [
            {
                "object": one.object_id,
                "version": one.version,
                "ref": one.ref,
                "key": one.key,
                "files": list(one.files),
                "target": one.target,
                "kind": one.kind,
                "state": one.state,
            }
            for one in rows
        ]
        document("damages", {"damages": told})
    elif rows:
        _say_damages()
    else:
        say("没有损坏")
    return 1 if rows else 0


def _strays(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.vault.queries_audits import strays
    from lantai.vault.services import adopt, remove_stray

    if given.adopt is not None:
        say(adopt(SYSTEM, given.adopt))
        return 0
    if given.remove is not None:
        say(remove_stray(SYSTEM, given.remove, given.reason))
        return 0
    rows = strays()
    if given.json:
        told = [
            {
                "number": one.number,
                "target": one.target,
                "kind": one.kind,
                "key": one.key,
                "object": one.object_id,
            }
            for one in rows
        ]
        document("strays", {"strays": told})
        return 0
    for one in rows:
        say(
            f"{one.number}  {one.target or '库房'}  {one.key}  {one.object_id}  {one.files} 个文件 {size(one.bytes)}"
        )
    if not rows:
        say("没有无主的对象和文件")
    return 0
