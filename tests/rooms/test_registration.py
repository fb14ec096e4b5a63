"""Yearly registration and backup deposits: who states, who confirms, what is taken, what is kept, who gets it back."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from lantai.base.actors import PUBLIC, Actor
from lantai.base.home import home
from lantai.holdings import queries as holdings
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.kernel.packages.papers import write_digests
from lantai.kernel.tablesets import write_set
from lantai.ledger import queries as ledger
from lantai.registration import forms_pdf, queries, queries_backups, services
from lantai.registration.folders import place_of
from lantai.registration.matters import BUILTIN, matters
from lantai.registration.models import Backup, Registration
from lantai.registration.services import Brought, Stating, Wanted
from lantai.registration.services.sampling import chosen
from lantai.site.work import settle
from lantai.vault import queries as vault
from tests.packages import package

YEAR = 2025


def whole() -> dict[str, str]:
    """Return a value for every required matter."""
    plain = {"text": "档案室", "count": "12", "yes": "yes"}
    return {matter.key: plain[matter.kind] for matter in matters().all if matter.required}


WISHES = (Wanted("documents", "2015—2024 年永久文书档案", "3 件"), Wanted("digitised", "婚姻档案数字化成果"))


def stated(clerk: Actor, unit: str = "MZJ", year: int = YEAR) -> str:
    """Return the number of a registration that is submitted."""
    number = services.begin(clerk, unit, year)
    services.save(clerk, number, 0, Stating(whole(), "livelihood", "district", WISHES))
    services.submit(clerk, number, 1)
    return number


def confirmed(cast: dict[str, Actor]) -> str:
    number = stated(cast["沈文"])
    services.confirm(cast["方正"], number)
    return number


def brought(folder: Path, data: bytes, name: str = "婚姻库.zip", **more: object) -> Brought:
    """Return what is brought: ``data`` as a file of the inbox, with its own SM3 unless told otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "arrived"
    path.write_bytes(data)
    told: dict[str, object] = {"title": "婚姻登记库 2024", "content": "livelihood"}
    told |= {"sm3": digest_bytes(data).sm3, "sheet": {"period": "2001—2024", "formats": "CSV"}}
    return Brought(path, name, **{**told, **more})  # type: ignore[arg-type]


