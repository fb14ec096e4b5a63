"""Ordered exports and prints: made by the worker, for the eyes of who ordered, whatever happens on the way."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue import queries, services
from lantai.catalogue.exports import FORMS
from lantai.catalogue.models import Export
from lantai.catalogue.selection import Selection
from lantai.catalogue.services import export_orders, export_work
from lantai.catalogue.services.export import sha256_of
from lantai.catalogue.services.export_work import advance_export, advance_exports
from lantai.holdings.queries import Place
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger.models import Entry
from lantai.people import queries as people
from lantai.people.models import Membership
from lantai.people.services import close_account, revoke_role
from lantai.site.work import settle
from tests.pages import library

FONDS = Selection(Place(fonds="Z109"))


@pytest.fixture
def entries(cast: Mapping[str, Actor]) -> list[library.Entry]:
    return library.catalogue(count=60)


def told(act: str) -> list[dict[str, Any]]:
    return [json.loads(one.text) for one in Entry.objects.filter(act=act).order_by("id")]


def refs_in(path: Path) -> list[str]:
    rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
    return [row["档号"] for row in rows]


@pytest.mark.parametrize("form", FORMS)
def test_an_order_becomes_a_file_whose_digest_is_in_the_ledger(
    form: str, entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    reader = cast["顾闻"]
    number = services.order_export(reader, FONDS, form, language="zh")
    ordered = queries.export_one(reader, number)
    assert (ordered.state, ordered.moving, ordered.name) == ("ordered", True, "")
    with pytest.raises(Conflict, match="not_ready"):
        queries.export_file(reader, number)
    settle()
    done = queries.export_one(reader, number)
    count = sum(one.fonds == "Z109" for one in entries)
    assert (done.state, done.done, done.total, done.files) == ("done", count, count, 1)
    found = queries.export_file(reader, number)
    said = {"ead": "-EAD3", "ead2002": "-EAD2002", "dc": "-DC"}.get(form, "")
    assert found.name == f"目录{said}-Z109{FORMS[form]}" and found.sha256 == sha256_of(found.path)
    assert found.size == found.path.stat().st_size > 0
    assert [path.name for path in found.path.parent.iterdir()] == [found.path.name]
    [entry] = told("catalogue.export.finish")
    assert entry["actor"] == "guwen" and entry["subject"] == done.urn
    assert entry["data"] == {
        **{"number": number, "kind": "export", "form": form, "selection": {"fonds": "Z109"}},
        **{"count": count, "files": 1, "size": found.size, "sha256": found.sha256},
    }
    assert told("catalogue.export.order")[0]["data"]["selection"] == {"fonds": "Z109"}


def test_prints_are_ordered_as_well(cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    from lantai.catalogue.prints import lists

    monkeypatch.setattr(lists, "PART", 10)
    library.many(25)
    reader = cast["顾闻"]
    number = services.order_print(reader, FONDS, "item_list")
    settle()
    done = queries.export_one(reader, number)
    assert (done.state, done.total, done.files, done.name) == ("done", 25, 3, "归档文件目录-Z109.zip")
    with zipfile.ZipFile(queries.export_file(reader, number).path) as archive:
        assert [archive.read(name)[:4] for name in archive.namelist()] == [b"%PDF"] * 3
    with pytest.raises(Invalid, match=r"catalogue\.print\.form"):
        services.order_print(reader, FONDS, "poster")
    monkeypatch.setattr(export_orders, "PRINTED_MOST", 24)
    with pytest.raises(Invalid, match=r"catalogue\.print\.many"):
        services.order_print(reader, FONDS, "item_list")
    number = services.order_print(reader, Selection(Place(fonds="Z110")), "item_list")
    settle()
    failed = queries.export_one(reader, number)
    assert failed.state == "failed" and failed.problem and failed.problem["code"] == "catalogue.print.empty"


def test_everybody_gets_what_they_may_see(entries: list[library.Entry], cast: Mapping[str, Actor]) -> None:
    for name, unit in {"沈文": "MZJ", "他局": "JYJ"}.items():
        number = services.order_export(cast[name], Selection(), "csv")
        settle()
        found = queries.export_file(cast[name], number)
        assert refs_in(found.path) == sorted(one.ref for one in entries if one.seen_by(unit))


def test_nobody_sees_the_orders_of_others(entries: list[library.Entry], cast: Mapping[str, Actor]) -> None:
    number = services.order_export(cast["沈文"], FONDS, "csv")
    settle()
    for actor in (cast["顾闻"], cast["他局"], SYSTEM, PUBLIC):
        for ask in (queries.export_one, queries.export_file, services.cancel_export, services.discard_export):
            with pytest.raises(NotFound, match=r"catalogue\.export\.missing"):
                ask(actor, number)
        assert not queries.exports(actor).items and not queries.exports_at_hand(actor)
    for stranger in (PUBLIC, SYSTEM):
        with pytest.raises(Forbidden, match=r"catalogue\.export\.nobody"):
            services.order_export(stranger, FONDS, "csv")


class _Meanwhile:
    """Lets something happen when the worker has done its first portion."""

    def __init__(self, happen: Any) -> None:
        self.happen, self.asked = happen, 0

    def __call__(self, done: int) -> bool:
        self.asked += 1
        if self.asked == 1:
            self.happen()
        return True


def test_an_account_closed_meanwhile_gets_nothing(
    entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    number = services.order_export(cast["沈文"], FONDS, "csv")
    closing = _Meanwhile(lambda: close_account(SYSTEM, "shenwen"))
    assert advance_export(number, closing) == "failed"
    row = Export.objects.get(number=number)
    assert row.problem == {"code": "catalogue.export.withdrawn", "facts": {}}
    assert not export_orders.folder_of(row).exists() and not told("catalogue.export.finish")


def test_a_role_withdrawn_meanwhile_begins_anew_with_what_is_left(
    entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    number = services.order_export(cast["沈文"], Selection(), "csv")
    role = Membership.objects.get(account__username="shenwen")
    taking = _Meanwhile(
        lambda: revoke_role(SYSTEM, "shenwen", role.role, unit=role.unit.code if role.unit else "")
    )
    assert advance_export(number, taking) == "ordered"
    assert advance_exports().failed == ()
    found = queries.export_file(people.actor("shenwen"), number)
    assert refs_in(found.path) == sorted(one.ref for one in entries if one.status == "开放")


def test_a_file_is_not_handed_out_to_fewer_rights(
    entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    number = services.order_export(cast["沈文"], Selection(), "csv")
    settle()
    role = Membership.objects.get(account__username="shenwen")
    revoke_role(SYSTEM, "shenwen", role.role, unit=role.unit.code if role.unit else "")
    with pytest.raises(Conflict, match="rights_fewer"):
        queries.export_file(people.actor("shenwen"), number)
    assert queries.export_one(cast["沈文"], number).fetchable
    assert not queries.export_one(people.actor("shenwen"), number).fetchable
    anew = services.again(people.actor("shenwen"), number)
    settle()
    assert refs_in(queries.export_file(people.actor("shenwen"), anew).path) == sorted(
        one.ref for one in entries if one.status == "开放"
    )


def test_a_role_given_later_does_not_widen_an_order(
    entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    from dataclasses import replace

    narrow = replace(cast["沈文"], grants=frozenset())  # as a token does
    number = services.order_export(narrow, Selection(), "csv")
    settle()
    wanted = sorted(one.ref for one in entries if one.status == "开放")
    assert refs_in(queries.export_file(cast["沈文"], number).path) == wanted


def test_what_was_killed_is_begun_anew(entries: list[library.Entry], cast: Mapping[str, Actor]) -> None:
    number = services.order_export(cast["顾闻"], FONDS, "csv")
    assert advance_export(number, lambda done: False) == "running"  # told to end
    row = Export.objects.get(number=number)
    folder = export_orders.folder_of(row)
    folder.mkdir(parents=True)
    (folder / "file.part").write_bytes(b"half")  # as a kill leaves it
    stray = folder.parent / "nobody"
    stray.mkdir()
    assert services.collect_exports() == 1 and folder.is_dir() and not stray.exists()
    settle()
    found = queries.export_file(cast["顾闻"], number)
    assert refs_in(found.path) == sorted(one.ref for one in entries if one.fonds == "Z109")
    assert len(told("catalogue.export.finish")) == 1


def test_an_order_is_given_up_while_it_is_worked_on(
    entries: list[library.Entry], cast: Mapping[str, Actor]
) -> None:
    reader = cast["顾闻"]
    number = services.order_export(reader, FONDS, "csv")
    stopping = _Meanwhile(lambda: services.cancel_export(reader, number))
    assert advance_export(number, stopping) == "cancelled"
    assert list((home().root / "exports").iterdir()) == []
    with pytest.raises(Conflict, match="state_wrong"):
        services.cancel_export(reader, number)
    assert [one["data"] for one in told("catalogue.export.cancel")] == [{"number": number}]
    services.discard_export(reader, number)
    with pytest.raises(NotFound):
        queries.export_one(reader, number)


def test_files_go_when_their_days_are_over(
    entries: list[library.Entry], cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTAI_EXPORT_DAYS", "3")
    reader = cast["顾闻"]
    number = services.order_export(reader, FONDS, "xml")
    settle()
    done = queries.export_one(reader, number)
    assert done.expires_at and done.finished_at
    assert done.expires_at - done.finished_at == timedelta(days=3)
    path = queries.export_file(reader, number).path
    Export.objects.filter(number=number).update(expires_at=timezone.now())
    late = queries.export_one(reader, number)
    assert (late.state, late.fetchable) == ("expired", False) and path.is_file()  # no worker came by yet
    with pytest.raises(Conflict, match="not_ready"):
        queries.export_file(reader, number)
    settle()
    assert queries.export_one(reader, number).state == "expired" and not path.parent.exists()
    [entry] = told("catalogue.export.discard")
    assert entry["actor"] == "system" and entry["data"] == {"number": number, "sha256": done.sha256}
    with pytest.raises(Conflict, match="not_ready"):
        queries.export_file(reader, number)


def test_who_lets_go_a_moment_before_the_days_are_over_stops_nobody(
    entries: list[library.Entry], cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, forget = cast["顾闻"], export_orders.forget
    numbers = [services.order_export(reader, FONDS, "csv") for _ in range(2)]
    settle()
    Export.objects.update(expires_at=timezone.now())

    def meanwhile(row: Export) -> None:
        forget(row)
        if row.number == numbers[0]:
            services.discard_export(reader, numbers[1])

    monkeypatch.setattr(export_orders, "forget", meanwhile)
    assert export_orders.expire_exports() == 1
    assert [one["actor"] for one in told("catalogue.export.discard")] == ["system", "guwen"]
    assert list((home().root / "exports").iterdir()) == []


def test_nobody_fills_the_queue_or_the_disk(
    entries: list[library.Entry], cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = cast["顾闻"]
    monkeypatch.setattr(export_orders, "OPEN_MOST", 2)
    numbers = [services.order_export(reader, FONDS, "csv") for _ in range(2)]
    with pytest.raises(Conflict, match=r"catalogue\.export\.waiting"):
        services.order_export(reader, FONDS, "csv")
    free = shutil.disk_usage(home().root).free
    monkeypatch.setattr(export_work, "MARGIN", free * 2)
    assert advance_exports().failed == tuple(numbers)
    waiting = queries.export_one(reader, numbers[0])
    assert waiting.moving and waiting.problem and waiting.problem["code"] == "catalogue.export.disk"
    monkeypatch.setattr(export_work, "MARGIN", 0)
    assert advance_exports().failed == ()
    assert [queries.export_one(reader, one).problem for one in numbers] == [None, None]


def test_what_a_cell_cannot_hold_is_told(cast: Mapping[str, Actor]) -> None:
    ref = "Z109-WS·2011·Y-0001"
    library.add(
        [
            library.Description(
                library.urn_of(ref), ref, "item", "WS", "Z109", library.values(ref, "长" * 40_000)
            )
        ]
    )
    number = services.order_export(cast["顾闻"], FONDS, "xlsx")
    settle()
    failed = queries.export_one(cast["顾闻"], number)
    assert failed.problem and failed.problem["code"] == "catalogue.export.cell_long"


def test_what_is_small_is_answered_at_once(
    entries: list[library.Entry], cast: Mapping[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = cast["顾闻"]
    assert services.soon(reader, FONDS, "export", "xlsx") and services.soon(reader, FONDS, "print", "card")
    monkeypatch.setattr(export_orders, "AT_ONCE", 5)
    monkeypatch.setattr(export_orders, "PRINTED_AT_ONCE", 5)
    monkeypatch.setattr(export_orders, "FILES_AT_ONCE", 0)
    assert not services.soon(reader, FONDS, "export", "xlsx")
    assert not services.soon(reader, FONDS, "print", "card")
    assert services.soon(reader, FONDS, "print", "fonds_file")
    library.file_of_items()
    assert not services.soon(reader, FONDS.at_level("file"), "print", "inner_list")
    assert services.soon(reader, FONDS.at_level("file"), "print", "file_list")
