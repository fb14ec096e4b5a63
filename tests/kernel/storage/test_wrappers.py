"""The read-only store refuses writes; the faulty one fails exactly where it was told to."""

from __future__ import annotations

import pytest

from lantai.kernel.errors import Forbidden, Unavailable
from lantai.kernel.storage import FaultyStore, MemoryStore, ReadOnlyStore, Tree, read


def test_read_only_refuses_every_write() -> None:
    inner = MemoryStore()
    inner.put("k", b"v")
    store = ReadOnlyStore(inner)
    for work in (
        lambda: store.put("a", b""),
        lambda: store.put_many({"a": b""}),
        lambda: store.publish([Tree("a", {"b": b""})]),
        lambda: store.delete("k"),
        lambda: store.delete_tree("k"),
    ):
        with pytest.raises(Forbidden) as caught:
            work()
        assert caught.value.code == "storage.store.read_only"
    assert list(store.list()) == ["k"]
    assert (store.size("k"), store.exists("k"), read(store, "k")) == (1, True, b"v")
    assert store.local_path("k") is None
    assert list(store.strays()) == []
    assert store.url == inner.url


def test_the_chosen_operation_fails_and_no_other() -> None:
    store = FaultyStore(MemoryStore(), at=2)
    store.put("a", b"")
    with pytest.raises(Unavailable):
        store.put("b", b"")
    store.put("c", b"")
    assert list(store.list()) == ["a", "c"]
    assert store.count == 3


def test_forever_and_kinds() -> None:
    mine = Unavailable("storage.disk.full", key="x", needed=1, free=0)
    inner = MemoryStore()
    inner.put("k", b"v")
    store = FaultyStore(inner, at=1, error=mine, kinds={"open"}, forever=True)
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            store.open("k")
        assert caught.value is mine
    store.put("other", b"")


def test_torn_writes_leave_half() -> None:
    inner = MemoryStore()
    with pytest.raises(Unavailable):
        FaultyStore(inner, at=1, tear=True).put("k", b"12345678")
    assert read(inner, "k") == b"1234"
    with pytest.raises(Unavailable):
        FaultyStore(inner, at=1, tear=True).publish(
            [Tree("t", {"1": b"whole", "2": b"halved", "3": b"gone"})]
        )
    assert {key: read(inner, key) for key in inner.list("t")} == {"t/1": b"whole", "t/2": b"hal"}
