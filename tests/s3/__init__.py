"""A real S3 server on loopback for tests: OpenStack Swift with its S3 face, from PyPI, in an environment of its own.

``make .venv/.s3`` makes the environment from ``requirements.lock``; :func:`serving` starts account, container, object
and proxy server, and ends them.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import obstore
from obstore.store import S3Store

PROGRAMS = Path(__file__).parents[2] / ".venv" / "s3" / "bin"
KEY, SECRET = "test:tester", "testing"
PATIENCE = 60.0
ENVIRONMENT = {**os.environ, "EVENTLET_NO_GREENDNS": "yes"}
"""Half of a server's start is a resolver of names that nobody needs on loopback."""

KINDS = ("account", "container", "object")

SHARED = """[swift-hash]
swift_hash_path_suffix = loopback
swift_hash_path_prefix = loopback
[swift-constraints]
max_file_size = 5368709122
"""
COMMON = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
user = {user}
swift_dir = {folder}
devices = {folder}/data
mount_check = false
workers = 0
disable_fallocate = true
log_name = {kind}
log_level = ERROR
recon_cache_path = {folder}/cache
"""
KEEPER = """[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
auth_pipeline_check = false
s3_acl = false
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
"""
FILTERS = ("catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "copy", "slo", "dlo")


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server answers, and who may ask."""

    endpoint: str
    key: str = KEY
    secret: str = SECRET

    def bucket(self) -> str:
        """Make an empty bucket and return its name."""
        name = f"bucket-{secrets.token_hex(4)}"
        place = S3Store(
            name,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=self.key,
            secret_access_key=self.secret,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )
        signed = obstore.sign(place, "PUT", "", timedelta(minutes=5))
        with urlopen(Request(signed, method="PUT")):
            return name


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run the server on four free ports of loopback, its files below ``folder``."""
    ports = _free_ports(4)
    _lay_out(folder, ports)
    running: list[subprocess.Popen[bytes]] = []
    try:
        for kind in (*KINDS, "proxy"):
            with open(folder / f"{kind}.log", "wb") as log:
                told = [PROGRAMS / f"swift-{kind}-server", folder / f"{kind}-server.conf"]
                running.append(subprocess.Popen(told, stdout=log, stderr=log, env=ENVIRONMENT))
        _wait(f"http://127.0.0.1:{ports[-1]}/healthcheck", running)
        yield Server(f"http://127.0.0.1:{ports[-1]}")
    finally:
        for one in running:
            one.kill()
        for one in running:
            one.wait()


def _lay_out(folder: Path, ports: list[int]) -> None:
    (folder / "data" / "d1").mkdir(parents=True)
    (folder / "cache").mkdir()
    (folder / "swift.conf").write_text(SHARED)
    told = {"folder": folder, "user": getpass.getuser()}
    _rings(folder, ports)
    for kind, port in zip(KINDS, ports, strict=False):
        head = COMMON.format(port=port, kind=kind, **told)
        (folder / f"{kind}-server.conf").write_text(head + KEEPER.format(kind=kind))
    head = COMMON.format(port=ports[-1], kind="proxy", **told)
    filters = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in FILTERS)
    (folder / "proxy-server.conf").write_text(head + PROXY + filters)


def _rings(folder: Path, ports: list[int]) -> None:
    """Make the three rings in one process: each start of the program costs half a second."""
    lines = ["import sys", "from swift.cli.ringbuilder import main"]
    for kind, port in zip(KINDS, ports, strict=False):
        builder = str(folder / f"{kind}.builder")
        for step in (["create", "1", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]):
            told = ["ring", builder, *step]
            lines.append(f"try: main({told!r})\nexcept SystemExit as end: assert not end.code")
    program = [PROGRAMS / "python", "-c", "\n".join(lines)]
    subprocess.run(program, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)


def _free_ports(count: int) -> list[int]:
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [one.getsockname()[1] for one in with_ports]
    for one in with_ports:
        one.close()
    return found


def _wait(url: str, running: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(url):
                return
        except (URLError, ConnectionError):
            assert time.monotonic() < end, "the S3 server does not answer"
            assert all(one.poll() is None for one in running), "the S3 server ended"
            threading.Event().wait(0.1)
