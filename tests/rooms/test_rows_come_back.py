"""Whatever is done in whatever room: the database that is made from the vault is the one that was lost."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lantai.base.actors import SYSTEM, Actor
from lantai.base.connections import working_on
from lantai.base.home import home
from lantai.catalogue import services as catalogue
from lantai.desk import queries as desk
from lantai.desk.services import capture
from lantai.holdings import queries as holdings
from lantai.holdings import services as changes
from lantai.holdings.models import Record
from lantai.ingest import queries as ingest
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.rowlog import shelf as shelves
from lantai.ledger import queries as ledger
from lantai.ledger.models import Entry, RowState
from lantai.ledger.rows import keeping
from lantai.ledger.services import renew, sequence, shelf
from lantai.people import queries as people
from lantai.people import services as accounts
from lantai.search import queries as search
from lantai.search.services import saved
from lantai.site import rebuild
from lantai.site.work import settle
from tests.conftest import Site
from tests.office import letter
from tests.rooms.test_catalogue_import import line, write
from tests.rooms.test_rows import dump
from tests.withstand.packs import pack

NEW = "lantai.sqlite3.new"


def empty_tables(path: Path) -> Path:
    """Make a database with the tables as they are and nothing in them: what running all migrations anew gives."""
    with closing(sqlite3.connect(path)) as fresh:
        connection.connection.backup(fresh)
        names = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'trigger')"
        for name, kind in fresh.execute(names).fetchall():
            if kind == "trigger":
                fresh.execute(f"DROP TRIGGER {name}")
            elif name != "django_migrations":
                fresh.execute(f'DELETE FROM "{name}"')
        fresh.commit()
    return path


def lost_and_made_anew() -> rebuild.Report:
    """Make the database anew in a file beside the one in use, and return what was compared."""
    (home().root / NEW).unlink(missing_ok=True)
    empty_tables(home().root / NEW)
    return rebuild.load_database()


class District:
    """What may be done in the rooms; each deed takes a number that says the rest."""

    def __init__(self, cast: Mapping[str, Actor], folder: Path) -> None:
        self.cast, self.folder, self.count = cast, folder, 0

    def deeds(self) -> dict[str, Callable[[random.Random], Any]]:
        return {
            "unit": self._unit,
            "account": self._account,
            "fonds": self._fonds,
            "import": self._import,
            "undo": self._undo,
            "revise": self._revise,
            "capture": self._capture,
            "search": self._search,
            "forget": self._forget,
            "sequence": lambda chance: sequence(),
        }

    def do(self, deeds: list[tuple[str, int]]) -> None:
        for name, seed in deeds:
            self.count += 1
            with suppress(LantaiError):  # what is not allowed now changes nothing
                self.deeds()[name](random.Random(seed))

    def _unit(self, chance: random.Random) -> None:
        code = f"U{chance.randrange(6)}"
        with suppress(LantaiError):
            accounts.add_unit(SYSTEM, code, f"单位{self.count}")
        accounts.change_unit(SYSTEM, code, name=f"改名{self.count}", is_open=chance.random() < 0.5)

    def _account(self, chance: random.Random) -> None:
        username = f"person{chance.randrange(4)}"
        with suppress(LantaiError):
            accounts.add_account(SYSTEM, username, f"某人{self.count}", password="correct-horse-兰台")
        chance.choice((accounts.close_account, accounts.open_account))(SYSTEM, username)
        role = chance.choice((accounts.grant_role, accounts.revoke_role))
        role(SYSTEM, username, "clerk", unit="MZJ")

    def _fonds(self, chance: random.Random) -> None:
        changes.add_fonds(SYSTEM, f"Z{200 + chance.randrange(9)}", f"全宗{self.count}", unit="MZJ")

    def _import(self, chance: random.Random) -> None:
        first = chance.randrange(1, 9000)
        rows = [line(number, 题名=f"题名{self.count}-{number}") for number in range(first, first + 7)]
        path = write(self.folder / f"{self.count}.csv", rows)
        number = catalogue.receive(SYSTEM, path, fonds="Z109", type="WS")
        catalogue.advance(number)
        if chance.random() < 0.8:
            catalogue.order_run(SYSTEM, number)
            while catalogue.advance(number) == "running":
                continue

    def _undo(self, chance: random.Random) -> None:
        from lantai.catalogue.models import Import

        numbers = list(Import.objects.order_by("number").values_list("number", flat=True))
        number = chance.choice(numbers or ["none"])
        catalogue.undo(SYSTEM, number)
        while catalogue.advance(number) == "undoing":
            continue

    def _revise(self, chance: random.Random) -> None:
        record = chance.choice(list(Record.objects.order_by("id"))[-20:])
        changes.revise(
            SYSTEM, record.urn, {"title": f"改题{self.count} “引号”\n第二行"}, version=record.version
        )
        if chance.random() < 0.4:
            newest = Entry.objects.filter(act="holdings.record.revise").order_by("-id")[0]
            changes.undo(SYSTEM, str(newest.uuid))

    def _capture(self, chance: random.Random) -> None:
        capture(self.cast["沈文"], letter(f"OA-{chance.randrange(5)}"))

    def _search(self, chance: random.Random) -> None:
        saved.save(self.cast["陆安"], f"检索{chance.randrange(9)}", f"q=水库{self.count}")

    def _forget(self, chance: random.Random) -> None:
        from lantai.search.models import SavedSearch

        for row in SavedSearch.objects.order_by("uuid" if chance.random() < 0.5 else "-uuid")[:1]:
            saved.delete(self.cast["陆安"], row.uuid)


def answers(cast: Mapping[str, Actor]) -> list[Any]:
    """Return what the rooms' queries say."""
    found = search.search(SYSTEM, search.Question(text="水库", limit=50))
    return [
        people.units(),
        people.accounts(),
        {name: people.actor(actor.username) for name, actor in cast.items()},
        ingest.transfers(SYSTEM, size=50),
        [
            holdings.record(SYSTEM, ref)
            for ref in Record.objects.order_by("ref").values_list("ref", flat=True)
        ],
        holdings.total(),
        changes.differences(),
        sorted(found.record.ref for found in found.found),
        [desk.receipt(cast["沈文"], one.number) for one in _captures(cast["沈文"])],
        ledger.latest(500),
        [(state.size, state.pending) for state in [ledger.standing("search")]],
    ]


