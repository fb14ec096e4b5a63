"""A folder brought by the desk's page, as its script sends it, against cp of the same folder.

Three lanes of pieces of 4 MiB over loopback, a SHA-512 made of every file before it goes, then one document per folder
is filed and compared with what was sent: the same work that a clerk's browser waits for.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import shutil
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.capture import Server, found
from bench.letters import pdf
from bench.memory import Memory
from bench.rows import Row, figure

PIECE = 4 << 20
LANES = 3
FOLDERS = 5


class Page:
    """The upload page of one clerk, with a connection per lane."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self._headers: dict[str, str] = {}
        self.ask("GET", "/sign-in/")
        self._form("/sign-in/", {"username": username, "password": password})
        self.ask("GET", "/desk/bring/")

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | memoryview = b"",
        line: http.client.HTTPConnection | None = None,
        **more: str,
    ) -> tuple[int, bytes]:
        """Send one request as the page would; return status and body."""
        line = line or http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        told = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "X-CSRFToken": self._cookies.get("lantai_csrf", ""),
            "Accept": "application/json",
        }
        line.request(
            method, path, body, told | {name.replace("_", "-"): value for name, value in more.items()}
        )
        answer = line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read()

    def _form(self, path: str, told: dict[str, str], **more: Any) -> tuple[int, Any]:
        kind = "application/x-www-form-urlencoded"
        status, body = self.ask("POST", path, urlencode(told).encode(), Content_Type=kind, **more)
        return status, json.loads(body) if body.startswith(b"{") else {}

    def bring(self, folder: Path) -> None:
        """Send a folder and file it as one document; what the desk says it kept must be what was sent."""
        group, paths = str(uuid.uuid4()), sorted(path for path in folder.iterdir())
        with ThreadPoolExecutor(LANES) as lanes:
            sent = list(lanes.map(lambda path: self._send(path, group), paths))
        told = {"unit": "U001", "way": "together", "title": "", "type": "WS", "list": json.dumps(sent)}
        status, answer = self._form("/desk/bring/", told)
        kept = [file["sha512"] for one in answer.get("outcomes", ()) for file in one["files"]]
        if status != 201 or sorted(kept) != sorted(one["sha512"] for one in sent):
            raise RuntimeError(f"{folder.name}: {status} {str(answer)[:2_000]}")

    def _send(self, path: Path, group: str) -> dict[str, Any]:
        data = path.read_bytes()
        digest = hashlib.sha512(data).hexdigest()
        status, made = self._form("/uploads/", {"name": path.name, "size": str(len(data)), "group": group})
        if status != 201:
            raise RuntimeError(f"{path.name}: {status} {made}")
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        for start in range(0, len(data), PIECE):
            piece = memoryview(data)[start : start + PIECE]
            headers = {"Upload_Offset": str(start), "Content_Type": "application/octet-stream"}
            status, body = self.ask("POST", f"/uploads/{made['id']}/", piece, line, **headers)
            if status != 200:
                raise RuntimeError(f"{path.name}: {status} {body[:500]!r}")
        line.close()
        return {
            "path": f"{path.parent.name}/{path.name}",
            "size": len(data),
            "sha512": digest,
            "upload": made["id"],
        }


def run(place: Path, files: int, size: int) -> list[Row]:
    """Bring ``files`` PDF files of about ``size`` bytes in ``FOLDERS`` folders."""
    here = place / "upload"
    source, site = here / "source", here / "site"
    total = _material(source, files, size)
    copied = _copied(source, here / "copy")
    found(site, 1)
    server = Server(site)
    server.start()
    memory = Memory(server.pid)
    try:
        page = Page(server.port, "clerk1", "correct-horse-1")
        with memory.watched():
            started = time.monotonic()
            for folder in sorted(source.iterdir()):
                page.bring(folder)
            ours = time.monotonic() - started
    finally:
        server.stop()
    shutil.rmtree(here)
    rate = Row(
        name=f"folder upload, {files} files of {size / 1e6:.0f} MB, filed",
        ours=round(total / 1e6 / ours, 1),
        unit="MB/s",
        floor=round(total / 1e6 / copied, 1),
        ratio=round(ours / copied, 2),
    )
    return [rate, figure("  peak memory of the server's processes", memory.peak / 1e6, "MB")]


def _material(source: Path, files: int, size: int) -> int:
    chance, total = random.Random(2026), 0
    for number in range(files):
        folder = source / f"卷{number % FOLDERS + 1}"
        folder.mkdir(parents=True, exist_ok=True)
        total += (folder / f"{number:04d}.pdf").write_bytes(pdf(chance, size))
    return total


def _copied(source: Path, copy: Path) -> float:
    os.sync()
    started = time.monotonic()
    subprocess.run(["cp", "-r", str(source), str(copy)], check=True)
    subprocess.run(["sync", "-f", str(copy)], check=True)
    spent = time.monotonic() - started
    shutil.rmtree(copy)
    return spent
