"""Fixtures every test may use: a site of its own, and the cast of the product's story."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOM = 4 << 30
"""Bytes of memory that must be free before temporary folders are put there."""


def _in_memory(folder: Path = Path("/dev/shm")) -> None:
    """Put temporary folders into memory where there is room: no test is about power loss, all wait for fsync.

    ``TMPDIR`` says otherwise.
    """
    if "TMPDIR" in os.environ or not os.access(folder, os.W_OK):
        return
    told = os.statvfs(folder)
    room = min(told.f_bavail * told.f_frsize, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    if room < _ROOM or told.f_flag & os.ST_NOEXEC:
        return
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None


_in_memory()

# Settings read LANTAI_HOME when they are imported: the session gets a folder of its own before that.
_SESSION = tempfile.TemporaryDirectory(prefix="lantai-tests-")
os.environ["LANTAI_HOME"] = _SESSION.name
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest  # noqa: E402

from lantai.base.actors import SYSTEM, Actor  # noqa: E402
from lantai.kernel.collector import look_seldom  # noqa: E402
from tests import states  # noqa: E402
from tests.s3 import PROGRAMS, Server, serving  # noqa: E402

PASSWORD = "correct-horse-兰台"


def pytest_configure(config: pytest.Config) -> None:
    """Under CI a skipped test is a failure."""
    config.stash[_CI] = os.environ.get("CI") == "true"


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported by now stays: look for cycles as seldom as the product's own processes do."""
    look_seldom()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: at the end no worker is left alone with one of minutes while the others have nothing."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


_CI: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and item.config.stash[_CI] and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> None:
    """Passwords of tests need no slow hash; that the product uses Argon2 is a test of its own."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def quick_rows() -> None:
    """Rows that change are noted where a test asks for it (``noted``): emptying a table with triggers takes its time."""
    from django.conf import settings

    settings.ROW_NOTES = False


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> None:
    """Empty the database after a test by laying an empty one over it: a hundred DELETEs take ten times as long.

    The empty one is what the first emptying left. Where the database is no SQLite in memory, Django's own way stays.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db.models.signals import post_migrate
    from django.test import TransactionTestCase

    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
    post_migrate.disconnect(create_contenttypes)
    plainly = TransactionTestCase._fixture_teardown

    def emptied(case: TransactionTestCase) -> None:
        states.once("empty", lambda: plainly(case))

    TransactionTestCase._fixture_teardown = emptied


@dataclass(frozen=True)
class Site:
    """A founded site in a temporary folder."""

    root: Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Site]:
    """An empty, founded site with the test database; its vault, index and keys are in a temporary folder.

    It is founded once in a process; every test gets a copy of that.
    """
    from lantai.base.home import home
    from lantai.ledger.services import followers, found
    from lantai.search.index import close_all

    root = tmp_path / "site"
    monkeypatch.setenv("LANTAI_HOME", str(root))
    monkeypatch.setattr(followers, "_followers", dict(followers._followers))  # a test's own leave with it

    def make() -> None:
        home().make()
        found(SYSTEM, name="云岭区档案馆")

    states.once("founded", make, root)
    yield Site(root)
    close_all()


_PEOPLE = {
    "沈文": ("shenwen", "clerk", "MZJ"),
    "他局": ("taju", "clerk", "JYJ"),
    "陆安": ("luan", "intake", ""),
    "何恒": ("heheng", "preservation", ""),
    "顾闻": ("guwen", "reading", ""),
    "严慎": ("yanshen", "reviewer", ""),
    "方正": ("fangzheng", "bureau", ""),
    "系统管理员": ("sysadmin", "sysadmin", ""),
    "安全保密员": ("secadmin", "secadmin", ""),
    "安全审计员": ("auditor", "auditor", ""),
}


@pytest.fixture
def cast(site: Site) -> dict[str, Actor]:
    """The people of the story as actors, by name, in two units with a fonds each."""
    from lantai.people import queries

    states.once("cast", _enter)
    return {name: queries.actor(username) for name, (username, _, _) in _PEOPLE.items()}


def _enter() -> None:
    """Enter units, fonds and people by the services, as a site does."""
    from lantai.holdings.services import add_fonds
    from lantai.people.services import add_account, add_unit, grant_role

    add_unit(SYSTEM, "MZJ", "区民政局")
    add_unit(SYSTEM, "JYJ", "区教育局")
    add_fonds(SYSTEM, "Z109", "云岭区民政局", unit="MZJ")
    add_fonds(SYSTEM, "Z110", "云岭区教育局", unit="JYJ")
    for name, (username, role, unit) in _PEOPLE.items():
        add_account(SYSTEM, username, name, password=PASSWORD)
        grant_role(SYSTEM, username, role, unit=unit)


@pytest.fixture
def noted(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rows that change are noted and written into the vault, as in a site; those of the cast are its first whole copy."""
    from django.conf import settings
    from django.db import connection

    from lantai.ledger.rows import make_triggers, remove_triggers

    monkeypatch.setattr(settings, "ROW_NOTES", True)
    make_triggers(connection)
    yield
    remove_triggers(connection)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real S3 server on loopback, one for all tests of the group ``s3``."""
    if not PROGRAMS.exists():
        pytest.skip("no S3 server here: make .venv/.s3")
    with serving(tmp_path_factory.mktemp("s3") / "swift") as running:
        yield running
