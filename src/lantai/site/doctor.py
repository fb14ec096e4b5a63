"""What is wrong with this site, and the command that mends it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.base.scanner import scanner
from lantai.desk import queries_store as desk
from lantai.desk.services.leftovers import leftovers
from lantai.holdings import queries as holdings
from lantai.holdings.services import differences
from lantai.ingest import queries as ingest
from lantai.kernel.errors import LantaiError
from lantai.kernel.printing import fonts
from lantai.kernel.texts import text
from lantai.ledger import queries as ledger
from lantai.ledger.queries_rows import rows_standing
from lantai.search.queries import indexed, unsearched
from lantai.vault import queries as vault
from lantai.vault import queries_copies
from lantai.vault.queries_alarms import alarms
from lantai.vault.queries_audits import damage_count, lost_count, strays
from lantai.vault.queries_audits import places as audited_places

LOW_DISK = 2 << 30


@dataclass(frozen=True, slots=True)
class Ailment:
    """One thing looked at: well or not, what was found, the command that mends it; ``advice`` never fails."""

    what: str
    ok: bool
    found: str
    mend: str = ""
    advice: bool = False


def examine() -> list[Ailment]:
    """Look at everything; a site that was never made shows only that."""
    first = _site()
    if not first.ok:
        return [first]
    looks = (
        _database,
        _types,
        _ledger,
        _rows,
        _tallies,
        _index,
        _fulltext,
        _desk_index,
        _desk_files,
        _left,
        _transfers,
        _vault,
        _audited,
        _copies,
        _disk,
        _scanner,
        _font,
    )
    return [first, *(look() for look in looks)]


def _site() -> Ailment:
    made = (home().keys / "ledger.key").exists() and home().root.exists()
    return Ailment("站点", made, str(home().root), "" if made else "lantai init")


def _database() -> Ailment:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Ailment(
        "数据库",
        not waiting,
        "最新" if not waiting else f"{len(waiting)} 步待升级",
        "" if not waiting else "lantai init",
    )


def _types() -> Ailment:
    try:
        known = holdings.types()
    except LantaiError as problem:
        return Ailment("门类", False, str(problem), "更正或移走 recordtypes 目录中的该文件")
    return Ailment("门类", True, f"{len(known)} 个")


def _rows() -> Ailment:
    """What the database comes back from: nothing may pass it unnoted."""
    if not settings.ROW_NOTES:
        return Ailment("行库", False, "没有记录改动", "ROW_NOTES", advice=True)
    now = rows_standing()
    if now.problem is not None:
        told = text(now.problem.code, "zh", **now.problem.facts)
        return Ailment("行库", False, told, "lantai rebuild rows")
    if now.missing:
        return Ailment("行库", False, f"缺 {now.missing} 个触发器，改动没有全部记下", "lantai rebuild rows")
    waiting = f"，{now.waiting:,} 处待写" if now.waiting else ""
    return Ailment("行库", True, f"到第 {now.part:,} 段，整本在第 {now.whole:,} 段{waiting}")


def _tallies() -> Ailment:
    wrong = differences()
    return Ailment(
        "目录清点",
        not wrong,
        f"{wrong} 处计数不符" if wrong else f"{holdings.total():,} 条，计数相符",
        "lantai rebuild tallies" if wrong else "",
    )


def _ledger() -> Ailment:
    size, published, pending = ledger.size(), ledger.published(), ledger.pending()
    ok = size == published and not pending
    told = f"{size} 条，已公布 {published} 条" + (f"，{pending} 条待编号" if pending else "")
    return Ailment("账本", ok, told, "" if ok else "lantai serve 或 lantai worker 运行起来就会处理")


def _index() -> Ailment:
    try:
        known, found = holdings.total(), indexed()
    except LantaiError as problem:  # none, or one that another release made
        return Ailment("索引", False, text(problem.code, "zh", **problem.facts), "lantai rebuild index")
    problems = [f"{f.name}: {f.problem}" for f in ledger.followers() if f.problem]
    ok = known == found and not problems
    told = f"目录 {known} 条，索引 {found} 条" + "".join(f"；{problem}" for problem in problems)
    return Ailment("索引", ok, told, "" if ok else "lantai rebuild index")


def _desk_index() -> Ailment:
    """The index of the unit's own records: another one than the archives'."""
    try:
        known, found = desk.indexed()
    except LantaiError as problem:
        return Ailment("收文盘索引", False, text(problem.code, "zh", **problem.facts), "lantai rebuild index")
    ok = known == found
    return Ailment(
        "收文盘索引", ok, f"收文盘 {known} 件，索引 {found} 件", "" if ok else "lantai rebuild index"
    )


def _desk_files() -> Ailment:
    """A sample: all is read by ``lantai desk verify``. What nobody names is harmless, and only told."""
    seen = desk.look_at_store()
    told = f"抽查 {seen.named} 个摘要，重读 {seen.files} 个文件"
    if seen.unnamed:
        told += f"；{len(seen.unnamed)} 个文件没有记录提到（无害）"
    if seen.sound:
        return Ailment("收文盘文件", True, told)
    wrong = f"缺 {len(seen.missing)} 个，损坏 {len(seen.damaged)} 个；{told}"
    return Ailment("收文盘文件", False, wrong, "lantai desk verify")


def _left() -> Ailment:
    left = leftovers()
    told = f"{len(left)} 个遗留文件夹：{'、'.join(one.name for one in left[:3])}" if left else "没有遗留的"
    mend = "重启 lantai serve 或 lantai worker，启动时清理" if left else ""
    return Ailment("工作文件夹", not left, told, mend, advice=True)


def _fulltext() -> Ailment:
    """Long texts are found by their first part: nothing is broken, but who searches should know."""
    cut = unsearched()
    if not cut:
        return Ailment("全文", True, "全部可检索")
    files = sum(finding.code == "search.text.file_cut" for finding in cut)
    told = f"{files} 个文件、{len(cut) - files} 件档案过长，只检索前面部分"
    return Ailment(
        "全文", False, told, "原文完整保存，请打开原文查找；清单见 lantai rebuild index", advice=True
    )


def _transfers() -> Ailment:
    page = ingest.transfers(SYSTEM, size=200)
    stuck = [row for row in page.items if row.progress and row.progress.problem]
    told = "；".join(
        f"{row.number} {text(row.progress.problem['code'], 'zh', **row.progress.problem['facts'])}"
        for row in stuck
        if row.progress and row.progress.problem
    )
    return Ailment("移交", not stuck, told or "没有停住的", "lantai transfer list" if stuck else "")


def _vault() -> Ailment:
    now, damaged, lost = vault.status(), damage_count(), lost_count()
    told = f"{now.objects} 个对象，损坏 {max(now.damaged, damaged)}"
    if lost:
        return Ailment("库房", False, f"{told}，其中 {lost} 处没有任何好的副本", "lantai vault damages")
    bad = now.damaged or damaged
    return Ailment("库房", not bad, told, "lantai vault repair" if bad else "")


def _audited() -> Ailment:
    """Whether everything is read back in time, and whether something lies there that belongs to nobody."""
    late = [one.target or "库房" for one in audited_places() if one.late]
    orphans = len(strays())
    told = [f"{'、'.join(late)}逾期未核验"] if late else []
    told += [f"无主的 {orphans} 个"] if orphans else []
    advice = "lantai vault verify" if late else "lantai vault strays" if orphans else ""
    return Ailment(
        "核验", not late, "；".join(told) or "都按时读过", advice, advice=bool(orphans and not late)
    )


def _copies() -> Ailment:
    try:
        late = alarms()
    except LantaiError as problem:  # the site's own rule cannot be read
        return Ailment("副本", False, text(problem.code, "zh", **problem.facts), "更正 copies.toml")
    told = "；".join(one.message() for one in late)
    mend = "lantai vault copies" if late else ""
    return Ailment("副本", not late, told or "没有逾期的", mend, advice=not queries_copies.in_use().exists())


def _disk() -> Ailment:
    free = shutil.disk_usage(home().root).free
    return Ailment("磁盘", free > LOW_DISK, f"可用 {free >> 30} GB", "" if free > LOW_DISK else "扩容或清理")


def _scanner() -> Ailment:
    try:
        named = scanner()
        told = named.version() if named else None
    except (LantaiError, OSError) as problem:
        return Ailment("病毒扫描", False, f"连不上：{problem}", "检查 clamd 与 LANTAI_CLAMD", advice=True)
    if told is None:
        return Ailment("病毒扫描", False, "未配置", "安装 clamd 并设 LANTAI_CLAMD", advice=True)
    return Ailment("病毒扫描", True, str(told))


def _font() -> Ailment:
    try:
        fonts.fonts()
    except LantaiError as problem:
        return Ailment("字体", False, str(problem), "make setup")
    return Ailment("字体", True, "已就绪")