def _captures(actor: Actor) -> Iterator[Any]:
    from lantai.desk.models import Capture

    yield from Capture.objects.order_by("number")


@pytest.fixture
def district(noted: None, cast: dict[str, Actor], tmp_path: Path) -> District:
    """A site in which a transfer has gone its whole way."""
    path, _refs = pack(tmp_path, "packet", 2011)
    number = submit(SYSTEM, "MZJ", path)
    settle()
    sign_waiting(SYSTEM, number, note="")
    accept(SYSTEM, number)
    settle()
    assert ingest.transfer(SYSTEM, number).state == "closed"
    return District(cast, tmp_path)


NAMES = ("unit", "account", "fonds", "import", "undo", "revise", "capture", "search", "forget", "sequence")
DEEDS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 1 << 16)), min_size=6, max_size=16)


def test_whatever_was_done_comes_back(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 4_000)
    monkeypatch.setattr(keeping, "NOTES", 7)
    monkeypatch.setattr(keeping, "PART_BYTES", 3_000)

    @settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(DEEDS)
    def one(deeds: list[tuple[str, int]]) -> None:
        district.do(deeds)
        settle()
        before, said = dump(), answers(district.cast)
        report = lost_and_made_anew()
        assert report.ok, [compared for compared in report.compared if not compared.ok]
        with working_on(home().root / NEW):
            assert dump() == before
            assert answers(district.cast) == said
            highest = _sequences()
        given_out = (
            _sequences()
        )  # or more: where rows are merged, SQLite counts on for rows that it then does not add
        assert all(0 < key <= given_out[name] for name, key in highest.items())

    one()
    assert Record.objects.count() > 7
    assert RowState.present().part > 20


def _sequences() -> dict[str, int]:
    """Return the highest key that each table ever gave out, of those that are written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        found = dict(cursor.fetchall())
    return {name: found[name] for name in dump() if found.get(name)}


def test_rows_without_their_entries_do_not_come_back(noted: None, cast: Mapping[str, Actor]) -> None:
    """A part was written, and the power went before the checkpoint: what nobody was told of did not happen."""
    sequence()
    before = dump()
    accounts.add_unit(SYSTEM, "X1", "没来得及公布")
    keeping.keep()
    assert shelf().tail().part == RowState.present().part
    report = lost_and_made_anew()
    assert report.ok
    with working_on(home().root / NEW):
        assert dump() == before
    assert shelf().tail().part < RowState.present().part, (
        "it is cut off, so that nobody takes it for the truth later"
    )


def test_whole_copies_are_renewed_while_others_write(
    site: Site, noted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence()
    monkeypatch.setattr(keeping, "LEAST", 10)
    for number in range(30):
        accounts.add_unit(SYSTEM, f"U{number}", f"单位{number}" * 30)
        sequence()
    first = RowState.present().whole
    assert renew()
    state = RowState.present()
    assert first < state.whole == shelf().wholes()[-1]
    accounts.change_unit(SYSTEM, "U3", name="改名", is_open=True)
    sequence()
    monkeypatch.setattr(keeping, "LEAST", 1 << 20)
    assert not renew()
    before = dump()
    assert lost_and_made_anew().ok
    with working_on(home().root / NEW):
        assert dump() == before
    keeping.trim(keeping.timedelta(0))
    assert shelf().wholes() == [state.whole]
    assert lost_and_made_anew().ok


HARMS = {
    "foreign": "rows.part.foreign",
    "sealed": "rows.seal.differs",
    "behind": "",
}


@pytest.mark.parametrize("harm", HARMS)
def test_rows_that_are_not_of_this_ledger_are_refused(
    noted: None, cast: Mapping[str, Actor], harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence()
    accounts.add_unit(SYSTEM, "X1", "单位")
    sequence()
    accounts.add_unit(SYSTEM, "X2", "单位")
    sequence()
    state = RowState.present()
    if harm == "behind":
        shelf().cut(state.part - 1)
        report = lost_and_made_anew()
        assert not report.ok
        told = [finding.code for one in report.compared for finding in one.findings]
        assert "restore.rows.behind" in told and "restore.table.differs" not in told
        return
    if harm == "foreign":
        parts = list(shelf().parts())
        head = parts[-1].said.head
        shelf().cut(state.part - 1)
        tail = shelf().tail()
        writer = shelves_writer(head, tail)
        shelf().append(tail, writer)
    else:
        whole = shelf().whole(state.whole)
        path = home().vault / "rows" / f"whole/{whole.head.part:09}" / "index.json"
        text = path.read_text("utf-8").replace(whole.digest, "0" * 64)
        path.chmod(0o644)
        path.write_text(text, "utf-8")
    with pytest.raises(Corrupt) as refused:
        lost_and_made_anew()
    assert refused.value.code in {HARMS[harm], "rowlog.part.chain"}


def shelves_writer(head: Any, tail: Any) -> bytes:
    """Return a part that follows ``tail`` and says that it belongs to another entry."""
    from dataclasses import replace

    from lantai.kernel.rowlog import PartWriter

    return PartWriter(replace(head, before=tail.digest, last="ab" * 32)).close(whole=True)
