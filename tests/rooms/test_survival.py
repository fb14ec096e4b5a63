"""Fetching from targets, bringing a database back, backups of it, and the ways in afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password

from lantai.base.actors import SYSTEM, Actor
from lantai.base.connections import working_on
from lantai.base.home import home
from lantai.base.locks import held, join
from lantai.cli.main import main
from lantai.exchange.endpoints import SCOPES
from lantai.exchange.models import ApiToken
from lantai.exchange.services import add_token
from lantai.kernel.errors import Conflict, Corrupt, Invalid, NotFound
from lantai.ledger.services import backup, sequence
from lantai.people.models import Account
from lantai.site import fetching, rebuild
from lantai.site.restore import let_in
from lantai.vault.sealed import make_identity
from lantai.vault.services import copy_to, ship
from tests.conftest import Site
from tests.rooms.test_rows_come_back import NEW, empty_tables
from tests.vaults import folder_target, keep


def files(root: Path) -> dict[str, bytes]:
    """Return what lies below ``vault``, ``desk`` and the like, but for what no copy holds."""
    found = (path for path in root.rglob("*") if path.is_file() and ".staging" not in path.parts)
    named = {path.relative_to(root).as_posix(): path for path in found}
    return {name: path.read_bytes() for name, path in named.items() if name.startswith(("vault/", "desk/"))}


def sent(folder: Path, **more: object) -> Path:
    """Copy the whole vault to a new target, and return its folder."""
    target = UUID(folder_target(folder, **more))
    keep((1, 2))
    sequence()
    copy_to(target)
    sequence()
    ship(target)
    return folder


@pytest.mark.parametrize("form", ["target", "sealed", "folder"])
def test_everything_comes_from_a_copy(
    noted: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    here, identity, recipient = home().root, *make_identity()
    if form == "folder":
        keep((1, 2))
        sequence()
        copy = here
    else:
        copy = sent(
            tmp_path / "two", **({"recipient": recipient, "understood": True} if form == "sealed" else {})
        )
    wanted = files(here)
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "again"))
    if form == "sealed":
        with pytest.raises(Invalid, match=r"restore\.copy\.sealed"):
            fetching.copy_at(str(copy))
        with pytest.raises(Corrupt, match=r"vault\.sealed\.unreadable"):
            fetching.copy_at(str(copy), None, make_identity()[0]).checkpoint()
    one = fetching.copy_at(str(copy), None, identity if form == "sealed" else "")
    for _ in range(2):
        fetching.write_checkpoint(fetching.fetch(one, lambda work, seen, total: None))
    found = files(tmp_path / "again")
    assert found == wanted
    with pytest.raises(NotFound, match=r"restore\.copy\.missing"):
        fetching.copy_at(str(tmp_path / "nothing"))


def test_no_secret_is_ever_written(noted: None, cast: Mapping[str, Actor]) -> None:
    account = Account.objects.get(username="shenwen")
    account.password = make_password("correct-horse-兰台")
    account.save()
    token = add_token(SYSTEM, "luan", "机器", scopes=[sorted(SCOPES)[0]])
    sequence()
    row = ApiToken.objects.get()
    (home().root / NEW).unlink(missing_ok=True)
    empty_tables(home().root / NEW)
    assert rebuild.load_database().ok
    with closing(sqlite3.connect(home().root / NEW)) as fresh:
        said = "\n".join(fresh.iterdump())
    assert row.prefix in said
    for secret in (account.password, row.digest, token.secret):
        assert secret not in said
    with working_on(home().root / NEW):
        assert not any(one.has_usable_password() for one in Account.objects.all())
        invited = [username for username, _, _ in let_in()]
        assert sorted(invited) == ["auditor", "secadmin", "sysadmin"]
        assert ApiToken.objects.get().revoked_at is not None


def test_a_database_is_made_anew_only_where_that_does_no_harm(
    noted: None, cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence()
    empty_tables(home().root / NEW)
    with held("site"), pytest.raises(Conflict, match=r"rebuild\.site\.running"):
        rebuild.rebuild_database(SYSTEM)
    report = rebuild.rebuild_database(SYSTEM)
    assert report.ok and home().database.exists() and not (home().root / NEW).exists()
    before = home().database.read_bytes()
    with pytest.raises(Conflict, match=r"rebuild\.database\.there"):
        rebuild.rebuild_database(SYSTEM)
    empty_tables(home().root / NEW)
    assert rebuild.rebuild_database(SYSTEM, replace=True).ok
    [kept] = home().root.glob("lantai.sqlite3.*.old")
    assert kept.read_bytes() == before
    assert join("site")
    with pytest.raises(Conflict, match=r"rebuild\.site\.running"):
        rebuild.rebuild_database(SYSTEM, replace=True)


def test_a_damaged_ledger_changes_nothing(noted: None, cast: Mapping[str, Actor]) -> None:
    sequence()
    path = next(
        path for path in (home().vault / "ledger").rglob("*") if "entries" in str(path) and path.is_file()
    )
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(Corrupt, match=r"rebuild\.ledger\.damaged"):
        rebuild.rebuild_database(SYSTEM)
    assert not home().database.exists()


def test_a_backup_is_opened_and_looked_through(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "backup.sqlite3"
    made = backup(SYSTEM, out)
    assert (made.entries, made.bytes) == (1, out.stat().st_size)
    assert oct(out.stat().st_mode & 0o777) == "0o600"
    with pytest.raises(Conflict, match=r"ledger\.backup\.there"):
        backup(SYSTEM, out)
    assert main(["backup", "--json", "-o", str(tmp_path / "second.sqlite3")]) == 0
    assert '"entries": 2' in capsys.readouterr().out
    assert list(tmp_path.glob("*.part")) == []


def test_a_backup_that_is_not_whole_is_removed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantai.ledger.services import database

    def damaging(source: sqlite3.Connection, copy: sqlite3.Connection) -> None:
        copy.execute("CREATE TABLE ledger_entry (id INTEGER PRIMARY KEY)")
        copy.execute("CREATE TABLE other (of INTEGER REFERENCES ledger_entry)")
        copy.execute("INSERT INTO other VALUES (7)")
        copy.commit()

    monkeypatch.setattr(database, "_copy", damaging)
    with pytest.raises(Corrupt, match=r"ledger\.backup\.damaged"):
        backup(SYSTEM, tmp_path / "backup.sqlite3")
    assert list(tmp_path.glob("backup*")) == []


def test_where_rows_are_not_noted_nothing_is_written(site: Site) -> None:
    assert not settings.ROW_NOTES
    sequence()
    assert not (home().vault / "rows").exists()
