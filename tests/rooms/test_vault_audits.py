"""Audits: what is damaged is found, told, put aside and repaired byte-equal; what is good is never called damaged."""

from __future__ import annotations

import importlib
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.kernel.errors import Conflict, Invalid, Unavailable
from lantai.kernel.ocfl import Content, NewVersion, reread
from lantai.kernel.storage import LocalStore
from lantai.ledger import queries as ledger
from lantai.ledger.services import sequence
from lantai.vault import queries, rereading
from lantai.vault.models import Audit, Copy, Damage, Deposit, Stray
from lantai.vault.queries_audits import damages
from lantai.vault.rereading import Version
from lantai.vault.rotation import BUILTIN
from lantai.vault.services import (
    Aip,
    Hand,
    Order,
    adopt,
    copy_to,
    make_identity,
    open_audits,
    order_audit,
    read_identities,
    reading,
    remove_stray,
    repair,
    run_audit,
    ship,
    stock,
    take_up,
    verify,
)
from lantai.vault.store import repository
from tests.conftest import Site
from tests.soak import rounds
from tests.vaults import Odd, aip, folder_target, keep, own_vault, vault_files


def flip(path: Path, seed: random.Random) -> None:
    """Turn one bit of a file over, as a medium does: in place."""
    data = bytearray(path.read_bytes())
    at = seed.randrange(len(data) * 8)
    data[at // 8] ^= 1 << at % 8
    path.chmod(0o644)
    path.write_bytes(bytes(data))


@pytest.fixture
def copied(site: Site, tmp_path: Path) -> Iterator[tuple[UUID, Path]]:
    """A vault of some objects with everything at one target."""
    keep(range(6))
    sequence()
    disk = tmp_path / "disk"
    target = UUID(folder_target(disk))
    copy_to(target)
    sequence()
    ship(target)
    yield target, disk


def object_files(root: Path) -> list[Path]:
    return sorted(path for path in (root / "ocfl").rglob("*") if path.is_file())


def test_a_good_vault_raises_no_alarm(copied: tuple[UUID, Path]) -> None:
    told = verify(SYSTEM)
    assert (told.objects, told.damaged) == (6, ())
    there = verify(SYSTEM, order=Order(target=str(copied[0])))
    assert (there.objects, there.damaged) == (6, ())
    assert not Damage.objects.exists()
    assert not Stray.objects.exists()
    entry = ledger.latest(1, acts=["vault.fixity.run"])[0].data
    assert entry["list_size"] == 1
    assert len(entry["list_root"]) == 64


def test_every_flipped_bit_is_found_and_repaired_byte_equal(copied: tuple[UUID, Path]) -> None:
    seed, flips, at_once = random.Random(20261122), rounds(200, 10_000), 20
    good, there = own_vault(), vault_files(copied[1])
    for _ in range(flips // at_once):
        names = one_of_each(seed.sample(sorted(good), len(good)))[:at_once]
        for name in names:
            flip(home().vault / name, seed)
        verify(SYSTEM)
        open_ones = Damage.objects.filter(state="open")
        told = {f"ocfl/{path}" for one in open_ones if one.deposit for path in _paths(one)}
        told |= {one.key for one in open_ones if one.key}
        assert told == set(names)
        done = repair(SYSTEM)
        assert (done.waiting, done.lost) == (0, 0)
        now = own_vault()
        assert {name: now[name] for name in good} == good
        assert not verify(SYSTEM).damaged
        assert not Damage.objects.filter(state__in=("open", "lost")).exists()
    assert vault_files(copied[1]).items() >= there.items()


def one_of_each(names: list[str]) -> list[str]:
    """Return at most one file of each object: where both inventories are bad, nothing tells of the rest until one is
    repaired."""
    seen: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        seen.setdefault("/".join(parts[:5]) if len(parts) > 5 and parts[0] == "ocfl" else name, name)
    return list(seen.values())


def _paths(damage: Damage) -> list[str]:
    assert damage.deposit is not None
    prefix = Version(0, damage.deposit.object_id, 1, "", 0, True).prefix
    return [f"{prefix}/{fault[0]}" for fault in damage.faults]


def test_flipped_bits_at_a_target_are_repaired_from_here(copied: tuple[UUID, Path]) -> None:
    target, disk = copied
    seed, good = random.Random(7), vault_files(copied[1])
    for _ in range(max(1, rounds(40, 2_000) // 10)):
        names = seed.sample(sorted(good), 10)
        for name in names:
            if name != "ocfl/0=ocfl_1.1" and "ocfl_layout" not in name and "extensions" not in name:
                flip(disk / name, seed)
        verify(SYSTEM, order=Order(target=str(target)))
        done = repair(SYSTEM)
        assert (done.waiting, done.lost) == (0, 0)
        now = vault_files(disk)
        assert {name: now[name] for name in good} == good
    assert set(Copy.objects.values_list("state", flat=True)) == {"good"}


class Killed(BaseException):
    """The process is gone."""


def killed_at(times: int, monkeypatch: pytest.MonkeyPatch, *names: str) -> list[int]:
    """Let the process die at the so-many-th step of a repair; return the count of steps, which grows."""
    count = [0]

    def wrap(path: str) -> None:
        module, _, name = path.rpartition(".")
        target = importlib.import_module(module) if not module.endswith("LocalStore") else LocalStore
        plain = getattr(target, name)

        def step(*given: Any, **named: Any) -> Any:
            count[0] += 1
            if count[0] == times:
                raise Killed
            told = plain(*given, **named)
            count[0] += 1
            if count[0] == times:
                raise Killed
            return told

        monkeypatch.setattr(target, name, step)

    for each in names:
        wrap(each)
    return count


def test_a_repair_killed_anywhere_is_completed(
    copied: tuple[UUID, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = (
        "lantai.vault.services.repairing.keep_bad",
        "lantai.vault.services.repairing.note_source",
        "lantai.kernel.storage.local.LocalStore.put",
        "lantai.vault.services.repairing.mended",
    )
    good, victim, seed = own_vault(), object_files(home().vault)[4], random.Random(3)
    for times in range(1, rounds(10, 12)):
        flip(victim, seed)
        verify(SYSTEM)
        with monkeypatch.context() as patch:
            killed_at(times, patch, *steps)
            with suppress(Killed):
                repair(SYSTEM)
        done = repair(SYSTEM)
        assert (done.waiting, done.lost) == (0, 0)
        now = own_vault()
        assert {name: now[name] for name in good} == good
        last = Damage.objects.order_by("-pk").first()
        assert last is not None
        assert (last.state, bool(last.aside)) == ("repaired", True)
        assert (home().root / last.aside[0]).is_file()
    assert ledger.latest(1, acts=["vault.damage.repair"])[0].data["source"]


def test_an_audit_killed_between_batches_goes_on(copied: tuple[UUID, Path]) -> None:
    uuid = order_audit(SYSTEM, Order())
    looks = iter(range(100))

    def some() -> bool:
        return next(looks) < 6

    assert not run_audit(uuid, Hand(some, most=1))
    row = Audit.objects.get(uuid=uuid)
    assert 0 < row.versions < 6
    read: list[int] = []
    assert run_audit(uuid, Hand(lambda: True, lambda done, planned: read.append(done), most=1))
    assert read == list(range(row.versions + 1, 7))
    row.refresh_from_db()
    assert (row.state, row.versions, row.batches.count()) == ("done", 6, 6)
    assert verify(SYSTEM).audit != uuid


def test_the_same_order_goes_on_and_another_is_refused(copied: tuple[UUID, Path]) -> None:
    uuid = order_audit(SYSTEM, Order())
    with pytest.raises(Conflict):
        order_audit(SYSTEM, Order(share=0.5))
    assert verify(SYSTEM).audit == uuid


def test_parts_and_shares_cover_everything_in_turn(copied: tuple[UUID, Path]) -> None:
    seen = [verify(SYSTEM, order=Order(part=part, parts=4)).objects for part in (1, 2, 3, 4)]
    assert sum(seen) == 6
    before = Deposit.objects.earliest("pk").checked_at
    oldest = queries.status().oldest_check
    assert oldest is not None
    assert oldest > before
    halves = [verify(SYSTEM, sample=0.5).audit for _ in range(2)]
    read = [
        set(range(batch.after + 1, batch.through + 1))
        for uuid in halves
        for batch in Audit.objects.get(uuid=uuid).batches.all()
    ]
    assert set.union(*read) >= set(Deposit.objects.values_list("pk", flat=True))
    small = verify(SYSTEM, order=Order(most_bytes=2_000))
    assert 1 <= small.objects < 6


def test_a_missing_object_and_both_copies_bad(copied: tuple[UUID, Path]) -> None:
    _, disk = copied
    first, second = Deposit.objects.order_by("pk")[:2]
    folder = home().vault / "ocfl" / Version(0, first.object_id, 1, "", 0, True).prefix
    shutil.rmtree(folder)
    path = f"ocfl/{Version(0, second.object_id, 1, '', 0, True).prefix}/v1/content/record.json"
    for root in (home().vault, disk):
        flip(root / path, random.Random(5))
    told = verify(SYSTEM)
    assert {one for one, _ in told.damaged} == {first.object_id, second.object_id}
    assert queries.status().damaged == 2
    done = repair(SYSTEM)
    assert (done.repaired, done.lost) == (1, 1)
    assert vault_files(folder.parents[3]).keys() == vault_files(disk / "ocfl").keys()
    lost = damages()[0]
    assert (lost.state, lost.object_id, lost.files) == ("lost", second.object_id, ("v1/content/record.json",))
    assert ledger.latest(1, acts=["vault.damage.lose"])[0].subject == second.object_id
    assert repair(SYSTEM).lost == 1
    assert len(ledger.latest(9, acts=["vault.damage.lose"])) == 1, "told once"
    assert lantai("vault", "damages") == 1
    flip(home().vault / path, random.Random(5))  # the same bit: somebody brought the good one back
    assert not verify(SYSTEM).damaged
    assert not Damage.objects.filter(state__in=("open", "lost")).exists()


def lantai(*words: str) -> int:
    from lantai.cli.main import main

    return main(list(words))


def test_bytes_that_only_memory_had_wrong_are_no_damage(
    copied: tuple[UUID, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, odd = reread.Reader._digests, iter([True])

    def wrongly(self: reread.Reader, descriptor: int, with_sm3: bool) -> tuple[str, str]:
        found, sm3 = plain(self, descriptor, with_sm3)
        return ("0" * 128 if next(odd, False) else found), sm3

    monkeypatch.setattr(reread.Reader, "_digests", wrongly)
    told = verify(SYSTEM)
    assert told.damaged == ()
    assert Audit.objects.get(uuid=told.audit).wavering == 1


def test_a_disk_that_is_not_there_is_no_damage(copied: tuple[UUID, Path], tmp_path: Path) -> None:
    (home().vault / "ocfl").rename(tmp_path / "unmounted")
    with pytest.raises(Unavailable):
        verify(SYSTEM)
    (tmp_path / "unmounted").rename(home().vault / "ocfl")
    (copied[1]).rename(tmp_path / "pulled")
    uuid = order_audit(SYSTEM, Order(target=str(copied[0])))
    with pytest.raises(Unavailable):
        run_audit(uuid, Hand(lambda: True))
    assert not Damage.objects.exists()
    assert Audit.objects.get(uuid=uuid).tries == 1
    (tmp_path / "pulled").rename(copied[1])
    assert run_audit(uuid, Hand(lambda: True))
    assert not verify(SYSTEM).damaged


def test_orphans_are_named_adopted_or_put_aside(
    copied: tuple[UUID, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "take_stock", partial(stock.take_stock, young=0))
    monkeypatch.setattr(reading, "take_stock", stock.take_stock)
    one = aip(77)
    repository().deposit([version_of(one)])
    known = Deposit.objects.earliest("pk")
    loose = home().vault / "ocfl" / Version(0, known.object_id, 1, "", 0, True).prefix / "v1/content/more.txt"
    loose.write_bytes(b"who put this here?")
    verify(SYSTEM)
    found = {(row.kind, row.object_id) for row in Stray.objects.filter(state="open")}
    assert found == {("object", one.object_id), ("file", known.object_id)}
    rows = {row.kind: row.pk for row in Stray.objects.all()}
    assert adopt(SYSTEM, rows["object"]) == one.object_id
    assert queries.deposit_view(one.object_id).files == 3
    with pytest.raises(Invalid):
        remove_stray(SYSTEM, rows["file"], "")
    where = remove_stray(SYSTEM, rows["file"], "没有人认得")
    assert not loose.exists()
    assert next((home().root / where).rglob("more.txt")).read_bytes() == b"who put this here?"
    assert verify(SYSTEM).damaged == ()
    assert not Stray.objects.filter(state="open").exists()


def version_of(one: Aip) -> NewVersion:
    files = {path: Content(held.source, held.digests.sha512) for path, held in one.files.items()}
    return NewVersion(one.object_id, files, "in", "w", "mailto:w@x.cn", datetime(2026, 1, 1, tzinfo=UTC), 0)


def test_the_schedule_takes_up_part_after_part(copied: tuple[UUID, Path]) -> None:
    (home().root / "audits.toml").write_text(
        BUILTIN.read_text("utf-8").replace("parts = 30", "parts = 2"), "utf-8"
    )
    Deposit.objects.update(deposited_at=datetime(2026, 1, 1, tzinfo=UTC))
    parts = []
    for _ in range(3):
        assert take_up() == 1
        assert take_up() == 0, "under way"
        [uuid] = open_audits()
        assert run_audit(uuid, Hand(lambda: True))
        row = Audit.objects.get(uuid=uuid)
        parts.append((row.part, row.sm3))
        assert take_up() == 0, "not due"
        Audit.objects.update(ordered_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert parts == [(1, "all"), (2, "all"), (1, "sample")]


def test_flipped_rows_are_repaired_from_a_target(noted: None, tmp_path: Path) -> None:
    keep(range(3))
    sequence()
    target = UUID(folder_target(tmp_path / "disk"))
    copy_to(target)
    sequence()
    ship(target)
    verify(SYSTEM)
    assert not Damage.objects.exists()
    seed = random.Random(11)
    good = {name: data for name, data in own_vault().items() if name.startswith("rows/")}
    assert good
    for name in sorted(good):
        flip(home().vault / name, seed)
        verify(SYSTEM)
        assert {one.key for one in Damage.objects.filter(state="open")} >= {name}
        done = repair(SYSTEM)
        assert (done.waiting, done.lost) == (0, 0)
        now = own_vault()
        assert {key: now[key] for key in good} == good
    sequence()
    verify(SYSTEM)
    assert not Damage.objects.filter(state__in=("open", "lost")).exists()


def test_a_place_without_files_of_this_machine_is_read_and_repaired(
    copied: tuple[UUID, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, disk = copied
    monkeypatch.setattr(rereading, "store_of", lambda one: Odd(LocalStore(disk)))
    good, seed = vault_files(disk), random.Random(13)
    objects = [name for name in sorted(good) if name.count("/") > 4]
    for name in [*one_of_each(seed.sample(objects, len(objects))), "ledger/ledger.pub"]:
        flip(disk / name, seed)
    told = verify(SYSTEM, order=Order(target=str(target)))
    assert len(told.damaged) == 6
    done = repair(SYSTEM)
    assert (done.repaired, done.waiting, done.lost) == (7, 0, 0)
    now = vault_files(disk)
    assert {name: now[name] for name in good} == good
    assert len([path for path in (disk / "damaged").rglob("*") if path.is_file()]) == 7


def test_a_sealed_copy_is_verified_repaired_and_repairs(site: Site, tmp_path: Path) -> None:
    text, recipient = make_identity()
    keep(range(2))
    sequence()
    disk = tmp_path / "sealed"
    target = UUID(folder_target(disk, recipient=recipient, understood=True))
    copy_to(target)
    sequence()
    ship(target)
    assert not verify(SYSTEM, order=Order(target=str(target))).damaged
    seed = random.Random(17)
    flip(min((disk / "sealed" / "ocfl").rglob("*.age")), seed)
    assert len(verify(SYSTEM, order=Order(target=str(target))).damaged) == 1
    assert repair(SYSTEM).repaired == 1
    assert not verify(SYSTEM, order=Order(target=str(target))).damaged
    good, victim = (
        own_vault(),
        next(path for path in object_files(home().vault) if path.name == "record.json"),
    )
    flip(victim, seed)
    verify(SYSTEM)
    assert repair(SYSTEM).lost == 1, "nobody brought the key"
    assert damages()[0].why
    assert repair(SYSTEM, identities=read_identities(text)).repaired == 1
    assert (
        own_vault()["ocfl/" + str(victim.relative_to(home().vault / "ocfl"))]
        == good[str(victim.relative_to(home().vault))]
    )
