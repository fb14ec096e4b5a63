"""The contract of `Store` kept by a bucket of a real S3 server, as far as a service without folders can keep it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Conflict, Corrupt, Forbidden, Invalid, LantaiError, Unavailable
from lantai.kernel.storage import Flow, Store, read
from lantai.kernel.storage.objects import Bucket, BucketStore, Patience, read_back, written
from lantai.kernel.storage.opening import Key, opened, read_address
from lantai.kernel.storage.probe import probe
from tests.kernel.storage import test_conformance as suite
from tests.s3 import Server

NOT_HERE = {
    "test_only_one_of_many_racing_writers_wins",
    "test_put_many_writes_all",
    "test_a_file_is_no_folder",
    "test_random_acts_leave_what_memory_says",
    "test_acceptable_keys_come_back_unchanged",
    "test_delete_leaves_folders_and_neighbours",
}
"""A service has no folders that could clash with files; this one looks before it creates, but not at once; one test asks
hundreds of times for what others show; one is about no store."""

pytestmark = pytest.mark.xdist_group("s3")
for _name in [name for name in dir(suite) if name.startswith("test_") and name not in NOT_HERE]:
    globals()[_name] = getattr(suite, _name)


@pytest.fixture(scope="module")
def bucket(s3_server: Server) -> str:
    return s3_server.bucket()


@pytest.fixture
def store(s3_server: Server, bucket: str) -> Iterator[Store]:
    made = BucketStore(Bucket(bucket, s3_server.endpoint, s3_server.key, s3_server.secret, "馆/档 案"))
    yield made
    for key in [*made.list()]:
        made.delete(key)


def test_a_large_file_goes_in_parts_and_comes_in_ranges(store: Store, tmp_path: Path) -> None:
    data = b"".join(bytes([number]) * (1 << 20) for number in range(20)) + b"end"
    flow = Flow(len(data), lambda: iter([data[: 11 << 20], data[11 << 20 :]]))
    store.put("large", flow)
    with store.open("large") as stream:
        stream.seek(-4, 2)
        assert stream.read() == b"\x13end"
        stream.seek(9 << 20)
        assert stream.read(1 << 20) == b"\x09" * (1 << 20)
        store.put("large", data[:-1], replace=True)
        stream.seek(0)
        with pytest.raises(Corrupt):
            stream.read()
    assert store.size("large") == len(data) - 1
    with pytest.raises(Conflict):
        store.put("large", data)
    with pytest.raises(Corrupt, match="other_size"):
        store.put("short", Flow(4, lambda: iter([b"123"])))
    assert not store.exists("short")


def test_the_probe_finds_nothing_wrong(store: Store) -> None:
    assert probe(store) == []
    assert not list(store.list())


@pytest.mark.parametrize(
    "key", ["a\nb/\x7f", " ends with a blank ", "100%/%41%20", "\ufffe\uffff/#?&+*", "é/é"]
)
def test_odd_names_come_back(store: Store, key: str) -> None:
    store.put(key, b"1")
    assert list(store.list()) == [key]
    assert read(store, key) == b"1"


def test_what_refuses_is_told(s3_server: Server, bucket: str) -> None:
    server = s3_server
    once = Patience(seconds=2, connect=1, repeats=0, altogether=1)

    def said(kind: type[LantaiError], made: Store) -> str:
        with pytest.raises(kind) as caught:
            made.put("k", b"")
        return caught.value.code

    wrong = BucketStore(Bucket(bucket, server.endpoint, server.key, "wrong"), once)
    assert said(Forbidden, wrong) == "storage.bucket.refused"
    none = BucketStore(Bucket("no-such-bucket", server.endpoint, server.key, server.secret), once)
    assert said(Unavailable, none) == "storage.bucket.missing"
    nobody = BucketStore(Bucket(bucket, "http://127.0.0.1:9", server.key, server.secret), once)
    assert said(Unavailable, nobody) == "storage.store.failed"


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1).map(lambda t: t.replace("/", "") or "x"), min_size=1).map("/".join))
def test_names_of_objects_are_as_many_as_keys(key: str) -> None:
    try:
        name = written(key)
    except LantaiError:
        return
    assert read_back(name) == key


def test_addresses(tmp_path: Path) -> None:
    assert opened(str(tmp_path)).url == opened(tmp_path.as_uri()).url == tmp_path.as_uri()
    told = "s3://bucket/a/b?endpoint=https://s3.example:9000&region=cn-1&virtual=1"
    assert str(read_address(told)) == told
    assert opened(told, Key("k", "geheim")).url == "s3://bucket/a/b?endpoint=https://s3.example:9000"
    for url, code in {
        "": "storage.address.wrong",
        "relative": "storage.address.wrong",
        "ftp://x/y": "storage.address.wrong",
        "s3://bucket": "storage.address.wrong",
        "s3://bucket?endpoint=https://h&secret=x": "storage.address.wrong",
        "s3://bucket?endpoint=http://far.example": "storage.address.insecure",
        "s3://k:s@bucket?endpoint=https://h": "storage.address.secret",
        "s3://bucket?endpoint=https://k:s@h": "storage.address.secret",
        "s3://bucket/../x?endpoint=https://h": "storage.key.unsafe",
        "s3://bucket?endpoint=https://h": "storage.address.keyless",
    }.items():
        with pytest.raises(Invalid) as caught:
            opened(url)
        assert caught.value.code == code, url
