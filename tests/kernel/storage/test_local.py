"""What only a local folder can show: killed writers, strays, full disks, links, several processes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.storage import LocalStore, Taken, Tree, medium, read
from lantai.kernel.storage.keys import STAGING
from lantai.kernel.storage.staging import PLAN

WRITER = """
import sys
from pathlib import Path
from lantai.kernel.storage import LocalStore, Tree
store = LocalStore(Path(sys.argv[1]))
round = sys.argv[2]
print("ready", flush=True)
for batch in range(1000):
    files = {f"d{f}/f{f}": bytes([f]) * 500 for f in range(6)}
    store.publish([Tree(f"{round}/{batch}/{n:02}/tree", files) for n in range(20)])
    print(batch, flush=True)
"""


def start(script: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script, *args], stdout=subprocess.PIPE, text=True)


def test_a_killed_publish_shows_whole_trees_and_its_leftovers_are_collected(tmp_path: Path) -> None:
    """kill -9 at 36 random moments: every acknowledged batch is there, every visible tree is whole."""
    store = LocalStore(tmp_path / "store")
    chance = random.Random(20261122)
    left_behind = 0
    for attempt in range(36):
        process = start(WRITER, str(store.root), str(attempt))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        began = time.monotonic()
        delay = chance.uniform(0.0, 0.06)
        while time.monotonic() - began < delay:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        told = [int(line) for line in process.stdout.read().split()]
        process.stdout.close()
        sizes: dict[str, int] = {}
        for key in store.list(str(attempt)):
            assert store.size(key) == 500
            tree = key.rsplit("/", 2)[0]
            sizes[tree] = sizes.get(tree, 0) + 1
        assert set(sizes.values()) <= {6}
        for batch in told:
            assert sum(tree.startswith(f"{attempt}/{batch}/") for tree in sizes) == 20
        left_behind += store.collect_staging()
        assert not (store.root / STAGING).exists()
        assert not list(store.strays())
    assert left_behind > 10


def test_a_writer_killed_before_its_plan_was_written_is_collected(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    folder = tmp_path / STAGING / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / PLAN).touch()
    assert store.collect_staging() == 1
    assert not (tmp_path / STAGING).exists()


def test_the_work_of_a_living_writer_is_not_collected(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    with store._staging.folder() as stage:
        Path(stage, "precious").write_bytes(b"x")
        assert LocalStore(tmp_path).collect_staging() == 0
        assert list(store.list()) == []
        assert list(store.strays()) == []
        assert Path(stage, "precious").exists()
    assert not (tmp_path / STAGING).exists()


def test_processes_share_a_store_without_losing_folders(tmp_path: Path) -> None:
    """Two processes create and delete below the same folders: pruning never fails the other's write."""
    script = """
import sys
from pathlib import Path
from lantai.kernel.storage import LocalStore, Tree
store, me = LocalStore(Path(sys.argv[1])), sys.argv[2]
for n in range(150):
    store.put(f"a/b/{me}-{n}", b"")
    store.publish([Tree(f"a/c/{me}-{n}", {"x": b""})])
    assert f"a/b/{me}-{n}" in list(store.list())
    store.delete(f"a/b/{me}-{n}")
    store.delete_tree(f"a/c/{me}-{n}")
store.put(f"a/b/{me}", b"")
"""
    writers = [start(script, str(tmp_path), name) for name in "xy"]
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert list(LocalStore(tmp_path).list()) == ["a/b/x", "a/b/y"]
    assert not (tmp_path / STAGING).exists()


