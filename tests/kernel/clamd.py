"""A real ClamAV daemon with a one-line database of our own, for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
STREAM_LIMIT = 2 << 20


def program() -> str | None:
    """Return where the daemon is installed, or None."""
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def daemon(folder: Path) -> Iterator[str]:
    """Run the daemon with its files in ``folder``; yield the path of its socket."""
    found = program()
    if found is None:
        pytest.skip("no clamd on this machine")
    (folder / "db").mkdir()
    (folder / "db" / "own.ndb").write_text(f"Eicar-Test-Own:0:*:{EICAR.hex()}\n")
    address = folder / "clamd.sock"
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder / 'db'}\nLocalSocket {address}\nForeground yes\n"
        f"StreamMaxLength {STREAM_LIMIT}\nMaxThreads 2\n"
    )
    process = subprocess.Popen(
        [found, "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(address, process)
        yield str(address)
    finally:
        process.terminate()
        process.wait(20)


def _await(address: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the daemon answers on its socket."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            try:
                link.connect(str(address))
            except OSError:
                os.sched_yield()
            else:
                return
    pytest.skip("clamd is installed but did not start")
