from __future__ import annotations

import os
import socket
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.kernel.antivirus import Outcome, Scan, Scanner, Version, read_version, scan_many
from lantai.kernel.errors import Unavailable
from tests.kernel import clamd


@pytest.fixture(scope="module")
def scanner() -> Iterator[Scanner]:
    with tempfile.TemporaryDirectory(prefix="av") as folder, clamd.daemon(Path(folder)) as address:
        yield Scanner(address, seconds=20)


def test_malware_is_named_also_inside_a_zip(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "clean").write_bytes(b"nothing to see")
    (tmp_path / "raw").write_bytes(clamd.EICAR)
    with zipfile.ZipFile(tmp_path / "in.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("x", clamd.EICAR)
    (tmp_path / "empty").write_bytes(b"")
    told = list(scan_many(scanner, [tmp_path / name for name in ("clean", "raw", "in.zip", "empty")]))
    assert [scan.outcome for scan in told] == ["clean", "infected", "infected", "clean"]
    assert "Eicar-Test-Own" in told[1].name


def test_a_file_over_the_limit_is_not_scanned_and_never_clean(scanner: Scanner, tmp_path: Path) -> None:
    with open(tmp_path / "big", "wb") as out:
        out.truncate(clamd.STREAM_LIMIT * 8)
    told = scanner.scan(tmp_path / "big")
    assert told.outcome is Outcome.NOT_SCANNED
    assert told.reason


def test_the_engine_is_told(scanner: Scanner) -> None:
    assert scanner.version().engine.startswith("ClamAV ")


def test_the_signature_date_is_read() -> None:
    version = read_version("ClamAV 1.4.6/27600/Sat Nov 21 08:30:00 2026")
    assert (version.engine, version.signatures) == ("ClamAV 1.4.6", "27600")
    assert version.signature_date is not None
    assert version.signature_date.isoformat() == "2026-11-21T08:30:00"
    assert read_version("ClamAV 1.4.6") == Version("ClamAV 1.4.6")
    assert read_version("ClamAV 1.4.6/1/rubbish").signature_date is None


def test_without_a_daemon_nothing_is_clean(tmp_path: Path) -> None:
    away = Scanner(str(tmp_path / "no.sock"))
    (tmp_path / "f").write_bytes(b"x")
    assert away.scan(tmp_path / "f").outcome is Outcome.NOT_SCANNED
    with pytest.raises(Unavailable) as caught:
        away.version()
    assert caught.value.code == "antivirus.daemon.unreachable"


def test_a_missing_file_is_not_scanned(scanner: Scanner, tmp_path: Path) -> None:
    assert scanner.scan(tmp_path / "missing").outcome is Outcome.NOT_SCANNED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"stream: OK\0", Scan(Outcome.CLEAN)),
        (b"stream: X.Y FOUND\0", Scan(Outcome.INFECTED, name="X.Y")),
        (b"", Scan(Outcome.NOT_SCANNED, reason="the daemon gave no answer")),
        (b"INSTREAM size limit exceeded. ERROR\0", None),
        (b"stream: OKAY\0", None),
    ],
)
def test_only_the_one_answer_means_clean(tmp_path: Path, answer: bytes, expected: Scan | None) -> None:
    (tmp_path / "f").write_bytes(b"x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer_once, args=(server, answer))
        thread.start()
        host, port = server.getsockname()
        told = Scanner(f"{host}:{port}", seconds=10).scan(tmp_path / "f")
        thread.join()
    if expected is None:
        assert told.outcome is Outcome.NOT_SCANNED
    else:
        assert told == expected


def _answer_once(server: socket.socket, answer: bytes) -> None:
    link, _ = server.accept()
    with link:
        said = b""
        while not said.endswith(bytes(4)):
            said += link.recv(1 << 16)
        link.sendall(answer)


def test_the_daemon_leaves_no_descriptor_open(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        scanner.scan(tmp_path / "f")
    assert len(os.listdir("/proc/self/fd")) == before
