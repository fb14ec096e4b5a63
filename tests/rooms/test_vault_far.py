"""Copies far away: in a bucket of a real S3 server, sealed for a recipient, at services that hang or answer 500."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Corrupt, Unavailable
from lantai.kernel.storage import FolderStore, LocalStore, Store, read
from lantai.kernel.storage.objects import Bucket, BucketStore, Patience
from lantai.kernel.storage.opening import Key
from lantai.kernel.verify.cli import main as outsider
from lantai.ledger.models import Entry
from lantai.ledger.services import sequence
from lantai.vault import sealed
from lantai.vault.logbook import Logbook
from lantai.vault.models import Copy, Deposit, Target
from lantai.vault.parcel import parcel_of
from lantai.vault.places import keep_key, store_of
from lantai.vault.services import Couriers, Wanted, add_target, copy_to, ship
from lantai.vault.services.carriers import Set, write_carrier
from lantai.vault.store import repository
from tests.conftest import Site
from tests.s3 import Server
from tests.vaults import folder_target, keep, own_vault

ONCE = Patience(seconds=2, connect=1, repeats=0, altogether=1)


def contents(store: Store) -> dict[str, bytes]:
    return {key: read(store, key) for key in store.list()}


@pytest.mark.xdist_group("s3")
def test_a_bucket_becomes_a_whole_vault(site: Site, s3_server: Server) -> None:
    address = f"s3://{s3_server.bucket()}/兰台?endpoint={s3_server.endpoint}"
    wanted = Wanted("云", address, "省馆", "对象存储", key=Key(s3_server.key, s3_server.secret))
    keep(range(2))
    target = add_target(SYSTEM, wanted)
    secret = home().keys / "targets" / f"{target}.s3"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert not [entry for entry in Entry.objects.all() if s3_server.secret in entry.text]
    assert copy_to(target).copies == 2
    sequence()
    ship(target)
    there = contents(store_of(Target.objects.get(uuid=target)))
    assert {key: data for key, data in there.items() if key != "lantai-target.json"} == own_vault()
    store_of(Target.objects.get(uuid=target)).delete("lantai-target.json")
    with pytest.raises(Unavailable, match="away"):
        copy_to(target)


def test_a_sealed_copy_tells_nothing_and_opens_with_its_key(site: Site, tmp_path: Path) -> None:
    text, recipient = sealed.make_identity()
    identities = sealed.read_identities(text)
    keep(range(2))
    target = UUID(folder_target(tmp_path / "disk", recipient=recipient, understood=True))
    assert copy_to(target).copies == 2
    sequence()
    assert ship(target) > 0
    assert ship(target) == 0
    for path in (tmp_path / "disk").rglob("*"):
        assert "页" not in path.name
        assert path.is_dir() or "云岭".encode() not in path.read_bytes()
    there = LocalStore(tmp_path / "disk")
    row = Copy.objects.select_related("deposit").first()
    assert row is not None
    parcel = parcel_of(repository(), row.deposit)
    key = sealed.object_key(parcel.prefix, 1)
    assert there.size(key) == row.size
    assert sealed.sealed_faults(there, parcel, identities) == []
    with sealed.opened(there, "sealed/ledger/checkpoint.age", identities) as stream:
        assert stream.read() == (home().vault / "ledger" / "checkpoint").read_bytes()
    other = sealed.read_identities(sealed.make_identity()[0])
    with pytest.raises(Corrupt):
        sealed.sealed_faults(there, parcel, other)
    cipher = bytearray(read(there, key))
    cipher[-30] ^= 1
    there.put(key, bytes(cipher), replace=True)
    with pytest.raises(Corrupt):
        sealed.sealed_faults(there, parcel, identities)
    assert not list((home().root / "copies" / "sealing").iterdir())


def test_damage_here_is_not_sealed_away(site: Site, tmp_path: Path) -> None:
    keep([1])
    victim = next((home().vault / "ocfl").rglob("*第1页*"))
    victim.chmod(0o644)
    victim.write_bytes(b"rot")
    target = UUID(folder_target(tmp_path / "disk", recipient=sealed.make_identity()[1], understood=True))
    assert copy_to(target).failed == 1
    assert Copy.objects.get().problem["code"] == "vault.copy.source_damaged"
    assert not list((tmp_path / "disk").rglob("*.age"))


class Broken(BaseHTTPRequestHandler):
    """A service that answers 500 to everything."""

    def do_PUT(self) -> None:
        self.send_error(500)

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT

    def log_message(self, *told: object) -> None:
        """Say nothing."""


@pytest.fixture
def broken() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def bucket_row(name: str, endpoint: str) -> Target:
    """Make the row of a bucket that was registered when it still answered."""
    row = Target.objects.create(
        uuid=uuid4(),
        name=name,
        kind=Target.BUCKET,
        address=f"s3://bucket?endpoint={endpoint}",
        place="a",
        medium="b",
        bit=50,
        made_by="system",
        made_at=timezone.now(),
        tested_at=timezone.now(),
    )
    keep_key(row.uuid, row.address, Key("k", "s"))
    return row


def test_a_service_that_answers_500_is_told(site: Site, broken: str) -> None:
    keep([1])
    row = bucket_row("云", broken)
    store = BucketStore(Bucket("bucket", broken, "k", "s"), ONCE)
    with pytest.raises(Unavailable):
        copy_to(row.uuid, store=store)
    problem = Logbook(row.uuid).far("objects").problem
    assert problem is not None
    assert problem["code"] == "storage.store.failed"
    assert "500" in problem["facts"]["reason"]


def test_a_target_that_hangs_holds_up_nobody(site: Site, tmp_path: Path) -> None:
    keep([1])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = bucket_row("云", f"http://127.0.0.1:{silent.getsockname()[1]}")
        target = UUID(folder_target(tmp_path / "disk"))
        couriers = Couriers()
        assert couriers.advance(lambda: True) == 4
        for _ in range(400):
            if Copy.objects.filter(state="good").count() == Deposit.objects.count():
                break
            threading.Event().wait(0.05)
        assert Copy.objects.get().target.uuid == target
        far = Logbook(hanging.uuid).far("objects")
        assert far.seen > 0
        assert far.good == 0
        assert couriers.advance(lambda: True) == 0, "those that hang are not started twice"
    couriers.join(30)


def test_a_folder_of_a_store_is_a_store(tmp_path: Path) -> None:
    whole = LocalStore(tmp_path)
    part = FolderStore(whole, "a")
    part.put("b/c", b"1")
    assert list(whole.list()) == ["a/b/c"]
    assert (list(part.list()), list(part.list("b")), read(part, "b/c"), part.size("b/c")) == (
        ["b/c"],
        ["b/c"],
        b"1",
        1,
    )
    part.delete("b/c")
    assert not part.exists("b/c")


def test_carriers_hold_what_is_lacking_and_prove_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(range(4))
    sequence()
    target = add_target(SYSTEM, Wanted("入柜", "", "地下库", "蓝光光盘"))
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    second.mkdir()
    each = Deposit.objects.first().bytes + (16 << 10)  # type: ignore[union-attr]
    room = int((each * 2.5 + sum(len(data) for key, data in own_vault().items() if key[:4] != "ocfl")) / 0.95)
    made = write_carrier(SYSTEM, target, Set(first, "备-2026-01", capacity=room))
    assert (made.objects_held, made.place) == (2, "地下库")
    assert outsider([str(first), "--json"]) == 1, "it says what this carrier does not hold"
    table = (first / "数字摘要表.csv").read_bytes()
    assert made.table_sm3 == digest_bytes(table, ("sm3",)).sm3
    assert table.count(b"content/files") == 4
    assert (first / "载体标签.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(Conflict, match="occupied"):
        write_carrier(SYSTEM, target, Set(first, "备-2026-02"))
    with pytest.raises(Conflict, match="there"):
        write_carrier(SYSTEM, target, Set(second, "备-2026-01"))
    made = write_carrier(SYSTEM, target, Set(second, "备-2026-02", place="市馆"))
    assert (made.objects_held, Copy.objects.filter(state="good").count()) == (2, 4)
    with pytest.raises(Conflict, match="occupied"):
        write_carrier(SYSTEM, target, Set(second, "备-2026-03"))
    (tmp_path / "three").mkdir()
    with pytest.raises(Conflict, match="nothing"):
        write_carrier(SYSTEM, target, Set(tmp_path / "three", "备-2026-03"))
    capsys.readouterr()
