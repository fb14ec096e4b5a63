"""Volumes at the unit's desk: made, filled, put in order, numbered, printed, handed over and kept as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.base.actors import Actor
from lantai.desk import queries_arrangement, queries_volumes, services, store
from lantai.desk.errors import Lacking
from lantai.desk.models import FilingClass, Item, Volume
from lantai.desk.services import Said, Where, own_index
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.models import Entry
from lantai.ledger.services import sequence
from tests.filing import close
from tests.office import brought, letter

YEAR = 2024
HERE = Where(YEAR, "30年")


def vouchers(
    clerk: Actor, count: int, *, first: int = 1, where: Where = HERE, pages: str = "2", **more: str
) -> str:
    """File accounting vouchers, form an item of each, put them into a class; return its number."""
    numbers = []
    for n in range(first, first + count):
        values = {
            "title": f"{n}月份记账凭证",
            "date": f"{YEAR}{(n - 1) % 12 + 1:02d}28",
            "accounting_class": "会计凭证",
            "author": "云岭区民政局财务科",
            "pages": pages,
            **more,
        }
        told = {key: text for key, text in values.items() if text}
        data = brought("正本", "凭证.txt", f"{where.retention} {n}".encode())
        filing = letter(f"KU-{where.retention}-{n}", type="KU", values=told, components=(data,), process=())
        numbers.append(services.capture(clerk, filing).number)
    items = services.form(clerk, "MZJ", [[number] for number in numbers])
    return services.place(clerk, "MZJ", items, where)[0]


def revision(clerk: Actor, number: str) -> int:
    return queries_arrangement.filing_class(clerk, number).revision


def items_of(clerk: Actor, number: str) -> list[str]:
    return [one.uuid for one in queries_arrangement.in_class(clerk, number)]


def make(clerk: Actor, number: str, items: list[str], title: str = "") -> str:
    return services.make_volume(clerk, number, items, title=title, seen=revision(clerk, number))


def shown(clerk: Actor, number: str) -> list[list[str]]:
    """Return the months of the vouchers of each volume, and hold that nothing has gaps."""
    found, loose = queries_volumes.volumes(clerk, number)
    assert [one.position for one in found] == list(range(1, len(found) + 1))
    for one in found:
        assert [item.place for item in one.items] == list(range(1, len(one.items) + 1))
        assert Volume.objects.get(uuid=one.uuid).size == len(one.items)
    assert {item.place for item in loose} <= {0}
    lines = queries_arrangement.in_class(clerk, number)
    assert [one.position for one in lines] == list(range(1, len(lines) + 1))
    return [[item.title.partition("月")[0] for item in one.items] for one in found]


def test_a_class_whose_codes_have_file_numbers_is_arranged_by_volume(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 3)
    line = queries_arrangement.filing_class(clerk, number)
    assert (line.arrangement, line.volumes) == ("volume", 0)
    services.arrange_by(clerk, number, "item", seen=line.revision)
    with pytest.raises(Conflict, match=r"desk\.volume\.by_item"):
        make(clerk, number, items_of(clerk, number))
    with pytest.raises(Invalid, match=r"desk\.class\.arrangement"):
        services.arrange_by(clerk, number, "box", seen=revision(clerk, number))
    services.arrange_by(clerk, number, "volume", seen=revision(clerk, number))
    make(clerk, number, items_of(clerk, number)[:2])
    with pytest.raises(Conflict, match=r"desk\.class\.has_volumes"):
        services.arrange_by(clerk, number, "item", seen=revision(clerk, number))
    written = services.form(clerk, "MZJ", [[services.capture(clerk, letter("WS-1")).number]])
    (by_item,) = services.place(clerk, "MZJ", written, Where(2026, "永久"))
    assert queries_arrangement.filing_class(clerk, by_item).arrangement == "item"
    with pytest.raises(Conflict, match=r"desk\.class\.by_item_only"):
        services.arrange_by(clerk, by_item, "volume", seen=revision(clerk, by_item))


def test_items_go_into_volumes_out_of_them_and_from_place_to_place(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 6)
    one, two, three, four, five, six = items_of(clerk, number)
    first = make(clerk, number, [one, two, three])
    second = make(clerk, number, [four, five], "二季度凭证")
    assert shown(clerk, number) == [["1", "2", "3"], ["4", "5"]]
    services.put_into(clerk, first, [three], to=1, seen=revision(clerk, number))
    assert shown(clerk, number) == [["3", "1", "2"], ["4", "5"]]
    services.put_into(clerk, second, [one, six], to=2, seen=revision(clerk, number))
    assert shown(clerk, number) == [["3", "2"], ["4", "1", "6", "5"]]
    services.move_volume(clerk, second, 1, seen=revision(clerk, number))
    assert shown(clerk, number) == [["4", "1", "6", "5"], ["3", "2"]]
    services.sort_volume(clerk, second, "title", seen=revision(clerk, number))
    assert shown(clerk, number) == [["1", "4", "5", "6"], ["3", "2"]]
    with pytest.raises(Invalid, match=r"desk\.class\.order"):
        services.sort_volume(clerk, second, "weight", seen=revision(clerk, number))
    services.put_into(clerk, second, [four, one, six, five], to=1, seen=revision(clerk, number))
    size, seen = ledger.pending(), revision(clerk, number)
    services.put_into(clerk, first, [two], seen=seen)
    services.move_volume(clerk, first, 9, seen=seen)
    assert (ledger.pending(), revision(clerk, number)) == (size, seen), "what changes nothing is no entry"
    with pytest.raises(Conflict, match=r"desk\.class\.changed"):
        services.put_into(clerk, first, [six], seen=seen - 1)
    assert services.take_from_volumes(clerk, number, [six, one], seen=seen) == 2
    assert shown(clerk, number) == [["4", "5"], ["3", "2"]]
    services.dissolve_volume(clerk, second, seen=revision(clerk, number))
    assert shown(clerk, number) == [["3", "2"]]
    services.take_out(clerk, three)
    assert shown(clerk, number) == [["2"]], "what leaves the class leaves its volume"
    with pytest.raises(NotFound, match=r"desk\.volume\.missing"):
        services.put_into(clerk, second, [two], seen=revision(clerk, number))
    with pytest.raises(NotFound, match=r"desk\.item\.missing"):
        services.put_into(clerk, first, [three], seen=revision(clerk, number))
    with pytest.raises(Invalid, match=r"desk\.items\.none"):
        make(clerk, number, [])


def test_a_volume_is_called_by_what_lies_in_it(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 3)
    uuid = make(clerk, number, items_of(clerk, number))
    view = queries_volumes.volume(clerk, uuid)
    assert view.line.title == "云岭区民政局财务科记账凭证" == view.proposed
    assert (view.line.date, view.line.pages) == (f"{YEAR}0128-{YEAR}0328", "6")
    assert view.told["accounting_class"] == "会计凭证" and view.told["retention"] == "30年"
    assert view.line.paged == ("1-2", "3-4", "5-6")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["make", "put", "take", "move", "dissolve", "out", "class"]),
            st.integers(0, 5),
            st.integers(0, 5),
            st.integers(0, 7),
        ),
        max_size=12,
    )
)
def test_whatever_is_moved_orders_have_no_gaps(
    cast: Mapping[str, Actor], steps: list[tuple[str, int, int, int]]
) -> None:
    clerk = cast["沈文"]
    place = FilingClass.objects.first()
    if place is None:
        vouchers(clerk, 6)
        place = FilingClass.objects.get()
    number = place.number
    for old in place.volumes.order_by("pk"):
        services.dissolve_volume(clerk, str(old.uuid), seen=revision(clerk, number))
    left = [one.uuid for one in queries_arrangement.loose(clerk, "MZJ")]
    if left:
        services.place(clerk, "MZJ", left, HERE)
    everything = items_of(clerk, number)
    for what, one, other, to in steps:
        inside = items_of(clerk, number)
        volumes = [str(uuid) for uuid in place.volumes.order_by("position").values_list("uuid", flat=True)]
        some = list(dict.fromkeys(everything[at] for at in (one, other) if everything[at] in inside))
        seen = revision(clerk, number)
        if what == "make" and some:
            services.make_volume(clerk, number, some, seen=seen)
        elif what == "put" and some and volumes:
            services.put_into(clerk, volumes[to % len(volumes)], some, to=one, seen=seen)
        elif what == "take" and some:
            services.take_from_volumes(clerk, number, some, seen=seen)
        elif what == "move" and volumes:
            services.move_volume(clerk, volumes[one % len(volumes)], to, seen=seen)
        elif what == "dissolve" and volumes:
            services.dissolve_volume(clerk, volumes[one % len(volumes)], seen=seen)
        elif what == "out" and some:
            services.take_out(clerk, some[0])
        elif what == "class" and some:
            services.move(clerk, number, some[0], to, seen=seen)
        shown(clerk, number)
    assert Item.objects.count() == 6


def test_closing_numbers_volumes_items_and_pages_without_gaps(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 5)
    items = items_of(clerk, number)
    make(clerk, number, items[:3], "一季度凭证")
    make(clerk, number, [items[4], items[3]], "二季度凭证")
    assert close(clerk, number) == 5
    found, loose = queries_volumes.volumes(clerk, number)
    refs = ["Z109-KU·PZ·2024-001", "Z109-KU·PZ·2024-002"]
    assert ([one.ref for one in found], loose) == (refs, [])
    assert [one.ref for one in found[1].items] == [f"{refs[1]}-00{n}" for n in (1, 2)]
    assert [one.title for one in found[1].items] == ["5月份记账凭证", "4月份记账凭证"]
    assert [one.page_number for one in found[0].items] == ["1-2", "3-4", "5-6"]
    (item, *_) = queries_arrangement.arranged(clerk, "MZJ")
    assert item.volume is not None and item.volume.ref == refs[0]
    assert {"file_number": "001", "item_number": "001", "page_number": "1-2"}.items() <= item.values.items()
    assert item.volume.values["title"] == "一季度凭证" and item.volume.values["aggregation"] == "案卷"
    with pytest.raises(Conflict, match=r"desk\.class\.closed"):
        services.dissolve_volume(clerk, found[0].uuid, seen=revision(clerk, number))
    later = vouchers(clerk, 2, where=Where(YEAR, "10年"))
    make(clerk, later, items_of(clerk, later), "十年的")
    close(clerk, later)
    assert queries_volumes.volumes(clerk, later)[0][0].ref == "Z109-KU·PZ·2024-003", "the run goes on"
    with pytest.raises(Conflict, match=r"desk\.class\.followed"):
        services.reopen(clerk, number, seen=revision(clerk, number))
    services.reopen(clerk, later, seen=revision(clerk, later))
    services.reopen(clerk, number, seen=revision(clerk, number))
    found, _ = queries_volumes.volumes(clerk, number)
    assert {one.ref for one in found} | {item.ref + item.page_number for item in found[0].items} == {""}


def test_every_reason_against_closing_is_told_at_once(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 4)
    items = items_of(clerk, number)
    mixed, empty = make(clerk, number, items[:2]), make(clerk, number, items[2:3])
    services.put_into(clerk, mixed, [items[2]], seen=revision(clerk, number))
    line = queries_arrangement.item(clerk, items[1])
    ledger_book = {**line.values, "accounting_class": "会计账簿"}
    services.edit(clerk, items[1], ledger_book, seen=line.line.revision)
    line = queries_arrangement.item(clerk, items[0])
    services.edit(
        clerk, items[0], {k: v for k, v in line.values.items() if k != "date"}, seen=line.line.revision
    )
    with pytest.raises(Lacking) as refused:
        services.close(clerk, number, seen=revision(clerk, number))
    told = {(one.path, one.code) for one in refused.value.reasons}
    assert (items[3], "desk.volume.none") in told and (empty, "desk.volume.empty") in told
    assert (mixed, "desk.volume.differs") in told
    assert any(path == items[0] and code.startswith("recordtypes.") for path, code in told)
    assert Volume.objects.exclude(ref="").count() == 0


def drawings(clerk: Actor, *told: Mapping[str, str]) -> str:
    """File drawings of a project, form an item of each, put them into a class; return its number."""
    numbers = []
    for n, more in enumerate(told, 1):
        values = {
            "title": f"竣工图之{n}",
            "date": f"{YEAR}0605",
            "author": "云岭区民政局",
            "security": "公开",
            **more,
        }
        data = brought("正本", "图.txt", f"图 {n}".encode())
        filing = letter(f"KJ-{n}", type="KJ", values=values, components=(data,), process=())
        numbers.append(services.capture(clerk, filing).number)
    items = services.form(clerk, "MZJ", [[number] for number in numbers])
    return services.place(clerk, "MZJ", items, Where(YEAR, "永久"))[0]


def test_projects_count_by_themselves_and_their_items_by_page(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    home_for_old = {"project_number": "01", "subkind": "基建", "pages": "3"}
    bridge = {"project_number": "02", "subkind": "基建", "pages": "4"}
    number = drawings(clerk, home_for_old, {**home_for_old, "pages": ""}, bridge, bridge)
    one, two, three, four = items_of(clerk, number)
    make(clerk, number, [one, two])
    make(clerk, number, [three])
    last = make(clerk, number, [four])
    with pytest.raises(Lacking) as refused:
        services.close(clerk, number, seen=revision(clerk, number))
    assert [(reason.path, reason.code) for reason in refused.value.reasons] == [
        (two, "desk.volume.pages_missing")
    ]
    shown_item = queries_arrangement.item(clerk, two)
    services.edit(clerk, two, {**shown_item.values, "pages": "5"}, seen=shown_item.line.revision)
    services.move_volume(clerk, last, 1, seen=revision(clerk, number))
    close(clerk, number)
    found, _ = queries_volumes.volumes(clerk, number)
    jj = "Z109-KJ·JJ"
    assert [one.ref for one in found] == [f"{jj}·02-001", f"{jj}·01-001", f"{jj}·02-002"]
    inside = [(item.ref, item.page_number) for item in found[1].items]
    assert inside == [(f"{jj}·01-001-001", "1-3"), (f"{jj}·01-001-004", "4-8")]
    shown_item = queries_arrangement.item(clerk, one)
    with pytest.raises(Conflict, match=r"desk\.item\.pages_in_ref"):
        services.edit(clerk, one, {**shown_item.values, "pages": "9"}, seen=shown_item.line.revision)


def test_pages_of_a_numbered_item_are_counted_through_its_volume_again(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 3)
    make(clerk, number, items_of(clerk, number))
    close(clerk, number)
    (line, *_) = queries_arrangement.in_class(clerk, number)
    shown_item = queries_arrangement.item(clerk, line.uuid)
    services.edit(clerk, line.uuid, {**shown_item.values, "pages": "5"}, seen=line.revision)
    assert [one.page_number for one in queries_arrangement.in_class(clerk, number)] == ["1-5", "6-7", "8-9"]


def test_what_is_said_of_a_volume_stands_on_its_sheet(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 2)
    uuid = make(clerk, number, items_of(clerk, number))
    strange = {
        "ref": "Z109-KU·PZ·2024-009",
        "retention": "永久",
        "pages": "1",
        "no_such": "x",
        "note": "附注",
    }
    said_of = Said("2024年记账凭证", strange, "缺第 3 号凭证。", "沈文", "陆安", date(2026, 11, 22))
    services.edit_volume(clerk, uuid, said_of, seen=revision(clerk, number))
    view = queries_volumes.volume(clerk, uuid)
    assert (view.values, view.told["retention"], view.line.pages) == ({"note": "附注"}, "30年", "4")
    assert (view.line.title, view.remarks, view.arranged_by) == ("2024年记账凭证", "缺第 3 号凭证。", "沈文")
    with pytest.raises(Lacking) as refused:
        services.edit_volume(
            clerk, uuid, Said("", remarks="长" * 2001, checked_by="甲" * 65), seen=revision(clerk, number)
        )
    assert {one.path for one in refused.value.reasons} == {"values.title", "remarks", "checked_by"}
    for name in ("他局", "陆安", "方正"):
        with pytest.raises((Forbidden, NotFound)):
            services.edit_volume(cast[name], uuid, said_of, seen=revision(clerk, number))
    with pytest.raises(NotFound):
        queries_volumes.volume(cast["他局"], uuid)
    assert queries_volumes.volume(cast["陆安"], uuid).line.title == "2024年记账凭证"
    close(clerk, number)
    fresh = Said("改过的题名", remarks="又核对过。")
    services.edit_volume(clerk, uuid, fresh, seen=revision(clerk, number))
    assert queries_volumes.volume(clerk, uuid).line.title == "改过的题名"


def test_entries_name_documents_from_which_volumes_can_be_made_again(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 2)
    uuid = make(clerk, number, items_of(clerk, number))
    sequence()
    row = Volume.objects.get(uuid=uuid)
    (entry,) = ledger.history([row.urn])
    kept = json.loads(store.read(entry.data["content"]))
    assert kept["items"] == [f"urn:uuid:{one}" for one in items_of(clerk, number)]
    assert (kept["volume"], kept["class"], kept["title"]) == (row.urn, row.filing_class.urn, row.title)


def test_volumes_do_not_index_their_class_again(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = vouchers(clerk, 2)
    services.arrange_by(clerk, number, "item", seen=revision(clerk, number))
    services.arrange_by(clerk, number, "volume", seen=revision(clerk, number))
    make(clerk, number, items_of(clerk, number))
    entries = [one for one in Entry.objects.all() if one.act in {"desk.volume.make", "desk.class.arrange"}]
    with CaptureQueriesContext(connection) as asked:
        own_index.handle(entries)
    assert len(entries) == 3
    assert 0 < len(asked) <= 11, "the volume is looked up by its own name, whatever the size of its class"
    assert not any('WHERE "desk_item"."filing_class_id"' in one["sql"] for one in asked)
