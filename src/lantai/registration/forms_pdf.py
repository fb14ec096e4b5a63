"""The official forms on paper: 登记表, 备份情况表 with 数字摘要表, 登记(备份)证书, the proof for an owner.

Each is a function of what was recorded: the same facts give the same bytes, whenever they are printed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from lantai.kernel.errors import Conflict
from lantai.kernel.printing import render
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.registration.matters import matters
from lantai.registration.queries import StatementView
from lantai.registration.queries_backups import BackupView, UseView
from lantai.vault import queries as vault

SHEET_LABELS = {
    "period": "起止年度",
    "amount": "数量",
    "formats": "数据格式",
    "environment": "软硬件环境",
    "person": "经办人",
    "telephone": "联系电话",
    "note": "说明",
}
WAYS = {"online": "在线", "carrier": "载体"}
PURPOSES = {"restore": "数据恢复", "proof": "真实性证明"}


def statement_form(shown: StatementView) -> bytes:
    """Return the 登记表 of a submitted registration."""
    if shown.submitted_at is None or not shown.sheet:
        raise Conflict("registration.form.early", number=shown.number)
    now = matters()
    contents = {key: kind.label.zh for key, kind in now.contents.items()}
    confirmed = shown.state == "confirmed" and shown.decided_at is not None
    told: dict[str, Any] = {
        "archives": ledger.site_name(),
        "number": shown.number,
        "unit": shown.unit_name,
        "year": f"{shown.year} 年",
        "system": now.systems[shown.system].zh if shown.system in now.systems else shown.system,
        "level": now.levels[shown.level].zh if shown.level in now.levels else shown.level,
        "blocks": [_block(block) for block in shown.sheet],
        "wishes": [[one.title, contents.get(one.content, one.content), one.amount] for one in shown.wishes],
        "filled_by": _name(shown.submitted_by),
        "filled_on": _moment(shown.submitted_at),
        "confirmed_by": _name(shown.decided_by) if confirmed else "",
        "confirmed_on": _moment(shown.decided_at) if confirmed else "",
        "printed_at": (shown.decided_at or shown.submitted_at).isoformat(),
    }
    return render("registration", told)


def _block(block: Any) -> list[Any]:
    zh, _en, lines = block
    return [zh, [[label, value, unit] for label, _english, value, unit in lines]]


def backup_sheet(shown: BackupView) -> bytes:
    """Return the 备份情况表 with the 数字摘要表; before receipt the digest is what the unit told."""
    kind = matters().contents.get(shown.content)
    told = {
        "archives": ledger.site_name(),
        "number": shown.number,
        "unit": shown.unit_name,
        "registration": shown.registration,
        "title": shown.title,
        "content": kind.label.zh if kind else shown.content,
        "facts": [[SHEET_LABELS.get(key, key), value] for key, value in shown.sheet],
        "way": WAYS[shown.way],
        "package": shown.name,
        "files": shown.files or "",
        "carrier": shown.carrier or shown.number,
        "sm3": shown.stated_sm3,
        "bytes": shown.size or "",
        "sent_by": _name(shown.submitted_by),
        "sent_on": _moment(shown.submitted_at),
        "decided_by": _name(shown.decided_by) if shown.decided_at else "",
        "decided_on": _moment(shown.decided_at),
        "printed_at": (shown.decided_at or shown.submitted_at).isoformat(),
    }
    return render("backup_sheet", told)


def certificate(shown: BackupView) -> bytes:
    """Return the 证书 of a deposit that is kept."""
    return render("backup_certificate", _certified(shown))


def _certified(shown: BackupView) -> dict[str, Any]:
    if not shown.kept or shown.kept_at is None:
        raise Conflict("registration.certificate.early", number=shown.number)
    facts = dict(shown.certificate)
    words = f"{facts['unit']}已按规定办理 {facts['year']} 年度档案登记，下列电子档案（数据）经核对数字摘要、检测合格，"
    return {
        **facts,
        "words": words + f"由{facts['archives']}登记备份，专库保存，不作馆藏，不对外提供利用。",
        "code": shown.code,
        "kept_at": _moment(shown.kept_at),
        "issued_on": _moment(shown.kept_at),
        "printed_at": shown.kept_at.isoformat(),
    }


def proof(shown: BackupView, use: UseView) -> bytes:
    """Return the proof for an owner that what the centre kept is what it gave, as it was read at the last delivery.

    ``Conflict`` before there was one: nothing is certified that was not read.
    """
    if use.delivered_at is None:
        raise Conflict("registration.use.undelivered", number=use.number)
    told = _certified(shown)
    entry = ledger.entry(str(shown.entry))
    told |= {
        "form": "档案登记备份真实性证明",
        "words": f"应{shown.unit_name}申请（{use.number}，{PURPOSES[use.purpose]}），经{told['archives']}核验："
        f"下列备份于 {_moment(use.delivered_at)[:16].replace('T', ' ')} 由库中重新读出，与入库时逐字节一致，其数字摘要与下表相同。",
        "more": [
            ["申请事由", use.reason],
            ["单位负责人", use.leader],
            ["批准", f"{_name(use.decided_by)}，{_moment(use.decided_at)[:10]}"],
            [
                "账本",
                f"{ledger.key_text().split('+')[0]} 第 {entry.index} 条" if entry.index is not None else "",
            ],
        ],
        "issued_on": _moment(use.delivered_at),
        "printed_at": use.delivered_at.isoformat(),
    }
    return render("backup_certificate", told)


def proof_document(shown: BackupView) -> bytes:
    """Return the same proof as data: the certificate's facts and the place of the object in its batch and the ledger."""
    place = vault.deposit_proof(shown.urn)
    told = {
        "schema": "lantai.backup-proof/1",
        "certificate": dict(shown.certificate),
        "code": shown.code,
        "certificate_entry": str(shown.entry),
        "deposit": {
            "leaf": place.leaf,
            "index": place.index,
            "size": place.size,
            "path": list(place.path),
            "entry": str(place.entry),
        },
    }
    return (json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _moment(value: datetime | None) -> str:
    return timezone.localtime(value).isoformat(timespec="seconds") if value else ""


def _name(username: str) -> str:
    return people.names({username}).get(username, username)