def tables(rows: str = "编号,姓名\n1,甲\n2,乙\n", name: str = "婚姻登记.csv") -> bytes:
    """Return a zip of one file, a table by its name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, rows)
    return out.getvalue()


def kept(cast: dict[str, Actor], tmp_path: Path, data: bytes | None = None) -> str:
    """Return the number of a deposit of 区民政局 that is kept."""
    data = data or tables()
    if not Registration.objects.exists():
        confirmed(cast)
    number = services.submit_backup(cast["沈文"], "MZJ", brought(tmp_path / "in", data))
    services.advance_all()
    services.accept(cast["何恒"], number, typed=digest_bytes(data).sm3.upper())
    services.advance_all()
    return number


def test_a_year_is_stated_confirmed_and_offered_the_next_time(cast: dict[str, Actor]) -> None:
    number = services.begin(cast["沈文"], "MZJ", YEAR)
    services.save(cast["沈文"], number, 0, Stating({"staff_full": "1,200"}))
    assert queries.statement(cast["沈文"], number).told == {"staff_full": "1200"}
    with pytest.raises(Invalid, match=r"registration\.statement\.incomplete"):
        services.submit(cast["沈文"], number, 1)
    with pytest.raises(NotFound):  # a draft is its unit's own
        queries.statement(cast["方正"], number)
    services.save(cast["沈文"], number, 1, Stating(whole(), "livelihood", "district", WISHES))
    services.submit(cast["沈文"], number, 2)
    services.return_statement(cast["方正"], number, reason="库房面积请核实")
    assert queries.statement(cast["沈文"], number).reason == "库房面积请核实"
    services.submit(cast["沈文"], number, 3)
    services.confirm(cast["方正"], number)
    shown = queries.statement(cast["方正"], number)
    assert (shown.state, len(shown.wishes), shown.decided_by) == ("confirmed", 2, "fangzheng")
    with pytest.raises(Conflict):
        services.save(cast["沈文"], number, 3, Stating())
    following = queries.statement(cast["沈文"], services.begin(cast["沈文"], "MZJ", YEAR + 1))
    assert following.told == shown.told and [one.title for one in following.wishes] == [
        one.title for one in shown.wishes
    ]
    assert forms_pdf.statement_form(shown).startswith(b"%PDF")


def test_two_people_do_not_write_over_each_other(cast: dict[str, Actor]) -> None:
    number = services.begin(cast["沈文"], "MZJ", YEAR)
    services.save(cast["沈文"], number, 0, Stating({"office": "办公室"}))
    with pytest.raises(Conflict, match=r"registration\.statement\.changed"):
        services.save(cast["沈文"], number, 0, Stating({"office": "秘书科"}))


def test_only_the_unit_states_and_only_the_bureau_confirms(cast: dict[str, Actor]) -> None:
    number = stated(cast["沈文"])
    for name, actor in cast.items():
        if name != "方正":
            with pytest.raises(Forbidden):
                services.confirm(actor, number)
        if name != "沈文":
            with pytest.raises((Forbidden, Conflict)):
                services.save(actor, number, 1, Stating())
    for name in ("他局", "顾闻", "严慎", "系统管理员", "安全保密员", "安全审计员"):
        with pytest.raises(NotFound):
            queries.statement(cast[name], number)


def test_what_is_no_value_is_refused(cast: dict[str, Actor]) -> None:
    number = services.begin(cast["沈文"], "MZJ", YEAR)
    for told in ({"staff_full": "三"}, {"staff_full": "-1"}, {"scope": "也许"}, {"equipment": "长" * 301}):
        with pytest.raises(Invalid):
            services.save(cast["沈文"], number, 0, Stating(told))
    with pytest.raises(Invalid):
        services.save(cast["沈文"], number, 0, Stating(wishes=[Wanted("", "没有类别")]))
    with pytest.raises(Invalid):
        services.begin(cast["沈文"], "MZJ", timezone.localdate().year + 1)
    with pytest.raises(Conflict):
        services.begin(cast["沈文"], "MZJ", YEAR)


def test_the_bureau_sees_every_unit_and_reminds_the_silent(
    cast: dict[str, Actor], django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    stated(cast["沈文"])
    with django_assert_max_num_queries(5):
        lines = {line.code: line for line in queries.district(cast["方正"], YEAR).items}
        counted = queries.counts(cast["方正"], YEAR)
    assert (lines["MZJ"].state, lines["JYJ"].state) == ("submitted", "none")
    assert (counted["submitted"], counted["none"]) == (1, 1)
    assert services.remind(cast["方正"], YEAR, ["MZJ", "JYJ"]) == 1
    assert queries.reminded(cast["他局"] and Registration.objects.get().unit_id, YEAR) is None
    line = next(one for one in queries.district(cast["方正"], YEAR, state="none").items)
    assert line.code == "JYJ" and line.reminded_at is not None


def test_the_list_of_matters_is_the_sites_own(cast: dict[str, Actor]) -> None:
    number = stated(cast["沈文"])
    own = BUILTIN.read_text("utf-8").replace("分管负责人", "分管领导").replace("lantai-2026.1", "区 2027")
    (home().root / "registration.toml").write_text(own, "utf-8")
    assert matters().version == "区 2027"
    assert queries.statement(cast["沈文"], number).sheet[0][2][0][0] == "分管负责人"
    (home().root / "registration.toml").write_text(own.replace('due = "03-31"', 'due = "31"'), "utf-8")
    with pytest.raises(Invalid, match=r"registration\.matters\.unreadable"):
        matters()


def test_nothing_is_taken_without_a_confirmed_registration(cast: dict[str, Actor], tmp_path: Path) -> None:
    stated(cast["沈文"])
    with pytest.raises(Conflict, match=r"registration\.backup\.unregistered"):
        services.submit_backup(cast["沈文"], "MZJ", brought(tmp_path, tables()))
    assert not list(home().quarantine.glob("backup-*"))


def test_only_what_the_registration_allows_is_taken(cast: dict[str, Actor], tmp_path: Path) -> None:
    confirmed(cast)
    for wrong in (
        {"content": "documents"},
        {"content": "nothing"},
        {"title": " "},
        {"name": "../x.zip"},
        {"name": "说明.txt"},
        {"sm3": "12"},
        {"sm3": ""},
        {"carrier": "盘 1"},
        {"table": b"x" * (2 << 20)},
    ):
        with pytest.raises(Invalid):
            services.submit_backup(cast["沈文"], "MZJ", brought(tmp_path, tables(), **wrong))  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        services.submit_backup(cast["沈文"], "MZJ", brought(tmp_path, tables(), wish=999))
    for name in ("他局", "何恒", "方正", "系统管理员"):
        with pytest.raises(Forbidden):
            services.submit_backup(cast[name], "MZJ", brought(tmp_path, tables()))
    assert not Backup.objects.exists()


def test_a_database_is_kept_apart_and_certified(cast: dict[str, Actor], tmp_path: Path) -> None:
    data = tables()
    number = kept(cast, tmp_path, data)
    shown = queries_backups.backup(cast["沈文"], number)
    assert (shown.state, shown.form, shown.files, shown.paper) == ("kept", "tables", 1, "typed")
    with vault.open_file(shown.urn, "package/婚姻库.zip") as stream:
        assert stream.read() == data
    with vault.open_file(shown.urn, "backup.json") as stream:
        assert json.load(stream)["package"]["sm3"] == shown.sm3
    assert not place_of(Backup.objects.get().uuid).root.exists()
    settle()
    found = queries_backups.checked(number, shown.code.lower())
    assert found.facts["sm3"] == digest_bytes(data).sm3 and found.entry is not None
    assert ledger.proof(str(shown.entry)).index == found.entry
    for wrong in ("", "AAAA-AAAA-AAAA-AAAA-AAAA", shown.code[:-1]):
        with pytest.raises(NotFound):
            queries_backups.checked(number, wrong)
    assert forms_pdf.certificate(shown).startswith(b"%PDF")
    assert forms_pdf.backup_sheet(shown).startswith(b"%PDF")


def test_a_certificate_rests_on_the_ledger_not_on_the_row(cast: dict[str, Actor], tmp_path: Path) -> None:
    number = kept(cast, tmp_path)
    row = Backup.objects.get()
    Backup.objects.update(certificate={**row.certificate, "bytes": 1})
    assert queries_backups.checked(number, row.code).facts["bytes"] == row.size


def test_a_package_of_a_known_form_is_checked_by_the_four_properties(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    confirmed(cast)
    data = package(tmp_path, "文书.zip").read_bytes()
    wish = queries_backups.allowed_wishes(Registration.objects.get().unit_id)[0]
    sums = digest_bytes(data)
    table = write_digests({"文书.zip": sums}, "盘 1")
    told = brought(
        tmp_path / "in",
        data,
        "文书.zip",
        wish=wish.id,
        content="",
        table=table,
        sm3="",
        title="",
        carrier="D-1",
    )
    number = services.submit_backup(cast["陆安"], "MZJ", told)
    services.advance_all()
    shown = queries_backups.backup(cast["沈文"], number)
    assert (shown.form, shown.items, shown.refused, shown.title) == ("dat93", 3, False, wish.title)
    assert shown.run is not None and shown.way == "carrier"
    with pytest.raises(Invalid, match=r"registration\.paper\.missing"):
        services.accept(cast["何恒"], number)
    with pytest.raises(Invalid, match=r"registration\.paper\.differs"):
        services.accept(cast["何恒"], number, typed="0" * 64)
    services.accept(cast["何恒"], number, seen=True)
    services.advance_all()
    assert queries_backups.backup(cast["沈文"], number).kept
    assert not holdings.existing_refs({"Z109-WS·2011·Y-0001"})


def test_what_is_not_as_the_table_says_cannot_be_accepted(cast: dict[str, Actor], tmp_path: Path) -> None:
    confirmed(cast)
    for place, (data, more, code) in enumerate(
        (
            (tables(), {"sm3": "0" * 64}, "registration.digest.differs"),
            (b"no archive at all", {}, "packages.archive.kind"),
            (tables("a,b\n1\n"), {}, "registration.table.rows"),
            (tables(name="说明.txt"), {"content": "", "wish": "first"}, "registration.package.form_unknown"),
        )
    ):
        if more.get("wish"):
            more = {**more, "wish": queries_backups.allowed_wishes(Registration.objects.get().unit_id)[1].id}
        told = brought(tmp_path / str(place), data, **more)  # type: ignore[arg-type]
        number = services.submit_backup(cast["沈文"], "MZJ", told)
        services.advance_all()
        shown = queries_backups.backup(cast["沈文"], number)
        assert shown.refused and code in {one["code"] for one in shown.findings}, shown.findings
        with pytest.raises(Conflict, match=r"registration\.backup\.not_clean"):
            services.accept(cast["何恒"], number, seen=True)
        services.return_deposit(cast["何恒"], number, reason="与摘要表不符")
        assert queries_backups.backup(cast["沈文"], number).reason == "与摘要表不符"
    assert not list(home().quarantine.glob("backup-*"))


def test_a_table_set_is_held_against_its_schema(cast: dict[str, Actor], tmp_path: Path) -> None:
    confirmed(cast)
    (tmp_path / "婚姻登记.csv").write_text("编号,姓名\n1,甲\n", "utf-8")
    write_set({"婚姻登记": tmp_path / "婚姻登记.csv"}, tmp_path / "set.zip", "婚姻库")
    number = services.submit_backup(
        cast["沈文"], "MZJ", brought(tmp_path / "in", (tmp_path / "set.zip").read_bytes())
    )
    services.advance_all()
    shown = queries_backups.backup(cast["沈文"], number)
    assert (shown.form, shown.refused, shown.files) == ("tables", False, 2)


def test_nobody_but_owner_and_centre_ever_sees_a_deposit(cast: dict[str, Actor], tmp_path: Path) -> None:
    before = holdings.count(cast["陆安"])
    number = kept(cast, tmp_path)
    settle()
    for name in ("沈文", "陆安", "何恒"):
        assert queries_backups.backup(cast[name], number).number == number
    for actor in (
        *(cast[n] for n in ("他局", "方正", "顾闻", "严慎", "系统管理员", "安全保密员", "安全审计员")),
        PUBLIC,
    ):
        with pytest.raises(NotFound):
            queries_backups.backup(actor, number)
        assert not queries_backups.backups(actor).items
        with pytest.raises(NotFound):
            services.ask(actor, number, purpose="restore", reason="x", leader="y")
    assert holdings.count(cast["陆安"]) == before


def test_a_killed_keeping_goes_on(
    cast: dict[str, Actor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantai.registration.services import receiving

    confirmed(cast)
    data = tables()
    number = services.submit_backup(cast["沈文"], "MZJ", brought(tmp_path, data))
    services.advance_all()
    services.accept(cast["何恒"], number, seen=True)

    def dying(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dead, pytest.raises(KeyboardInterrupt):
        dead.setattr(receiving, "_kept", dying)
        services.advance_all()
    assert services.advance_all().moved == 1
    assert queries_backups.backup(cast["沈文"], number).kept


def test_samples_are_drawn_by_a_seed_that_anybody_repeats() -> None:
    pool = [f"B2026-{n:04d}" for n in range(95)]
    drawn = chosen("ab" * 32, pool, 10)
    assert len(drawn) == 10 and drawn == chosen("ab" * 32, list(reversed(pool)), 10)
    assert chosen("cd" * 32, pool, 10) != drawn and len(chosen("x", ["one"], 10)) == 1


def test_a_sample_reads_back_and_finds_what_is_rotten(cast: dict[str, Actor], tmp_path: Path) -> None:
    number = kept(cast, tmp_path)
    with pytest.raises(Conflict):  # it came today
        services.draw(cast["何恒"], "online")
    Backup.objects.update(kept_at=timezone.now() - timedelta(days=400))
    assert [one.number for one in queries_backups.due(cast["何恒"])["online"]] == [number]
    for name in ("沈文", "方正", "系统管理员"):
        with pytest.raises(Forbidden):
            services.draw(cast[name], "online")
    services.draw(cast["何恒"], "online")
    assert services.read_samples() == 1
    assert queries_backups.samples(cast["何恒"])[0].good == 1
    assert not queries_backups.due(cast["何恒"])["online"]
    Backup.objects.update(pooled_at=timezone.now() - timedelta(days=400))
    path = vault.file_path(Backup.objects.get().urn, "package/婚姻库.zip")
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    services.draw(cast["何恒"], "online")
    services.read_samples()
    assert queries_backups.samples(cast["何恒"])[0].bad == (number,)


def test_the_owner_gets_back_the_same_bytes_on_approval_only(cast: dict[str, Actor], tmp_path: Path) -> None:
    number = kept(cast, tmp_path)
    settle()
    with pytest.raises(Invalid):
        services.ask(cast["沈文"], number, purpose="restore", reason="业务库损坏", leader="")
    use = services.ask(cast["沈文"], number, purpose="restore", reason="业务库损坏", leader="林局长")
    with pytest.raises(Conflict):
        services.deliver(cast["沈文"], use)
    for name in ("沈文", "陆安", "方正", "系统管理员"):
        with pytest.raises(Forbidden):
            services.approve(cast[name], use)
    services.approve(cast["何恒"], use)
    for name in ("他局", "何恒", "陆安", "方正", "顾闻", "系统管理员"):
        with pytest.raises(NotFound):
            services.deliver(cast[name], use)
    assert services.deliver(cast["沈文"], use).number == number
    shown, told = queries_backups.backup(cast["沈文"], number), queries_backups.use(cast["沈文"], use)
    assert told.state == "delivered"
    assert forms_pdf.proof(shown, told).startswith(b"%PDF")
    document = json.loads(forms_pdf.proof_document(shown))
    assert document["certificate"]["sm3"] == shown.sm3 and document["deposit"]["size"] == 1
    acts = {entry.act for entry in ledger.history([shown.urn])}
    assert {"registration.use.ask", "registration.use.approve", "registration.use.deliver"} <= acts
    Backup.objects.update(sm3="0" * 64)
    with pytest.raises(Exception, match=r"registration\.package\.changed"):
        services.deliver(cast["沈文"], use)


def test_coverage_counts_by_system_level_and_content(cast: dict[str, Actor], tmp_path: Path) -> None:
    kept(cast, tmp_path)
    found = queries_backups.coverage(cast["方正"], YEAR)
    system = next(line for line in found["system"] if line.label_zh == "民生保障")
    assert (system.registered, system.units, system.deposits) == (1, 1, 1)
    contents = {line.label_zh: line for line in found["content"]}
    assert contents["重要电子文件"].registered == 1 and contents["民生业务数据库导出"].deposits == 1
    assert sum(line.deposits for line in found["level"]) == 1
    with pytest.raises(Forbidden):
        queries_backups.coverage(cast["顾闻"], YEAR)


def test_what_stands_still_is_told_and_what_is_left_is_swept(cast: dict[str, Actor], tmp_path: Path) -> None:
    confirmed(cast)
    number = services.submit_backup(cast["沈文"], "MZJ", brought(tmp_path, tables()))
    place = place_of(Backup.objects.get().uuid)
    place.sent("婚姻库.zip").rename(tmp_path / "away")
    assert services.advance_all().failed == (number,)
    told = queries_backups.backup(cast["沈文"], number).problem
    assert told is not None and told["code"] == "registration.package.lost"
    (tmp_path / "away").rename(place.sent("婚姻库.zip"))
    services.advance_all()
    assert queries_backups.backup(cast["沈文"], number).waits and place.problem() is None
    orphan = home().quarantine / "backup-00000000-0000-0000-0000-000000000000"
    (orphan / "sent").mkdir(parents=True)
    assert services.collect_left() == 0  # younger than a day
    os.utime(orphan, (0, 0))
    os.utime(place.root, (0, 0))
    assert services.collect_left() == 1 and place.root.exists()
