"""``lantai serve`` under attack: a crashed web process, a killed parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def _children(pid: int) -> list[int]:
    """Return the living processes below ``pid``, nearest first."""
    try:
        near = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return near + [far for one in near for far in _children(one)]


def _alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _called(pid: int) -> str:
    """Return what the process is, for who reads why a test failed."""
    told = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return f"{pid} {told[-160:]} {Path(f'/proc/{pid}/wchan').read_text()}"


def _until(what: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        threading.Event().wait(0.1)
    return False


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A site served on a free port, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "LANTAI_HOME": str(tmp_path)}
    lantai = [sys.executable, "-m", "lantai"]
    subprocess.run([*lantai, "init"], env=environment, check=True, capture_output=True)
    command = [*lantai, "serve", "--port", str(port), "--workers", "1"]
    parent = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/sign-in/"
    known: set[int] = set()
    try:
        assert _until(lambda: _answers(address))
        known = set(_children(parent.pid))
        yield parent, address
    finally:
        known |= set(_children(parent.pid))
        parent.kill()
        parent.wait()
        for pid in filter(_alive, known):
            os.kill(pid, signal.SIGKILL)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_web_process_that_crashes_is_replaced(served: tuple[subprocess.Popen[bytes], str]) -> None:
    parent, address = served
    near = [int(one) for one in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]
    web = next(pid for pid in near if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes())
    crashed = [
        pid for pid in _children(web) if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(crashed[-1], signal.SIGKILL)
    assert _until(lambda: not _alive(crashed[-1]))
    assert _until(lambda: _answers(address))
    assert parent.poll() is None


def test_nobody_outlives_a_parent_that_is_killed(served: tuple[subprocess.Popen[bytes], str]) -> None:
    parent, _ = served
    below = _children(parent.pid)
    assert below
    parent.kill()
    parent.wait()
    assert _until(lambda: not any(map(_alive, below)), 120), [_called(pid) for pid in below if _alive(pid)]
