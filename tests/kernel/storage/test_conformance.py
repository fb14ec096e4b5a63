"""The contract of `Store`, tried on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.kernel.storage import MemoryStore, Store, Taken, Tree, read
from lantai.kernel.storage.keys import check_key

HOSTILE = {
    "../escape": "storage.key.unsafe",
    "a/../b": "storage.key.unsafe",
    "..": "storage.key.unsafe",
    "/absolute": "storage.key.unsafe",
    "a//b": "storage.key.unsafe",
    "a/": "storage.key.unsafe",
    "": "storage.key.unsafe",
    "./a": "storage.key.unsafe",
    "a\0b": "storage.key.unsafe",
    "x" * 256: "storage.key.too_long",
    "档" * 86: "storage.key.too_long",
    "/".join(["x" * 200] * 20): "storage.key.too_long",
    "/".join(["d"] * 300): "storage.key.too_deep",
    "bad\udcff": "storage.key.undecodable",
    ".staging/x": "storage.key.reserved",
}


def refused(code: str, work: object, *args: object, **options: object) -> None:
    assert callable(work)
    with pytest.raises(LantaiError) as caught:
        work(*args, **options)
    assert caught.value.code == code


def test_what_is_put_is_read_back(store: Store) -> None:
    store.put("a/b.txt", b"bytes")
    assert read(store, "a/b.txt") == b"bytes"
    assert store.size("a/b.txt") == 5
    assert store.exists("a/b.txt")
    with store.open("a/b.txt") as stream:
        stream.seek(2)
        assert stream.read() == b"tes"


def test_an_empty_file_is_a_file(store: Store) -> None:
    store.put("empty", b"")
    assert read(store, "empty") == b""
    assert list(store.list()) == ["empty"]


def test_a_missing_key_is_told(store: Store) -> None:
    store.put("a/b", b"")
    for key in ("nothing", "a", "a/b/c", "a/c"):
        refused("storage.key.missing", store.open, key)
        refused("storage.key.missing", store.size, key)
        assert not store.exists(key)
    assert issubclass(NotFound, LantaiError)


def test_put_never_overwrites_unless_told(store: Store) -> None:
    store.put("k", b"first")
    refused("storage.key.exists", store.put, "k", b"second")
    assert read(store, "k") == b"first"
    store.put("k", b"second", replace=True)
    assert read(store, "k") == b"second"
    store.put("new", b"fresh", replace=True)
    assert read(store, "new") == b"fresh"


def test_a_reader_keeps_the_bytes_it_opened(store: Store) -> None:
    store.put("k", b"old")
    with store.open("k") as stream:
        store.put("k", b"new", replace=True)
        assert stream.read() == b"old"


def test_a_file_is_no_folder(store: Store) -> None:
    store.put("a/b", b"")
    for replace in (False, True):
        refused("storage.key.clash", store.put, "a/b/c", b"", replace=replace)
        refused("storage.key.clash", store.put, "a", b"", replace=replace)
    refused("storage.key.clash", store.publish, [Tree("a/b/c", {"x": b""})])
    refused("storage.prefix.taken", store.publish, [Tree("a/b", {"x": b""})])
    assert list(store.list()) == ["a/b"]


def test_put_many_writes_all(store: Store) -> None:
    store.put_many({f"f/{number}": b"x" * number for number in range(100)})
    assert [store.size(f"f/{number}") for number in range(100)] == list(range(100))
    refused("storage.key.exists", store.put_many, {"g": b"", "f/3": b""})
    store.put_many({"f/3": b"3", "f/4": b"4"}, replace=True)
    assert read(store, "f/3") + read(store, "f/4") == b"34"
    store.put_many({})


def test_only_one_of_many_racing_writers_wins(store: Store) -> None:
    def attempt(number: int) -> bool:
        try:
            store.put("race", str(number).encode())
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, wins in enumerate(pool.map(attempt, range(24))) if wins]
    assert len(won) == 1
    assert read(store, "race") == str(won[0]).encode()


def test_sources_copied_and_taken(store: Store, tmp_path: Path) -> None:
    copied, taken = tmp_path / "copied", tmp_path / "taken"
    copied.write_bytes(b"c" * 3_000_000)
    taken.write_bytes(b"t" * 10)
    store.put_many({"c": copied, "t": Taken(taken)})
    assert read(store, "c") == b"c" * 3_000_000
    assert read(store, "t") == b"t" * 10
    assert copied.exists()
    assert not taken.exists()
    taken.write_bytes(b"again")
    store.put("t", Taken(taken), replace=True)
    assert read(store, "t") == b"again"


def test_a_refused_write_does_not_take_the_file(store: Store, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    store.put("k", b"")
    refused("storage.key.exists", store.put, "k", Taken(taken))
    refused("storage.source.missing", store.publish, [Tree("t", {"a": Taken(taken), "b": tmp_path / "none"})])
    assert taken.read_bytes() == b"mine"
    assert list(store.list()) == ["k"]


def test_links_folders_and_missing_files_are_no_sources(store: Store, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for source in (tmp_path / "link", Taken(tmp_path / "link"), tmp_path, Taken(tmp_path)):
        refused("storage.source.not_file", store.put, "k", source)
    refused("storage.source.missing", store.put, "k", tmp_path / "none")
    refused("storage.source.missing", store.put, "k", Taken(tmp_path / "none"))
    assert not list(store.list())


@pytest.mark.parametrize("key", HOSTILE, ids=[ascii(key)[:20] for key in HOSTILE])
def test_hostile_keys_are_refused_everywhere(store: Store, key: str) -> None:
    code = HOSTILE[key]
    for work in (store.open, store.size, store.exists, store.delete, store.delete_tree, store.local_path):
        refused(code, work, key)
    refused(code, store.put, key, b"")
    refused(code, store.put_many, {"good": b"", key: b""})
    refused(code, store.publish, [Tree(key, {"x": b""})])
    if key:
        refused(code, lambda: list(store.list(key)))
        refused(code, lambda: list(store.strays(key)))
    if key != ".staging/x":
        refused(code, store.publish, [Tree("p", {"good": b"", key: b""})])
    assert not list(store.list())


def test_names_of_255_bytes_work(store: Store) -> None:
    long, chinese = "n" * 255, "档" * 85
    store.put(f"{long}/{chinese}", b"1")
    store.publish([Tree(chinese, {f"{long}/{long}": b"2"})])
    assert sorted(store.list()) == sorted([f"{long}/{chinese}", f"{chinese}/{long}/{long}"])


def test_composed_and_decomposed_names_stay_apart(store: Store) -> None:
    store.put("\u00e9", b"nfc")
    store.put("e\u0301", b"nfd")
    assert read(store, "\u00e9") == b"nfc"
    assert read(store, "e\u0301") == b"nfd"


def test_list_is_sorted_by_whole_key(store: Store) -> None:
    keys = ["a/b", "a-b", "a.txt", "a/b.c/d", "ab/c", "a/b-", "Z", "中/文", "😀", "\uff21", "a0"]
    for key in [key for key in keys if key != "a/b"]:
        store.put(key, b"")
    assert list(store.list()) == sorted(key for key in keys if key != "a/b")


def test_list_takes_folders_not_beginnings(store: Store) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "a-/4"):
        store.put(key, b"")
    assert list(store.list("a")) == ["a/1", "a/b/2"]
    assert list(store.list("a/b")) == ["a/b/2"]
    assert list(store.list("a/1")) == []
    assert list(store.list("none")) == []
    assert list(store.strays()) == []


def test_publish_shows_whole_trees(store: Store, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"path")
    (tmp_path / "t").write_bytes(b"taken")
    store.publish(
        [
            Tree("x/1", {"a": b"1", "b/c": tmp_path / "p", "b/d/e": Taken(tmp_path / "t")}),
            Tree("x/2", {"a": b"2"}),
        ]
    )
    assert list(store.list("x")) == ["x/1/a", "x/1/b/c", "x/1/b/d/e", "x/2/a"]
    assert read(store, "x/1/b/c") == b"path"
    assert read(store, "x/1/b/d/e") == b"taken"
    assert not (tmp_path / "t").exists()
    store.publish([])


def test_publish_needs_a_free_place_for_all(store: Store) -> None:
    store.put("x/2/old", b"old")
    refused("storage.prefix.taken", store.publish, [Tree("x/1", {"a": b""}), Tree("x/2", {"a": b""})])
    refused("storage.prefix.taken", store.publish, [Tree("x", {"a": b""})])
    assert list(store.list()) == ["x/2/old"]


def test_overlapping_and_empty_trees_are_refused(store: Store) -> None:
    one = {"a": b""}
    refused("storage.tree.nested", store.publish, [Tree("x", one), Tree("x", one)])
    refused("storage.tree.nested", store.publish, [Tree("x/y/z", one), Tree("x", one)])
    refused("storage.tree.empty", store.publish, [Tree("x", one), Tree("y", {})])
    refused("storage.key.clash", store.publish, [Tree("x", {"a": b"", "a/b": b""})])
    assert not list(store.list())


def test_delete_is_idempotent(store: Store) -> None:
    store.put("a/b/c", b"")
    store.delete("a/b/c")
    store.delete("a/b/c")
    store.delete("never/was")
    assert not list(store.list())
    assert not list(store.strays())
    store.put("a", b"now a file")


def test_delete_leaves_folders_and_neighbours(store: Store) -> None:
    store.put_many({"a/b": b"", "a/c": b""})
    store.delete("a")
    store.delete("a/b")
    assert list(store.list()) == ["a/c"]


def test_delete_tree_is_idempotent_and_exact(store: Store) -> None:
    store.put_many({"a/b/1": b"", "a/b/c/2": b"", "a/bc": b"", "f": b""})
    store.delete_tree("a/b")
    store.delete_tree("a/b")
    store.delete_tree("f")
    assert list(store.list()) == ["a/bc", "f"]
    store.publish([Tree("a/b", {"1": b"new"})])
    assert read(store, "a/b/1") == b"new"


def test_local_path_reads_the_same(store: Store) -> None:
    store.put("a/b", b"bytes")
    path = store.local_path("a/b")
    assert path is None or path.read_bytes() == b"bytes"


def test_url_names_the_store(store: Store) -> None:
    assert ":" in store.url


segments = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60)
keys = st.lists(segments, min_size=1, max_size=4).map("/".join)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=st.lists(st.tuples(st.sampled_from("prtdx"), keys, st.binary(max_size=20)), max_size=12))
def test_random_acts_leave_what_memory_says(store: Store, operations: list[tuple[str, str, bytes]]) -> None:
    model = MemoryStore()
    for key in list(store.list()):
        store.delete(key)
    for verb, key, data in operations:
        assert _outcome(store, verb, key, data) == _outcome(model, verb, key, data)
    assert list(store.list()) == list(model.list())
    assert all(read(store, key) == read(model, key) for key in model.list())


def _outcome(store: Store, verb: str, key: str, data: bytes) -> str:
    try:
        if verb == "t":
            store.publish([Tree(key, {"one": data, "two/three": data})])
        elif verb == "d":
            store.delete(key)
        elif verb == "x":
            store.delete_tree(key)
        else:
            store.put(key, data, replace=verb == "r")
    except (Conflict, Invalid) as error:
        return error.code
    return "done"


@given(keys)
def test_acceptable_keys_come_back_unchanged(key: str) -> None:
    try:
        assert check_key(key) == key
    except Invalid as error:
        assert error.code.startswith("storage.key.")
