"""``lantai init|serve|worker|doctor``."""

from __future__ import annotations

import argparse
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from lantai.cli.output import document, note, say
from lantai.cli.verbs import Verbs, json_flag, verb
from lantai.kernel.errors import Conflict, NotFound, Unavailable

PORT = 8000
DRAIN_SECONDS = 30
_PR_SET_PDEATHSIG = 1


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    init = verb(verbs, "init", "建立空站点 · make an empty site", _init)
    init.add_argument("--name", default="区档案馆", help="档案馆名称 · name of the archives")
    init.add_argument(
        "--sign",
        default="ed25519",
        metavar="ed25519|sm2|ed25519+sm2",
        help="账本用什么签名 · what signs the ledger",
    )
    serve = verb(verbs, "serve", "网页与后台 · web and workers", _serve)
    serve.add_argument("--port", type=int, default=PORT)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--workers", type=int, default=2, help="网页进程数 · web processes")
    serve.add_argument("--background", type=int, default=2, help="后台进程数 · worker processes")
    verb(verbs, "worker", "只跑后台 · workers alone", _worker)
    doctor = verb(verbs, "doctor", "体检 · what is wrong and how to mend it", _doctor)
    json_flag(doctor)


def init_site(name: str, sign: str = "ed25519") -> None:
    """Make or upgrade the site in ``LANTAI_HOME``; on a complete one nothing happens."""
    from django.core.management import call_command

    from lantai.base.actors import SYSTEM
    from lantai.base.home import home
    from lantai.ledger.services import found
    from lantai.site.work import settle

    home().make()
    call_command("migrate", verbosity=0, interactive=False)
    found(SYSTEM, name=name, sign=sign.split("+"))
    _index()
    settle()


def _index() -> None:
    """Make the empty indexes, or build those anew that another release made: they cannot be read any more."""
    from lantai.base.actors import SYSTEM
    from lantai.desk.services import own_engine, rebuild_own_index
    from lantai.search.index import engine
    from lantai.search.services import rebuild

    indexes: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (engine, lambda: rebuild(SYSTEM)),
        (own_engine, lambda: rebuild_own_index(SYSTEM)),
    ]
    for opened, made_anew in indexes:
        try:
            opened()
        except Conflict as other:
            if other.code != "search.index.outdated":
                raise
            note("检索索引是另一版本建立的，正在重建……")
            made_anew()


def _init(given: argparse.Namespace) -> int:
    from lantai.base.home import home

    init_site(given.name, given.sign)
    say(f"站点在 {home().root}")
    return 0


def require_site() -> None:
    """Raise ``NotFound`` unless ``LANTAI_HOME`` holds a site."""
    from lantai.base.home import home

    if not (home().keys / "ledger.key").exists():
        raise NotFound("cli.site.missing", path=str(home().root))


def _join_site() -> None:
    """Say that the site is served; ``Conflict("cli.site.rebuilding")`` while its database is made anew."""
    from lantai.base.locks import join

    if not join("site"):
        raise Conflict("cli.site.rebuilding")


def _worker(given: argparse.Namespace) -> int:
    from lantai.site.work import work

    _join_site()
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    work(stop)
    return 0


@contextmanager
def worker_beside() -> Iterator[None]:
    """Run one more worker for as long as a long command takes, so that what it does is followed at once."""
    child = subprocess.Popen(
        [sys.executable, "-m", "lantai", "worker"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "lantai.site.settings"},
        start_new_session=True,
        preexec_fn=_end_with(os.getpid()),
    )
    try:
        yield
    finally:
        child.terminate()
        child.wait()


def _serve(given: argparse.Namespace) -> int:
    from lantai.base.home import home

    _join_site()
    _await_port(given.host, given.port)
    environment = {
        **os.environ,
        "LANTAI_HOME": str(home().root),
        "DJANGO_SETTINGS_MODULE": "lantai.site.settings",
    }
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "lantai.site.wsgi:application"]
    web += ["--host", given.host, "--port", str(given.port), "--workers", str(given.workers)]
    web += [
        "--blocking-threads",
        "4",
        "--no-ws",
        "--log-level",
        "warning",
        "--workers-kill-timeout",
        str(DRAIN_SECONDS),
        "--respawn-failed-workers",  # a file that crashes a renderer must not end the site
    ]
    worker = [sys.executable, "-m", "lantai", "worker"]
    note(f"http://{given.host}:{given.port}  （Ctrl-C 停止）")
    hint = home().keys / "demo-password.txt"
    if hint.exists():
        note(f"示例账号与密码见 {hint}")
    return Tree([web, *[worker] * max(1, given.background)], environment).run()


def _await_port(host: str, port: int) -> None:
    """Return when nobody listens on the port; the web server would share it in silence with another site.

    A server that was told to end may still be answering, so it waits as long as that may take.
    Raises ``Unavailable`` ``cli.port.taken``.
    """
    end = time.monotonic() + DRAIN_SECONDS + 5
    said = False
    while _taken(host, port):
        if time.monotonic() > end:
            raise Unavailable("cli.port.taken", host=host, port=port, other=port + 1)
        if not said:
            note(f"{host}:{port} 正被占用，最多等 {DRAIN_SECONDS + 5} 秒；也可以换一个：--port {port + 1}")
            said = True
        time.sleep(0.5)


def _taken(host: str, port: int) -> bool:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections just ended do not count
        try:
            asked.bind(address)
        except OSError as refused:
            if refused.errno == errno.EADDRINUSE:
                return True
            raise
    return False


def _end_with(parent: int) -> Callable[[], None] | None:
    """Return what makes a new process end when ``parent`` does, also by SIGKILL; None where Linux is not."""
    call = getattr(ctypes.CDLL(None), "prctl", None)
    if call is None:
        return None

    def arrange() -> None:
        call(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != parent:  # it was quicker
            os.kill(os.getpid(), signal.SIGTERM)

    return arrange


class Tree:
    """Child processes that live and end together; a worker that dies is started again, the web server ends it."""

    def __init__(self, commands: list[list[str]], environment: dict[str, str]) -> None:
        self._commands = commands
        self._environment = environment
        self._stop = threading.Event()
        self._children: list[subprocess.Popen[bytes]] = []

    def run(self) -> int:
        """Start all, watch, and end all on SIGTERM or SIGINT; return the web server's failure or 0."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        self._children = [self._start(command) for command in self._commands]
        status = 0
        while not self._stop.wait(0.5):
            if self._children[0].poll() is not None:
                status = 3
                break
            for place, child in enumerate(self._children[1:], 1):
                if child.poll() is not None:
                    note(f"后台进程 {child.pid} 退出（{child.returncode}），重新启动")
                    self._children[place] = self._start(self._commands[place])
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            try:
                child.wait(DRAIN_SECONDS + 5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        return status

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=self._environment, start_new_session=True, preexec_fn=_end_with(os.getpid())
        )

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()


def _doctor(given: argparse.Namespace) -> int:
    from lantai.site.doctor import examine

    ailments = examine()
    if given.json:
        rows = [{"ok": a.ok, "what": a.what, "found": a.found, "mend": a.mend} for a in ailments]
        document("doctor", {"healthy": all(a.ok or a.advice for a in ailments), "checks": rows})
    else:
        for ailment in ailments:
            mark = "✓" if ailment.ok else ("·" if ailment.advice else "✗")
            say(f"{mark} {ailment.what}：{ailment.found}" + (f"  →  {ailment.mend}" if ailment.mend else ""))
    return 0 if all(a.ok or a.advice for a in ailments) else 1
