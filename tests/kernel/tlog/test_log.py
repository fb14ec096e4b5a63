"""Writing, reading and proving; killed writers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Conflict, Corrupt, Invalid, LantaiError, Unavailable
from lantai.kernel.findings import Severity
from lantai.kernel.storage import LocalStore, MemoryStore
from lantai.kernel.tlog import Ed25519Signer, Log, leaf_hash, verify_consistency, verify_inclusion
from lantai.kernel.tlog.tiles import tile_key
from lantai.kernel.tlog.tree import root
from lantai.kernel.witness.folder import Folder
from tests.kernel.tlog.ground import KEY, ORIGIN, SIGNER, Shelf, check, entries, log_of


@pytest.mark.parametrize(
    ("level", "index", "width", "key"),
    [
        (0, 0, 256, "tile/0/000"),
        (2, 1234067, 256, "tile/2/x001/x234/067"),
        ("entries", 999, 17, "tile/entries/999.p/17"),
        (0, 1000, 1, "tile/0/x001/000.p/1"),
    ],
)
def test_tiles_lie_where_the_standard_says(level: int, index: int, width: int, key: str) -> None:
    assert tile_key(level, index, width) == key


def test_a_log_of_70000_has_the_tiles_of_the_standards_example() -> None:
    shelf = log_of(70_000, 7_000)
    level0 = [key for key in shelf.files if key.startswith("tile/0/") and ".p" not in key]
    assert len(level0) == 273
    assert [key for key in sorted(shelf.files) if ".p/" in key] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/273.p/112",
    ]
    assert "tile/1/000" in shelf.files and len(shelf.files["tile/1/000"]) == 8192


def test_a_log_of_256_has_a_full_tile_and_one_hash_above() -> None:
    shelf = log_of(256)
    assert sorted(shelf.files) == ["checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.booleans(), st.booleans()), max_size=8))
def test_any_way_of_appending_gives_the_same_tree(steps: list[tuple[int, bool, bool]]) -> None:
    shelf = Shelf()
    log, size = Log(shelf, ORIGIN), 0
    for count, publish, reopen in steps:
        done = log.append(entries(size, size + count))
        assert (done.first, done.size) == (size, size + count)
        size = done.size
        leaves = [leaf_hash(entry) for entry in entries(0, size)]
        assert done.root == log.root() == root(leaves)
        if publish or reopen:
            log.publish(SIGNER)
        if reopen:
            log = Log(shelf, ORIGIN, KEY)
            assert log.size() == size
    log.publish(SIGNER)
    assert check(shelf, KEY) == []
    assert list(log.entries()) == entries(0, size)


def test_every_proof_verifies_and_costs_few_reads() -> None:
    shelf = log_of(70_000, 10_000)
    log = Log(shelf, ORIGIN, KEY)
    head = log.root()
    for index in (0, 1, 255, 256, 65_535, 65_536, 69_999):
        fresh = Log(shelf, ORIGIN, KEY)
        shelf.reads = 0
        path = fresh.inclusion_proof(index)
        assert shelf.reads <= 17
        assert verify_inclusion(leaf_hash(f"entry {index}".encode()), index, 70_000, path, head)
        assert log.entry(index) == f"entry {index}".encode()
        assert log.leaf_hash(index) == leaf_hash(log.entry(index))
    for first, second in ((1, 70_000), (256, 70_000), (65_537, 70_000), (300, 66_000), (70_000, 70_000)):
        proof = log.consistency_proof(first, second)
        assert verify_consistency(first, log.root(first), second, log.root(second), proof)
    older = log.inclusion_proof(300, 60_001)
    assert verify_inclusion(log.leaf_hash(300), 300, 60_001, older, log.root(60_001))


def test_a_range_outside_is_refused() -> None:
    log = Log(log_of(10), ORIGIN)
    calls: list[Callable[[], object]] = [
        lambda: log.entry(10),
        lambda: log.entry(-1),
        lambda: log.leaf_hash(10),
        lambda: log.inclusion_proof(10),
        lambda: log.inclusion_proof(3, 11),
        lambda: log.consistency_proof(4, 11),
        lambda: log.root(11),
    ]
    for call in calls:
        with pytest.raises(Invalid, match=r"tlog\.proof\.range"):
            call()


def test_an_entry_has_at_most_65535_bytes() -> None:
    shelf = Shelf()
    log = Log(shelf, ORIGIN)
    with pytest.raises(Invalid, match=r"tlog\.entry\.too_long"):
        log.append([b"fits", bytes(65_536)])
    assert shelf.files == {} and log.size() == 0
    log.append([bytes(65_535), b""])
    log.publish(SIGNER)
    assert list(Log(shelf, ORIGIN).entries()) == [bytes(65_535), b""]


def test_the_same_append_may_be_repeated() -> None:
    shelf = log_of(300)
    log = Log(shelf, ORIGIN)
    before = dict(shelf.files)
    assert log.append(entries(100, 300), at=100)[:2] == (100, 300)
    assert shelf.files == before
    assert log.append(entries(200, 400), at=200)[:2] == (200, 400)
    with pytest.raises(Conflict, match=r"tlog\.append\.differs") as caught:
        log.append([b"another"], at=7)
    assert caught.value.facts == {"index": 7}
    with pytest.raises(Conflict, match=r"tlog\.append\.gap"):
        log.append([b"later"], at=401)
    log.publish(SIGNER)
    assert list(log.entries()) == entries(0, 400)


@pytest.mark.parametrize("other", [False, True], ids=["same entries", "other entries"])
def test_a_writer_killed_anywhere_harms_nothing(other: bool) -> None:
    """The store fails after 0, 1, 2… writes during append and publish; a new writer does it again."""
    grown, writes = 1_000, 0
    while True:
        shelf = log_of(300)
        kept = Log(shelf, ORIGIN, KEY).note()
        shelf.writes = writes
        try:
            log = Log(shelf, ORIGIN, KEY)
            log.append(entries(300, grown))
            log.publish(SIGNER)
            finished = True
        except Unavailable:
            finished = False
        shelf.writes = None
        assert [f for f in check(shelf, KEY, kept) if f.severity is Severity.ERROR] == []
        again = Log(shelf, ORIGIN, KEY)
        assert again.size() in (300, grown)
        again.append(entries(again.size(), grown, "other" if other else "entry"))
        again.publish(SIGNER)
        assert check(shelf, KEY, kept) == []
        if not other:
            assert list(again.entries()) == entries(0, grown)
        if finished:
            return
        writes += 1


def test_after_a_failed_append_the_same_log_goes_on() -> None:
    shelf = log_of(10)
    log = Log(shelf, ORIGIN, KEY)
    shelf.writes = 1
    with pytest.raises(Unavailable):
        log.append(entries(10, 600))
    shelf.writes = None
    assert log.size() == 10
    log.append(entries(10, 600))
    log.publish(SIGNER)
    assert check(shelf, KEY) == []


def test_publishing_twice_changes_nothing_and_leaves_no_partial_tiles_behind() -> None:
    shelf = Shelf()
    log = Log(shelf, ORIGIN)
    for index in range(0, 600, 7):
        log.append(entries(index, index + 7))
        log.publish(SIGNER)
    before = dict(shelf.files)
    checkpoint = log.publish(SIGNER)
    assert checkpoint == log.checkpoint() and checkpoint.note.encode() == log.note()
    assert shelf.files == before
    assert not [key for key in shelf.files if key.startswith(("tile/0/000.p", "tile/entries/001.p"))]
    assert check(shelf, KEY) == []


def test_two_writers_do_not_fork_the_log() -> None:
    shelf = log_of(10)
    one, two = Log(shelf, ORIGIN), Log(shelf, ORIGIN)
    one.append([b"one"])
    one.publish(SIGNER)
    writes: list[Callable[[], object]] = [lambda: two.append([b"two"]), lambda: two.publish(SIGNER)]
    for write in writes:
        with pytest.raises(Conflict, match=r"tlog\.log\.moved"):
            write()
    two.refresh()
    two.append([b"two"])
    two.publish(SIGNER)
    assert list(two.entries(10)) == [b"one", b"two"] and check(shelf, KEY) == []


def test_a_checkpoint_of_a_stranger_is_never_continued() -> None:
    shelf = Shelf()
    stranger = Ed25519Signer.generate(ORIGIN)
    forged = Log(shelf, ORIGIN)
    forged.append(entries(0, 5, "forged"))
    forged.publish(stranger)
    with pytest.raises(Corrupt, match=r"tlog\.note\.unsigned"):
        Log(shelf, ORIGIN, KEY)
    log = Log(shelf, ORIGIN)
    log.append([b"more"])
    with pytest.raises(Corrupt, match=r"tlog\.note\.unsigned"):
        log.publish(SIGNER)
    with pytest.raises(Invalid, match=r"tlog\.publish\.unsigned"):
        log.publish()


def test_a_writer_asks_whether_its_log_continues_what_it_knows() -> None:
    log = Log(log_of(300), ORIGIN)
    older = Log(log_of(200), ORIGIN).checkpoint()
    newer = Log(log_of(301), ORIGIN).checkpoint()
    assert older and newer and log.continues(older) and not log.continues(newer)
    fork = Log(Shelf(), ORIGIN)
    fork.append(entries(0, 200, "fork"))
    assert not log.continues(fork.publish(SIGNER))


def test_a_damaged_edge_is_not_continued() -> None:
    for key in ("tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1", "checkpoint"):
        for damage in (b"", b"\x00" * 32 * 44, b"\x00\x05abc"):
            shelf = log_of(300)
            shelf.files[key] = damage
            if key == "checkpoint" and not damage:
                continue
            with pytest.raises(LantaiError):
                Log(shelf, ORIGIN)
    shelf = log_of(300)
    del shelf.files["tile/0/001.p/44"]
    with pytest.raises(Corrupt, match=r"tlog\.tile\.missing"):
        Log(shelf, ORIGIN)


def test_reading_a_damaged_entry_says_so() -> None:
    shelf = log_of(600)
    shelf.files["tile/entries/000"] = shelf.files["tile/entries/000"].replace(b"entry 7", b"entry x", 1)
    log = Log(shelf, ORIGIN)
    with pytest.raises(Corrupt, match=r"tlog\.entry\.differs") as caught:
        log.entry(7)
    assert caught.value.facts["index"] == 7
    del shelf.files["tile/entries/000"]
    with pytest.raises(Corrupt, match=r"tlog\.tile\.missing"):
        log.entry(7)


def test_100000_entries_are_appended_at_20000_a_second(tmp_path: Path) -> None:
    log = Log(MemoryStore(), ORIGIN)
    batch = [bytes(300)] * 1_000
    started = time.process_time()
    for _ in range(100):
        log.append(batch)
        log.publish(SIGNER)
    assert 100_000 / (time.process_time() - started) > 20_000


def test_a_log_in_a_folder_is_the_same(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "ledger")
    log = Log(store, ORIGIN)
    log.append(entries(0, 700))
    log.publish(SIGNER)
    again = Log(store, ORIGIN, KEY)
    again.append(entries(700, 1500))
    again.publish(SIGNER)
    assert check(Folder(tmp_path / "ledger")) == []
    assert (tmp_path / "ledger" / "tile" / "0" / "004").stat().st_size == 8192
