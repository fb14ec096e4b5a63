"""The work bench of each of the cast, and the pages that gather from several rooms."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone, translation

from lantai.base.actors import SYSTEM, Actor
from lantai.ingest.models import Transfer
from lantai.ingest.services import submit
from lantai.kernel.witness.answers import Verdict
from lantai.kernel.witness.documents import check_document
from lantai.kernel.witness.notes import read_head, read_keys
from lantai.ledger.acts import known_acts
from lantai.ledger.models import Position
from lantai.ledger.queries import latest, published
from lantai.site.bench import DECIDE_DAYS, spoken, today_words
from lantai.site.happenings import happening, sentences
from lantai.vault.models import Deposit
from lantai.vault.services import verify
from tests.packages import package
from tests.pages.conftest import SignedIn, Small


def test_the_intake_archivist_sees_what_waits_and_what_is_late(small: Small, signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    page = client.get("/").content.decode()
    assert "一批移交等您。" in page
    assert small.checking in page
    late = timezone.now() - timedelta(days=DECIDE_DAYS + 2)
    Transfer.objects.filter(number=small.checking).update(state_since=late)
    page = client.get("/").content.decode()
    assert "一批移交等您，一批已逾期两天。" in page
    assert "逾期 2 天" in page


def test_the_clerk_sees_only_the_unit(small: Small, signed_in: SignedIn) -> None:
    mine = signed_in("沈文").get("/").content.decode()
    assert small.refused in mine
    assert "一批移交被退回，请看原因后重交。" in mine
    other = signed_in("他局").get("/").content.decode()
    for number in (small.refused, small.checking, small.closed):
        assert number not in other


@pytest.mark.parametrize("person", ["系统管理员", "安全保密员", "安全审计员", "方正"])
def test_officers_and_bureau_see_no_transfers(small: Small, signed_in: SignedIn, person: str) -> None:
    page = signed_in(person).get("/").content.decode()
    assert "/transfers/" not in page
    if person != "方正":
        assert "/holdings/" not in page
    if person in {"系统管理员", "安全保密员"}:
        assert "登录，来自" not in page


def test_somebody_without_a_role_is_told_so(cast: dict[str, Actor]) -> None:
    from django.test import Client

    from lantai.people.models import Account
    from lantai.people.services import add_account

    add_account(SYSTEM, "new", "新人")
    client = Client()
    client.force_login(Account.objects.get(username="new"))
    assert "您还没有角色" in client.get("/").content.decode()


def test_what_went_wrong_is_said(small: Small, signed_in: SignedIn, cast: dict[str, Actor]) -> None:
    Deposit.objects.filter(pk=Deposit.objects.first().pk).update(state=Deposit.DAMAGED)  # type: ignore[union-attr]
    Position.objects.filter(follower="search").update(problem="OSError: disk")
    page = signed_in("何恒").get("/").content.decode()
    assert "1 个保存的对象核验时发现损坏" in page
    assert "OSError: disk" in page


def test_the_vault_page_tells_of_fixity_runs(
    small: Small, signed_in: SignedIn, cast: dict[str, Actor]
) -> None:
    assert "还没有核验过" in signed_in("何恒").get("/vault/").content.decode()
    verify(cast["何恒"])
    page = signed_in("何恒").get("/vault/").content.decode()
    assert "100%" in page
    assert "全部完好" in page


def test_the_ledger_is_filtered_paged_and_exported(small: Small, signed_in: SignedIn) -> None:
    client = signed_in("安全审计员")
    page = client.get("/ledger/?act=ingest.transfer.accept")
    assert [entry.act for entry in page.context["entries"]] == ["ingest.transfer.accept"]
    assert client.get("/ledger/?actor=luan").context["entries"]
    seen, address = [], "/ledger/"
    while address:
        page = client.get(address)
        seen += [(entry.index, entry.at) for entry in page.context["entries"]]  # pending ones have no index
        following = page.context["next"]
        address = f"/ledger/{following}" if following else ""
    assert len(seen) == len(set(seen)) == len(latest(1000))
    table = b"".join(client.get("/ledger/export.csv?act=ingest.transfer.accept").streaming_content)
    assert len(table.decode().strip().splitlines()) == 2


def test_checkpoints_and_proofs_are_taken_away_and_hold(small: Small, signed_in: SignedIn) -> None:
    client, size = signed_in("安全审计员"), published()
    page = client.get(f"/ledger/checkpoints/?first={size}&second=1")
    assert page.context["chosen"] is None and f"{size}" in page.content.decode()
    page = client.get(f"/ledger/checkpoints/?first={size}&second={size}")
    address = f"/ledger/checkpoints/{size}/{size}/"
    assert address in page.content.decode()
    keys = read_keys(Client().get("/ledger/ledger.pub").content)
    assert keys[0].fingerprint in page.content.decode()
    history = check_document("history.json", client.get(address).content, keys)
    entry = check_document("entry.json", client.get("/ledger/entries/3/proof/").content, keys)
    assert history.verdict is entry.verdict is Verdict.YES and entry.facts["entry"] == 3
    assert "/ledger/entries/3/proof/" in client.get(f"/ledger/?act={entry.facts['act']}").content.decode()
    note = client.get(f"/ledger/checkpoints/{size}/")
    assert read_head(note.content).size == size and "attachment" in note["Content-Disposition"]
    for missing in (f"/ledger/checkpoints/{size + 1}/", "/ledger/entries/99999/proof/"):
        assert client.get(missing).status_code == 404


def test_every_act_has_its_words() -> None:
    assert set(sentences()) == known_acts()
    for act, words in sentences().items():
        assert set(words) == {"zh", "en"}, act


def test_acts_of_the_site_leave_no_gap_in_their_words(small: Small) -> None:
    for entry in latest(1000):
        for language in ("zh", "en"):
            said = happening(entry, language)
            assert "…" not in said, entry
            assert "{" not in said, entry


def test_days_and_counts_are_said_as_people_say_them() -> None:
    day = date(2026, 11, 22)
    with translation.override("zh-hans"):
        assert today_words(day) == "11月22日，星期日"
        assert [spoken(n) for n in (1, 2, 10, 11, 1234)] == ["一", "两", "十", "11", "1,234"]
    with translation.override("en"):
        assert today_words(day) == "Sunday, 22 November"
        assert spoken(3) == "3"


def test_pages_carry_nothing_inline(small: Small, signed_in: SignedIn) -> None:
    import re

    client = signed_in("陆安")
    for address in ("/", "/transfers/", f"/transfers/{small.checking}/report/", "/transfers/new/", "/help/"):
        answer = client.get(address)
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page), address
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_what_was_sent_again_leaves_the_clerks_bench(
    small: Small, signed_in: SignedIn, cast: dict[str, Actor], tmp_path: Path
) -> None:
    client = signed_in("沈文")
    assert small.refused in client.get("/").content.decode()
    submit(cast["沈文"], "MZJ", package(tmp_path / "again", "again.zip"))
    page = client.get("/").content.decode()
    assert f'"/transfers/{small.refused}/"' not in page.split("刚刚发生")[0]
