"""Pages of audits: ordered, shown, stopped; what is damaged, repaired or lost; orphans."""

from __future__ import annotations

import random
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.vault.models import Audit, Damage, Deposit, Stray
from lantai.vault.rereading import Version
from lantai.vault.services import Hand, copy_to, run_audit, verify
from tests.pages.conftest import SignedIn, Small
from tests.rooms.test_vault_audits import flip
from tests.vaults import folder_target


def _victim() -> tuple[Deposit, Path]:
    row = Deposit.objects.filter(kind="record").earliest("pk")
    return row, home().vault / "ocfl" / Version(
        0, row.object_id, 1, "", 0, True
    ).prefix / "v1/content/record.json"


def test_an_audit_is_ordered_run_and_told(small: Small, signed_in: SignedIn) -> None:
    keeper = signed_in("何恒")
    assert "还没有核验过" in keeper.get("/vault/audits/").content.decode()
    assert keeper.post("/vault/audits/", {"what": "share", "percent": "much"}).status_code == 400
    assert keeper.post("/vault/audits/", {"target": "", "what": "all"}).status_code == 302
    row = Audit.objects.get()
    page = keeper.get(f"/vault/audits/{row.uuid}/").content.decode()
    assert "排队" in page
    assert "停止" in page
    assert run_audit(row.uuid, Hand(lambda: True))
    page = keeper.get(f"/vault/audits/{row.uuid}/").content.decode()
    assert "读过的都与入库时一样" in page
    keeper.post("/vault/audits/", {"what": "size", "giga": "3"})
    second = Audit.objects.latest("pk")
    assert keeper.post(f"/vault/audits/{second.uuid}/stop/").status_code == 302
    assert Audit.objects.get(pk=second.pk).state == "stopped"
    assert keeper.post(f"/vault/audits/{second.uuid}/stop/").status_code == 409


def test_damage_is_shown_with_its_reference_and_repaired(
    small: Small, signed_in: SignedIn, tmp_path: Path
) -> None:
    keeper = signed_in("何恒")
    row, victim = _victim()
    good = victim.read_bytes()
    files = victim.parent / "files"
    first = min(path for path in files.rglob("*") if path.is_file())
    flip(first, random.Random(1))
    verify(SYSTEM)
    page = keeper.get("/vault/audits/").content.decode()
    assert small.ref.partition("·")[0] in page, "the reference code, from the record itself"
    assert "等着修复" in page
    assert keeper.post("/vault/repair/").status_code == 302
    assert "没有好的副本" in keeper.get("/vault/audits/").content.decode()
    assert "没有任何好的副本" in keeper.get("/").content.decode()
    flip(first, random.Random(1))
    copy_to(UUID(folder_target(tmp_path / "disk")))
    assert victim.read_bytes() == good
    flip(first, random.Random(2))
    audit = verify(SYSTEM).audit
    keeper.post("/vault/repair/")
    assert "已修复" in keeper.get(f"/vault/audits/{audit}/").content.decode()
    assert not Damage.objects.filter(state__in=("open", "lost")).exists()
    assert Deposit.objects.get(pk=row.pk).state == "good"


def test_an_orphan_is_put_aside_with_a_reason(small: Small, signed_in: SignedIn) -> None:
    keeper = signed_in("何恒")
    loose = home().vault / "ocfl" / "手稿.txt"
    loose.write_bytes(b"?")

    row = Stray.objects.create(kind="file", key="手稿.txt", bytes=1, found_at=timezone.now())
    assert "手稿.txt" in keeper.get("/vault/audits/").content.decode()
    assert keeper.post(f"/vault/strays/{row.pk}/adopt/").status_code == 400
    assert keeper.post(f"/vault/strays/{row.pk}/remove/", {"reason": "认不得"}).status_code == 302
    assert not loose.exists()
    assert keeper.post(f"/vault/strays/{row.pk}/remove/", {"reason": "认不得"}).status_code == 404
