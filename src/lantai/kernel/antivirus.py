"""Asking a ClamAV daemon whether a file carries malware; no answer is never taken for "clean".

The file is sent over the daemon's socket (command INSTREAM: chunks of four-byte length and data, a zero
length ends), so that daemon and files need not share a file system.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Protocol

from lantai.kernel.errors import Unavailable

CHUNK = 1 << 18
SECONDS = 120.0
ANSWER_LIMIT = 4096
THREADS = 4
BATCH = 256


class Outcome(StrEnum):
    """What is known about a file after a scan."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not_scanned"


@dataclass(frozen=True, slots=True)
class Scan:
    """The outcome for one file: ``name`` of the malware, or ``reason`` why it was not scanned."""

    outcome: Outcome
    name: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """Engine ("ClamAV 1.4.6"), number and date of the signature database ("" and None without one)."""

    engine: str
    signatures: str = ""
    signature_date: datetime | None = None


class Scans(Protocol):
    """Whatever can be asked about malware."""

    def version(self) -> Version:
        """Return engine and signatures; ``Unavailable("antivirus.daemon.unreachable")``."""

    def scan(self, path: Path) -> Scan:
        """Return the outcome for one file; never raises for the daemon's sake."""


class Scanner:
    """A ClamAV daemon at ``address``: the path of a Unix socket, or ``host:port``."""

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        self.address = address
        self._seconds = seconds

    def version(self) -> Version:
        """Return engine and signatures as the daemon tells them."""
        try:
            with self._connect() as link:
                link.sendall(b"zVERSION\0")
                return read_version(_answer(link))
        except OSError as problem:
            raise Unavailable(
                "antivirus.daemon.unreachable", address=self.address, reason=str(problem)
            ) from problem

    def scan(self, path: Path) -> Scan:
        """Send the file; a refused size, a broken pipe or silence is "not scanned" with the reason."""
        try:
            with open(path, "rb", buffering=0) as stream, self._connect() as link:
                link.sendall(b"zINSTREAM\0")
                try:
                    while part := stream.read(CHUNK):
                        link.sendall(struct.pack(">I", len(part)) + part)
                    link.sendall(struct.pack(">I", 0))
                except (BrokenPipeError, ConnectionResetError) as problem:
                    return Scan(Outcome.NOT_SCANNED, reason=_last_words(link) or str(problem))
                return _outcome(_answer(link))
        except OSError as problem:
            return Scan(Outcome.NOT_SCANNED, reason=str(problem) or type(problem).__name__)

    def _connect(self) -> socket.socket:
        host, _, port = self.address.rpartition(":")
        if host and port.isdigit():
            return socket.create_connection((host, int(port)), self._seconds)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.settimeout(self._seconds)
            link.connect(self.address)
        except OSError:
            link.close()
            raise
        return link


def scan_many(scanner: Scans, paths: Iterable[Path], threads: int = THREADS) -> Iterator[Scan]:
    """Yield the outcome of each path in order, several files at a time."""
    remaining = iter(paths)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(remaining, BATCH)):
            yield from pool.map(scanner.scan, batch)


def _answer(link: socket.socket) -> str:
    said = b""
    while len(said) < ANSWER_LIMIT and not said.endswith(b"\0"):
        part = link.recv(ANSWER_LIMIT)
        if not part:
            break
        said += part
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _last_words(link: socket.socket) -> str:
    """Return what the daemon said before it hung up ("INSTREAM size limit exceeded"), or ""."""
    try:
        return _answer(link)
    except OSError:
        return ""


def _outcome(said: str) -> Scan:
    told = said.removeprefix("stream: ")
    if told == "OK":
        return Scan(Outcome.CLEAN)
    if told.endswith(" FOUND"):
        return Scan(Outcome.INFECTED, name=told.removesuffix(" FOUND"))
    return Scan(Outcome.NOT_SCANNED, reason=told or "the daemon gave no answer")


def read_version(said: str) -> Version:
    """Read ``ClamAV 1.4.6/27600/Sat Nov 21 08:30:00 2026``; without a database only the engine is told."""
    engine, _, rest = said.partition("/")
    number, _, date = rest.partition("/")
    try:
        when = datetime.strptime(" ".join(date.split()), "%a %b %d %H:%M:%S %Y") if date else None
    except ValueError:
        when = None
    return Version(engine, number, when)