def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path) -> None:
    """On a file system of 1 MiB, mounted by a process of its own name space."""
    script = """
import sys
from pathlib import Path
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage import LocalStore, Tree, Taken
store = LocalStore(Path(sys.argv[1]))
store.put("there", b"x")
for work in (lambda: store.put("big", b"x" * 3_000_000),
             lambda: store.put("there", b"x" * 3_000_000, replace=True),
             lambda: store.publish([Tree(f"t/{n}", {"a": b"y" * 500_000}) for n in range(6)])):
    try:
        work()
    except Unavailable as error:
        assert error.code == "storage.disk.full", error
        assert error.facts["needed"] == 3_000_000 and error.facts["free"] is not None, error.facts
    else:
        raise SystemExit("not refused")
    assert list(store.list()) == ["there"] and store.size("there") == 1
    assert not list(store.strays()) and not list(Path(sys.argv[1]).glob(".*"))
store.put("fits", b"x" * 300_000)
"""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not here, so no small file system can be mounted")
    mount = f'mount -t tmpfs -o size=1m none "{tmp_path}"'
    quoted = f'{mount} && exec "{sys.executable}" -c "$SCRIPT" "{tmp_path}"'
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True)
    if probe.returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", quoted],
        env={**os.environ, "SCRIPT": script},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_write_refused_by_the_system_is_unavailable(tmp_path: Path) -> None:
    """A limit on file sizes (EFBIG) is neither a full disk nor a programming error."""
    script = """
import resource, signal, sys
from pathlib import Path
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage import LocalStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
store = LocalStore(Path(sys.argv[1]))
try:
    store.put("big", b"x" * 2000)
except Unavailable as error:
    assert error.code == "storage.store.failed", error
    assert not list(store.list())
else:
    raise SystemExit("not refused")
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_strays_are_told_and_never_listed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a/file", b"")
    (tmp_path / "a" / "empty" / "deeper").mkdir(parents=True)
    (tmp_path / "a" / "link").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb0\xa1")).write_bytes(b"")
    assert list(store.list()) == ["a/file"]
    assert [(stray.key, stray.kind) for stray in store.strays()] == [
        ("\\udcb0\\udca1", "name"),
        ("a/empty/deeper", "empty"),
        ("a/link", "link"),
        ("pipe", "special"),
    ]
    assert [stray.key for stray in store.strays("a/empty/deeper")] == ["a/empty/deeper"]


def test_links_and_pipes_are_not_read(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    for key in ("link", "pipe"):
        assert not store.exists(key)
        with pytest.raises(Corrupt) as caught:
            store.open(key)
        assert caught.value.code == "storage.file.odd"


def test_publish_replaces_empty_folders(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    store.publish([Tree("a", {"x": b"1"})])
    assert list(store.list()) == ["a/x"]
    assert not list(store.strays())


def test_a_failed_write_leaves_no_empty_folders(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    with pytest.raises(LantaiError):
        store.publish([Tree("a/b/c", {"x": b"", "y": tmp_path / "missing"})])
    assert not list(store.strays())
    assert not list(store.list())


def test_taken_files_are_not_copied(tmp_path: Path) -> None:
    source = tmp_path / "big"
    source.write_bytes(b"x")
    number = source.stat().st_ino
    store = LocalStore(tmp_path / "store")
    store.publish([Tree("t", {"big": Taken(source)})])
    path = store.local_path("t/big")
    assert path is not None
    assert path.stat().st_ino == number
    assert path.stat().st_nlink == 1


def test_reading_creates_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "nowhere")
    assert list(store.list()) == []
    assert not store.exists("a")
    store.delete("a")
    store.delete_tree("a")
    assert store.collect_staging() == 0
    assert not (tmp_path / "nowhere").exists()


def test_without_syncfs_every_file_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = medium.sync_file
    monkeypatch.setattr(medium, "_syncfs", None)
    monkeypatch.setattr(medium, "sync_file", lambda path: (synced.append(Path(path).name), real(path))[1])
    store = LocalStore(tmp_path)
    store.publish([Tree(f"t/{number}", {"a": b"1", "b/c": b"2"}) for number in range(20)])
    assert synced.count("a") == synced.count("c") == synced.count("b") == 20
    assert read(store, "t/7/b/c") == b"2"


def test_a_file_in_the_place_of_the_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LantaiError) as caught:
        LocalStore(tmp_path / "file").put("a", b"")
    assert caught.value.code == "storage.key.clash"
