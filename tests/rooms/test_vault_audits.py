"""Audits: what is damaged is found, told, put aside and repaired byte-equal; what is good is never called damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.ledger import queries as ledger
from lantai.ledger.services import sequence
from lantai.vault.models import Copy, Damage, Stray
from lantai.vault.rereading import Version
from lantai.vault.services import Order, copy_to, repair, ship, verify
from tests.conftest import Site
from tests.soak import rounds
from tests.vaults import folder_target, keep, own_vault, vault_files


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
