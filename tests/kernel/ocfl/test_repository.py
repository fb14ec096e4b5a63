"""Depositing, reading, repairing and verifying objects, on a local folder and in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import ocfl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Conflict, Corrupt, Invalid, LantaiError, Unavailable
from lantai.kernel.findings import failed
from lantai.kernel.ocfl import Content, NewVersion, Repository, validate_object, validate_root
from lantai.kernel.ocfl.layout import HASH_AND_ID, HASHED
from lantai.kernel.storage import FaultyStore, LocalStore, MemoryStore, Store, Taken, read

BEIJING = timezone(timedelta(hours=8))


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "root") if request.param == "local" else MemoryStore()


@pytest.fixture
def repository(store: Store) -> Repository:
    return Repository.create(store)


def version(
    files: dict[str, bytes], base: int = 0, object_id: str = "urn:lantai:1", message: str = "接收"
) -> NewVersion:
    contents = {path: Content(data) for path, data in files.items()}
    created = datetime(2026, 11, 22, 9, 30, tzinfo=BEIJING)
    return NewVersion(object_id, contents, message, "王兰", "mailto:wang@example.org", created, base)


def contents(repository: Repository, object_id: str, number: int | None = None) -> dict[str, bytes]:
    found = {}
    for path in repository.inventory(object_id).state(number):
        with repository.open(object_id, path, number) as stream:
            found[path] = stream.read()
    return found


def refused(code: str, work: Callable[[], object]) -> LantaiError:
    with pytest.raises(LantaiError) as caught:
        work()
    assert caught.value.code == code
    return caught.value


def test_create_is_idempotent_and_keeps_its_layout(store: Store) -> None:
    refused("ocfl.root.missing", lambda: Repository(store))
    Repository.create(store)
    Repository.create(store)
    assert sorted(store.list()) == ["0=ocfl_1.1", f"extensions/{HASHED}/config.json", "ocfl_layout.json"]
    refused("ocfl.root.layout", lambda: Repository.create(store, HASH_AND_ID))
    assert validate_root(store) == []


def test_create_refuses_a_store_with_other_things(store: Store) -> None:
    store.put("my/file", b"")
    refused("ocfl.root.occupied", lambda: Repository.create(store))


def test_create_goes_on_after_every_possible_failure() -> None:
    for at in range(1, 4):
        inner = MemoryStore()
        try:
            Repository.create(FaultyStore(inner, at, tear=True))
        except Unavailable:
            assert Repository.create(inner).objects() is not None
        assert validate_root(inner) == []


@pytest.mark.parametrize("layout", [HASHED, HASH_AND_ID])
def test_both_layouts_hold_objects(layout: str) -> None:
    store = MemoryStore()
    repository = Repository.create(store, layout)
    repository.deposit([version({"a": b"1"}, object_id=name) for name in ("urn:x", "档案/一", "../..")])
    assert sorted(repository.objects()) == sorted(["urn:x", "档案/一", "../.."])
    assert not failed(validate_root(store))


def test_a_deposit_is_read_back(repository: Repository) -> None:
    files = {"题名.txt": b"one", "sub/b": b"two", "sub/空": b""}
    (inventory,) = repository.deposit([version(files)])
    assert (inventory.id, inventory.head, inventory.version_number) == ("urn:lantai:1", "v1", 1)
    assert inventory == repository.inventory("urn:lantai:1")
    raw = read(repository.store, f"{repository.prefix('urn:lantai:1')}/inventory.json")
    assert inventory.digest == hashlib.sha512(raw).hexdigest()
    assert inventory.state() == {path: hashlib.sha512(data).hexdigest() for path, data in files.items()}
    assert contents(repository, "urn:lantai:1") == files
    assert repository.verify("urn:lantai:1") == []
    assert repository.exists("urn:lantai:1")
    assert json.loads(raw)["versions"]["v1"]["created"] == "2026-11-22T09:30:00+08:00"


def test_only_new_bytes_are_stored(repository: Repository) -> None:
    repository.deposit([version({"a": b"same", "b": b"same", "c": b"other"})])
    (second,) = repository.deposit([version({"moved": b"same", "c": b"changed"}, base=1)])
    (third,) = repository.deposit([version({"c": b"other"}, base=2)])
    paths = sorted(path for listed in third.manifest.values() for path in listed)
    assert paths == ["v1/content/a", "v1/content/c", "v2/content/c"]
    assert second.path_of("moved") == "v1/content/a"
    assert third.path_of("c", 2) == third.path_of("c", "v2") == "v2/content/c"
    assert contents(repository, "urn:lantai:1", 1) == {"a": b"same", "b": b"same", "c": b"other"}
    assert contents(repository, "urn:lantai:1", 2) == {"moved": b"same", "c": b"changed"}
    assert repository.verify("urn:lantai:1") == []


def test_the_same_state_again_changes_nothing(repository: Repository) -> None:
    first = repository.deposit([version({"a": b"1"})])
    before = list(repository.store.list())
    assert repository.deposit([version({"a": b"1"})]) == first
    assert repository.deposit([version({"a": b"1"}, base=1)]) == first
    assert list(repository.store.list()) == before


def test_a_wrong_base_is_a_conflict_and_nothing_of_the_batch_is_written(repository: Repository) -> None:
    repository.deposit([version({"a": b"1"})])
    before = list(repository.store.list())
    other = version({"x": b"x"}, object_id="urn:other")
    refused("ocfl.object.exists", lambda: repository.deposit([other, version({"a": b"2"})]))
    refused("ocfl.version.outdated", lambda: repository.deposit([other, version({"a": b"2"}, base=2)]))
    refused("ocfl.version.outdated", lambda: repository.deposit([version({"a": b""}, 1, "urn:none")]))
    refused("ocfl.deposit.repeated", lambda: repository.deposit([other, other]))
    assert list(repository.store.list()) == before


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (version({"../x": b""}), "storage.key.unsafe"),
        (version({"a": b"", "a/b": b""}), "storage.key.clash"),
        (version({"x" * 256: b""}), "storage.key.too_long"),
        (version({"a": b""}, object_id=""), "ocfl.version.text"),
        (version({"a": b""}, object_id="\ud800"), "ocfl.version.text"),
        (version({"a": b""}, message="\ud800"), "ocfl.version.text"),
        (NewVersion("urn:a", {}, "", "x", "", datetime(2026, 1, 1)), "ocfl.version.clock"),
        (
            NewVersion("urn:a", {"a": Content(b"", "12")}, "", "x", "", datetime(2026, 1, 1, tzinfo=UTC)),
            "ocfl.content.digest",
        ),
    ],
)
def test_unusable_versions_are_refused(repository: Repository, bad: NewVersion, code: str) -> None:
    before = list(repository.store.list())
    with pytest.raises((Invalid, Conflict)) as caught:
        repository.deposit([bad])
    assert caught.value.code == code
    assert list(repository.store.list()) == before


def test_files_are_copied_or_taken_with_known_digests(repository: Repository, tmp_path: Path) -> None:
    copied, taken = tmp_path / "copied", tmp_path / "taken"
    copied.write_bytes(b"c")
    taken.write_bytes(b"t")
    new = version({})
    files = {"c": Content(copied), "t": Content(Taken(taken), hashlib.sha512(b"t").hexdigest().upper())}
    repository.deposit([NewVersion(new.object_id, files, "", "x", "urn:x", new.created)])
    assert contents(repository, new.object_id) == {"c": b"c", "t": b"t"}
    assert copied.exists()
    assert not taken.exists()


def test_a_wrong_known_digest_is_found_by_verification(repository: Repository) -> None:
    new = version({})
    files = {"a": Content(b"real", hashlib.sha512(b"claimed").hexdigest())}
    repository.deposit([NewVersion(new.object_id, files, "", "x", "urn:x", new.created)])
    assert [finding.code for finding in repository.verify(new.object_id) if finding.severity == "error"] == [
        "ocfl.E092"
    ]


def test_what_is_missing_is_told(repository: Repository) -> None:
    refused("ocfl.object.missing", lambda: repository.inventory("urn:none"))
    refused("ocfl.object.missing", lambda: repository.open("urn:none", "a"))
    assert [finding.code for finding in repository.verify("urn:none")] == ["ocfl.object.missing"]
    (inventory,) = repository.deposit([version({"a": b"1"})])
    refused("ocfl.path.missing", lambda: repository.open("urn:lantai:1", "b"))
    refused("ocfl.version.missing", lambda: repository.open("urn:lantai:1", "a", 2))
    repository.store.delete(f"{repository.prefix('urn:lantai:1')}/{inventory.path_of('a')}")
    refused("ocfl.content.missing", lambda: repository.open("urn:lantai:1", "a"))
    assert failed(repository.verify("urn:lantai:1"))


def test_purge_is_idempotent(repository: Repository) -> None:
    repository.deposit([version({"a": b"1"}), version({"a": b"1"}, object_id="urn:stays")])
    repository.purge("urn:lantai:1")
    repository.purge("urn:lantai:1")
    assert list(repository.objects()) == ["urn:stays"]
    repository.deposit([version({"a": b"again"})])
    assert contents(repository, "urn:lantai:1") == {"a": b"again"}


def test_verify_many_keeps_the_order(repository: Repository) -> None:
    names = [f"urn:{number}" for number in range(200)]
    repository.deposit([version({"a": name.encode()}, object_id=name) for name in names])
    names.insert(100, "urn:none")
    found = list(repository.verify_many(names, threads=3))
    assert [name for name, _ in found] == names
    assert [name for name, findings in found if findings] == ["urn:none"]
    stopped = repository.verify_many(names)
    assert next(stopped)[0] == "urn:0"
    stopped.close()


def test_another_object_in_the_place_is_corrupt(repository: Repository) -> None:
    repository.deposit([version({"a": b"1"})])
    here, there = repository.prefix("urn:lantai:1"), repository.prefix("urn:moved")
    for key in list(repository.store.list(here)):
        repository.store.put(there + key[len(here) :], read(repository.store, key))
    assert isinstance(refused("ocfl.object.other", lambda: repository.inventory("urn:moved")), Corrupt)
    assert "ocfl.E083" in {finding.code for finding in repository.verify("urn:moved")}
    assert "ocfl.E083" in {finding.code for finding in validate_root(repository.store)}


def test_sm3_never_stands_in_a_fixity_block(repository: Repository) -> None:
    repository.deposit([version({"a": b"1"})])
    assert b"sm3" not in read(repository.store, f"{repository.prefix('urn:lantai:1')}/inventory.json")


# ---- killed and failing writers


def test_every_failure_of_a_deposit_is_repaired_by_the_next(tmp_path: Path) -> None:
    """Each write fails in turn, cleanly or torn; readers see v1 or v2 whole, the retry ends in a valid v2."""
    old, new = {"a": b"1", "b": b"2"}, {"a": b"changed", "c": b"3"}
    for tear in (False, True):
        for at in range(1, 4):
            inner = MemoryStore()
            Repository.create(inner).deposit([version(old)])
            faulty = FaultyStore(inner, at, tear=tear)
            _ignoring(Unavailable, lambda faulty=faulty: Repository(faulty).deposit([version(new, base=1)]))
            repository = Repository(inner)
            assert contents(repository, "urn:lantai:1") in (old, new)
            assert contents(repository, "urn:lantai:1", 1) == old
            (inventory,) = repository.deposit([version(new, base=1)])
            assert (inventory.head, contents(repository, "urn:lantai:1")) == ("v2", new)
            assert repository.verify("urn:lantai:1") == []


def _ignoring(kind: type[LantaiError], work: Callable[[], object]) -> None:
    try:
        work()
    except kind:
        return


def test_a_version_folder_without_root_inventory_counts_and_is_repaired(repository: Repository) -> None:
    prefix = repository.prefix("urn:lantai:1")
    repository.deposit([version({"a": b"1"})])
    pair = ("inventory.json", "inventory.json.sha512")
    before = {name: read(repository.store, f"{prefix}/{name}") for name in pair}
    repository.deposit([version({"a": b"2"}, base=1)])
    for names in (pair, pair[1:]):
        for name in names:
            repository.store.put(f"{prefix}/{name}", before[name], replace=True)
        assert repository.inventory("urn:lantai:1").head == "v2"
        assert failed(repository.verify("urn:lantai:1"))
        assert repository.repair("urn:lantai:1")
        assert not repository.repair("urn:lantai:1")
        assert repository.verify("urn:lantai:1") == []


def test_an_object_without_any_complete_inventory_is_torn(repository: Repository) -> None:
    repository.store.put(f"{repository.prefix('urn:lantai:1')}/v1/content/a", b"1")
    refused("ocfl.object.torn", lambda: repository.deposit([version({"a": b"1"})]))
    assert failed(repository.verify("urn:lantai:1"))


# ---- properties

names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..")
)
states = st.dictionaries(names, st.binary(max_size=12), max_size=5)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(states, min_size=1, max_size=6), object_id=names)
def test_every_history_comes_back(tmp_path: Path, history: list[dict[str, bytes]], object_id: str) -> None:
    repository = Repository.create(LocalStore(tmp_path / "root"))
    repository.purge(object_id)
    kept: list[dict[str, bytes]] = []
    for state in history:
        (inventory,) = repository.deposit([version(state, len(kept), object_id)])
        if not kept or kept[-1] != state:
            kept.append(state)
        assert inventory.version_number == len(kept)
    for number, state in enumerate(kept, 1):
        assert contents(repository, object_id, number) == state
    assert not failed(repository.verify(object_id))
    path = repository.store.local_path(repository.prefix(object_id))
    assert path is not None
    if not any("\n" in logical for state in kept for logical in state):  # which ocfl-py cannot read
        assert ocfl.Object().validate(objdir=str(path), log_warnings=False, log_errors=False)[0]


def damaged(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


def all_bytes(store: Store) -> Iterator[tuple[str, int]]:
    for key in store.list():
        for at in range(store.size(key)):
            yield key, at


def test_any_flipped_byte_is_found() -> None:
    """Every byte of every file of an object with two versions, one at a time."""
    store = MemoryStore()
    repository = Repository.create(store)
    repository.deposit([version({"a": b"some bytes", "b/c": b"more"})])
    repository.deposit([version({"a": b"other", "b/c": b"more"}, base=1)])
    prefix = repository.prefix("urn:lantai:1")
    for number, (key, at) in enumerate(all_bytes(store)):
        if not key.startswith(prefix) or (key.endswith("inventory.json") and at % 5):
            continue
        good = read(store, key)
        store.put(key, damaged(good, at, number % 8), replace=True)
        assert failed(repository.verify("urn:lantai:1")), (key, at, number % 8)
        store.put(key, good, replace=True)
    assert repository.verify("urn:lantai:1") == []


def test_removed_and_added_files_are_found(repository: Repository) -> None:
    repository.deposit([version({"a": b"1"})])
    prefix = repository.prefix("urn:lantai:1")
    for key in list(repository.store.list(prefix)):
        data = read(repository.store, key)
        repository.store.delete(key)
        # a version's own inventory may be missing (W010), all else may not
        findings = repository.verify("urn:lantai:1")
        assert findings
        assert failed(findings) != key.endswith("v1/inventory.json")
        repository.store.put(key, data)
    for path in ("extra", "v1/extra", "v1/content/extra", "v2/content/extra", "extensions/extra"):
        repository.store.put(f"{prefix}/{path}", b"")
        assert failed(repository.verify("urn:lantai:1"))
        repository.store.delete(f"{prefix}/{path}")


def test_unreadable_contents_are_a_finding(repository: Repository) -> None:
    repository.deposit([version({"a": b"1"})])
    faulty = FaultyStore(repository.store, at=1, kinds={"open"}, forever=True)
    codes = {finding.code for finding in validate_object(faulty, repository.prefix("urn:lantai:1"))}
    assert "ocfl.file.unreadable" in codes


def test_a_root_with_objects_is_valid_for_others_too(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "root")
    repository = Repository.create(store, HASH_AND_ID)
    repository.deposit([version({"中文/a": b"1"}, object_id=f"urn:{number}") for number in range(5)])
    repository.deposit([version({"a": b"2"}, 1, "urn:3")])
    assert validate_root(store) == []
    assert ocfl.StorageRoot(root=str(store.root)).validate(log_warnings=False)
