"""``lantai package build|check|receive``; building and checking need no site."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lantai.cli.output import Bar, document, language, note, say, size
from lantai.cli.verbs import Verbs, group, json_flag, verb
from lantai.kernel.errors import Invalid, NotFound

if TYPE_CHECKING:
    from lantai.kernel.packages import Package
    from lantai.kernel.recordtypes import RecordType

_STAGES = {"filing": "GD", "transfer": "YJ", "preservation": "CQ"}
_VERDICTS = {"pass": "合格", "fail": "不合格", "manual": "待人工确认"}
_OUTCOMES = {"fail": "不合格", "warn": "有提示", "error": "未能检测"}


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    packages = group(verbs, "package", "信息包 · transfer packages")
    add_build(packages)
    check = verb(packages, "check", "四性检测 · check any package", _check, site=False)
    check.add_argument("path", type=Path)
    check.add_argument("--stage", choices=list(_STAGES), default="transfer")
    check.add_argument("--report", type=Path, help="检测报告 PDF")
    json_flag(check)
    receive = verb(packages, "receive", "接收移交包 · receive a package", _receive)
    receive.add_argument("path", type=Path)
    receive.add_argument("--unit", required=True)
    receive.add_argument("--kind", default="transfer")
    receive.add_argument("--as", dest="user", default="", metavar="USER")
    receive.add_argument(
        "--accept-if-clean", action="store_true", help="无不合格项即接收 · accept when nothing failed"
    )
    json_flag(receive)


def add_build(verbs: Verbs) -> None:
    """Add ``build`` alone, which needs nothing but the kernel."""
    build = verb(verbs, "build", "由清单和文件夹制包 · make a package", _build, site=False)
    build.add_argument("list", type=Path, help="xlsx, xls or csv")
    build.add_argument("files", type=Path)
    build.add_argument("--type", default="WS")
    build.add_argument("--fonds", required=True)
    build.add_argument("--sender", default="", help="移交单位名称 · name of the sending unit")
    build.add_argument("--form", choices=["dat93", "eep", "bagit", "eark"], default="dat93")
    build.add_argument(
        "--at",
        type=_moment,
        metavar="TIME",
        help="封装时间，默认现在 · ISO time of making; the same gives the same bytes",
    )
    build.add_argument("--folder", action="store_true", help="不压缩 · a folder instead of a zip")
    build.add_argument("-o", "--out", type=Path, required=True)


def _moment(told: str) -> datetime:
    """Return the moment that an ISO text means, in this machine's time zone unless it names one."""
    return datetime.fromisoformat(told).astimezone()


def _build(given: argparse.Namespace) -> int:
    from lantai.kernel import recordtypes
    from lantai.kernel.packages import build, read_list

    types = recordtypes.load()
    if given.type not in types:
        raise NotFound("cli.type.unknown", type=given.type, known=" ".join(sorted(types)))
    draft = read_list(given.list, given.files, types[given.type], given.fonds, sender=given.sender)
    for finding in draft.findings:
        note(f"{finding.severity}: {finding.path} {finding.message(language())}")
    if any(finding.severity == "error" for finding in draft.findings):
        raise Invalid("cli.list.faulty", count=sum(f.severity == "error" for f in draft.findings))
    about = {
        "内容描述": f"{types[given.type].label.zh}档案 {len(draft.records)} 件",
        "软硬件环境": "通用计算机；PDF、OFD、图像、音视频阅读软件",
    }
    draft = replace(draft, description={**about, **draft.description})
    moment = given.at or datetime.now(UTC).replace(microsecond=0)
    out = given.out if given.folder or given.out.suffix else given.out.with_name(given.out.name + ".zip")
    files = build(draft, out, types, form=given.form, archive=not given.folder, moment=moment)
    say(f"{out}  {len(draft.records)} 件  {len(files)} 个文件  {size(sum(f.size for f in files.values()))}")
    return 0


def _check(given: argparse.Namespace) -> int:
    from lantai.kernel import recordtypes
    from lantai.kernel.packages import opened

    if not given.path.exists():
        raise NotFound("cli.path.missing", path=str(given.path))
    types = recordtypes.load()
    with opened(given.path, types) as (package, container):
        sums = {"sha512": container.sha512, "sm3": container.sm3} if container and container.sm3 else {}
        return _checked(given, package, types, sums)


def _checked(
    given: argparse.Namespace, package: Package, types: Mapping[str, RecordType], sums: dict[str, str]
) -> int:
    from lantai.base.scanner import scanner
    from lantai.kernel.fourprops import Context, Stage, run

    context = Context(types=types, digests={}, scanner=scanner(), today=date.today())
    report = run(package, Stage(_STAGES[given.stage]), context, Bar("检测"))
    told = report.as_json(language())
    if given.report:
        from lantai.kernel.printing import render

        header = {
            "fonds": package.fonds,
            "unit": package.sender,
            "package": given.path.name,
            "records": len(package.records),
            "checked_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "engine": "兰台",
            **sums,
        }
        given.report.write_bytes(render("check_report", {**told, **header}))
        note(f"报告 {given.report}")
    if given.json:
        body = {key: value for key, value in told.items() if key != "schema"}
        document("check", body)
    else:
        _say_report(told)
    return 1 if report.verdict == "fail" else 0


def _say_report(told: dict[str, Any]) -> None:
    say(
        f"{_VERDICTS[told['verdict']]}  {told['files']:,} 个文件  {size(told['bytes'])}  {told['seconds']:.1f} 秒"
    )
    for item in told["items"]:
        if item["outcome"] in _OUTCOMES:
            say(f"{item['code']}  {item['name']}  {_OUTCOMES[item['outcome']]}")
            for finding in item["findings"][:20]:
                say(f"    {finding['path']}  {finding['message']}")


def _receive(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.checks import queries as checks
    from lantai.cli.transfers import actor_named, told
    from lantai.ingest import queries
    from lantai.ingest.services import accept, sign_waiting, submit
    from lantai.site.work import settle

    actor = actor_named(given.user)
    number = submit(actor, given.unit, given.path, kind=given.kind)
    settle()
    view = queries.transfer(SYSTEM, number)
    clean = view.waits and view.run is not None and not checks.run(view.run).refused
    if given.accept_if_clean and clean:
        sign_waiting(actor, number, note="命令行确认")
        accept(actor, number)
        settle()
        view = queries.transfer(SYSTEM, number)
    if given.json:
        run = checks.run(view.run) if view.run else None
        document("transfer", {**told(view), "report": run.report if run else None})
    else:
        say(f"{number}  {view.state_label}")
    return 0 if clean else 1
