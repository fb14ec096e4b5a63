"""Arranging at the unit's desk: items, classes, their order and their numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import uuid4

import pytest
from django.utils import timezone

from lantai.base.actors import SYSTEM, Actor
from lantai.desk import queries, queries_arrangement, store
from lantai.desk.errors import Lacking
from lantai.desk.models import FilingClass, HandOver, HandOverItem, HandOverState, Item
from lantai.desk.services import (
    Putting,
    Where,
    capture,
    dissolve,
    edit,
    form,
    move,
    place,
    put,
    reopen,
    set_scheme,
    sort,
    take_out,
)
from lantai.holdings.services import Description, describe
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.services import sequence
from tests.filing import close
from tests.office import VALUES, letter

HERE = Where(2026, "30年", "办公室")


def captured(clerk: Actor, count: int, **changed: str) -> list[str]:
    """File some letters, dated backwards, and return their numbers."""
    return [
        capture(
            clerk,
            letter(
                f"OA-{n}",
                values={**VALUES, "title": f"第{n}号通知", "date": f"202601{28 - n:02d}", **changed},
            ),
        ).number
        for n in range(1, count + 1)
    ]


def titles(clerk: Actor, number: str) -> list[str]:
    found = queries_arrangement.in_class(clerk, number)
    assert [one.position for one in found] == list(range(1, len(found) + 1))
    return [one.title[1:-3] for one in found]


def filed(clerk: Actor, count: int, where: Where = HERE) -> str:
    """Return the class of some letters that are each an item."""
    items = form(clerk, "MZJ", [[number] for number in captured(clerk, count)])
    return place(clerk, "MZJ", items, where)[0]


def revision(clerk: Actor, number: str) -> int:
    return queries_arrangement.filing_class(clerk, number).revision


def test_items_are_formed_of_one_capture_or_several_and_taken_apart(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    numbers = captured(clerk, 3, pages="2")
    pair, single = form(clerk, "MZJ", [numbers[:2], numbers[2:]])
    shown = queries_arrangement.item(clerk, pair)
    assert shown.captures == tuple(numbers[:2]) and shown.values["pages"] == "4"
    assert [(one.order, one.role) for one in shown.files] == [
        (1, "main"),
        (2, "attachment"),
        (3, "main"),
        (4, "attachment"),
    ]
    assert queries.counts(clerk) == {"arranged": 3}
    with pytest.raises(Conflict, match=r"desk\.capture\.arranged"):
        form(clerk, "MZJ", [[numbers[0]]])
    number = place(clerk, "MZJ", [pair, single], HERE)[0]
    with pytest.raises(Conflict, match=r"desk\.item\.changed"):
        dissolve(clerk, pair, seen=7)
    dissolve(clerk, pair, seen=1)
    assert queries.counts(clerk) == {"tray": 2, "arranged": 1}
    assert titles(clerk, number) == ["3"]
    with pytest.raises(NotFound):
        queries_arrangement.item(clerk, pair)


def test_the_order_is_changed_one_by_one_or_at_once(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 5)
    items = {one.title[1:-3]: one.uuid for one in queries_arrangement.in_class(clerk, number)}
    assert titles(clerk, number) == ["1", "2", "3", "4", "5"]
    move(clerk, number, items["5"], 2, seen=revision(clerk, number))
    assert titles(clerk, number) == ["1", "5", "2", "3", "4"]
    move(clerk, number, items["1"], 99, seen=revision(clerk, number))
    assert titles(clerk, number) == ["5", "2", "3", "4", "1"]
    size, seen = ledger.pending(), revision(clerk, number)
    move(clerk, number, items["5"], 1, seen=seen)
    assert (ledger.pending(), revision(clerk, number)) == (size, seen)
    with pytest.raises(Conflict, match=r"desk\.class\.changed"):
        move(clerk, number, items["5"], 3, seen=seen - 1)
    sort(clerk, number, "date", seen=seen)
    assert titles(clerk, number) == ["5", "4", "3", "2", "1"]
    take_out(clerk, items["4"])
    assert titles(clerk, number) == ["5", "3", "2", "1"]
    assert [one.title for one in queries_arrangement.loose(clerk, "MZJ")] == ["第4号通知"]
    other = place(clerk, "MZJ", [items["3"], items["4"]], Where(2026, "永久"))[0]
    assert (titles(clerk, number), titles(clerk, other)) == (["5", "2", "1"], ["3", "4"])


def test_closing_numbers_without_gaps_and_opening_takes_the_numbers_back(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 3)
    assert list(queries_arrangement.arranged(clerk, "MZJ")) == []
    assert close(clerk, number, seen=revision(clerk, number)) == 3
    found = list(queries_arrangement.arranged(clerk, "MZJ", years=(2026,)))
    assert [one.ref for one in found] == [f"Z109-WS·2026·D30·办公室-000{n}" for n in (1, 2, 3)]
    assert found[0].values | {
        "ref": found[0].ref,
        "item_number": "0001",
        "series": "WS·2026·D30·办公室",
    } == dict(found[0].values)
    assert found[0].values["record_code"] == "OA-1" and found[0].values["retention"] == "30年"
    assert [one.name for one in found[0].files] == ["正文.txt", "附件.csv"]
    item = queries_arrangement.in_class(clerk, number)[0]
    with pytest.raises(Conflict, match=r"desk\.item\.numbered"):
        dissolve(clerk, item.uuid, seen=item.revision)
    with pytest.raises(Conflict, match=r"desk\.item\.numbered"):
        take_out(clerk, item.uuid)
    with pytest.raises(Lacking):
        edit(clerk, item.uuid, {"title": "只有题名"}, seen=item.revision)
    edit(clerk, item.uuid, {**VALUES, "title": "改过的题名"}, seen=item.revision)
    assert next(queries_arrangement.arranged(clerk, "MZJ")).title == "改过的题名"
    with pytest.raises(Conflict, match=r"desk\.class\.closed"):
        move(clerk, number, item.uuid, 2, seen=revision(clerk, number))
    reopen(clerk, number, seen=revision(clerk, number))
    assert {one.ref for one in queries_arrangement.in_class(clerk, number)} == {""}
    assert list(queries_arrangement.arranged(clerk, "MZJ")) == []
    with pytest.raises(Conflict, match=r"desk\.class\.not_closed"):
        reopen(clerk, number, seen=revision(clerk, number))


def test_a_class_that_lacks_something_is_not_numbered_and_every_reason_is_told(
    cast: Mapping[str, Actor],
) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 2)
    first, second = queries_arrangement.in_class(clerk, number)
    for one, missing in ((first, "author"), (second, "date")):
        edit(clerk, one.uuid, {k: v for k, v in VALUES.items() if k != missing}, seen=one.revision)
    with pytest.raises(Lacking) as refused:
        close(clerk, number, seen=revision(clerk, number))
    assert {(one.path, one.facts["key"]) for one in refused.value.reasons} == {
        (first.uuid, "author"),
        (second.uuid, "date"),
    }
    assert {one.ref for one in queries_arrangement.in_class(clerk, number)} == {""}


def test_what_cannot_be_described_so_is_told_by_field(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 1)
    item = queries_arrangement.in_class(clerk, number)[0]
    with pytest.raises(Lacking) as refused:
        edit(clerk, item.uuid, {**VALUES, "date": "20261399", "year": "2025", "title": ""}, seen=1)
    assert {one.path for one in refused.value.reasons} == {"values.date", "values.year", "values.title"}
    assert edit(clerk, item.uuid, {**VALUES, "title": "改过的题名"}, seen=1) == ()
    with pytest.raises(Conflict, match=r"desk\.item\.changed"):
        edit(clerk, item.uuid, VALUES, seen=1)
    assert queries_arrangement.item(clerk, item.uuid).told["title"] == "改过的题名"


def test_classes_that_cannot_be_are_refused(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    items = form(clerk, "MZJ", [[captured(clerk, 1)[0]]])
    with pytest.raises(Lacking) as refused:
        place(clerk, "MZJ", items, Where(2099, "9年", "", "Z110"))
    assert {one.path for one in refused.value.reasons} == {"values.year", "values.retention", "values.fonds"}
    with pytest.raises(Invalid, match=r"desk\.items\.none"):
        place(clerk, "MZJ", [], HERE)
    assert queries_arrangement.classes(clerk, "MZJ") == []


def test_who_may_arrange_and_see(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 1)
    item = queries_arrangement.in_class(clerk, number)[0]
    for name in ("他局", "陆安", "方正", "安全审计员"):
        with pytest.raises(Forbidden):
            close(cast[name], number, seen=2)
        with pytest.raises(Forbidden):
            edit(cast[name], item.uuid, VALUES, seen=1)
    for name in ("他局", "方正", "何恒", "系统管理员"):
        with pytest.raises(NotFound):
            queries_arrangement.item(cast[name], item.uuid)
        assert queries_arrangement.classes(cast[name], "MZJ") == []
    assert queries_arrangement.filing_class(cast["陆安"], number).size == 1


def test_classes_stand_in_the_order_of_the_scheme(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    items = form(clerk, "MZJ", [[number] for number in captured(clerk, 4)])
    asked = [("办公室", "10年"), ("人事科", "永久"), ("办公室", "永久"), ("人事科", "10年")]
    for item, (function, retention) in zip(items, asked, strict=True):
        place(clerk, "MZJ", [item], Where(2026, retention, function))

    def told() -> list[tuple[str, str]]:
        return [(one.function, one.retention) for one in queries_arrangement.classes(clerk, "MZJ", year=2026)]

    assert told() == [("人事科", "永久"), ("人事科", "10年"), ("办公室", "永久"), ("办公室", "10年")]
    set_scheme(clerk, "MZJ", ["year", "retention", "function"])
    assert told() == [("人事科", "永久"), ("办公室", "永久"), ("人事科", "10年"), ("办公室", "10年")]
    with pytest.raises(Invalid, match=r"desk\.scheme\.levels"):
        set_scheme(clerk, "MZJ", ["year", "year", "function"])


def test_several_go_into_their_classes_or_none(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    numbers = captured(clerk, 3)
    wrong = Putting(Where(2026, "9年"), ((numbers[2],),))
    with pytest.raises(Lacking):
        put(clerk, "MZJ", [Putting(HERE, ((numbers[0],), (numbers[1],))), wrong])
    assert queries.counts(clerk) == {"tray": 3}
    assert queries_arrangement.classes(clerk, "MZJ") == []
    assert len(put(clerk, "MZJ", [Putting(HERE, (tuple(numbers),))])) == 1
    assert queries.counts(clerk) == {"arranged": 3}


def test_what_a_reference_code_cannot_say_is_refused_before_there_is_a_class(
    cast: Mapping[str, Actor],
) -> None:
    clerk = cast["沈文"]
    items = form(clerk, "MZJ", [[captured(clerk, 1)[0]]])
    with pytest.raises(Lacking) as refused:
        place(clerk, "MZJ", items, Where(2026, "30年", "办公室/人事科"))
    assert [one.path for one in refused.value.reasons] == ["values.function"]


def test_a_code_that_another_record_has_is_not_given_again(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 2)
    ref = "Z109-WS·2026·D30·办公室-0002"
    told = {"ref": ref, "title": "已进馆的一件", "year": "2026", "retention": "30年"}
    describe(SYSTEM, uuid4(), [Description(f"urn:uuid:{uuid4()}", ref, "item", "WS", "Z109", told)])
    with pytest.raises(Lacking) as refused:
        close(clerk, number, seen=revision(clerk, number))
    assert [(one.code, one.found) for one in refused.value.reasons] == [("desk.ref.taken", ref)]


def test_entries_name_documents_from_which_everything_can_be_made_again(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 2)
    close(clerk, number, seen=revision(clerk, number))
    sequence()
    urn = FilingClass.objects.get(number=number).urn
    told = {one.act: one.data for one in ledger.history([urn])}
    assert {"desk.class.make", "desk.item.place", "desk.class.close"} <= set(told)
    numbered = json.loads(store.read(told["desk.class.close"]["content"]))
    assert [line[1][-4:] for line in numbered["items"]] == ["0001", "0002"]
    formed = json.loads(store.read(numbered["items"][0][2]))
    assert formed["items"][0]["urn"] == numbered["items"][0][0]


def test_numbers_in_texts_count_as_numbers(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    numbers = [
        capture(clerk, letter(f"OA-{n}", values={**VALUES, "doc_number": f"云民〔2026〕{n}号"})).number
        for n in (10, 3, 21)
    ]
    items = form(clerk, "MZJ", [[number] for number in numbers])
    number = place(clerk, "MZJ", items, HERE)[0]
    sort(clerk, number, "doc_number", seen=revision(clerk, number))
    found = queries_arrangement.in_class(clerk, number)
    assert [one.doc_number for one in found] == ["云民〔2026〕3号", "云民〔2026〕10号", "云民〔2026〕21号"]


def test_what_lies_in_a_hand_over_stays_as_it_is(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    number = filed(clerk, 1)
    close(clerk, number, seen=revision(clerk, number))
    item = Item.objects.get()
    hand_over = HandOver.objects.create(
        uuid=uuid4(), number="H2026-0001", unit=item.unit, fonds="Z109", classes=[number],
        state=HandOverState.DRAFT, state_since=timezone.now(), made_by="x", made_at=timezone.now(),
    )  # fmt: skip
    HandOverItem.objects.create(hand_over=hand_over, order=1, item=item, ref=item.ref, title=item.title)
    edit(clerk, str(item.uuid), {**VALUES, "title": "移交前改过"}, seen=1)
    with pytest.raises(Conflict, match=r"desk\.class\.in_hand_over"):
        reopen(clerk, number, seen=revision(clerk, number))
    HandOver.objects.update(state=HandOverState.BUILT)
    with pytest.raises(Conflict, match=r"desk\.item\.in_hand_over"):
        edit(clerk, str(item.uuid), VALUES, seen=2)
    assert queries_arrangement.item(clerk, str(item.uuid)).packed
    HandOver.objects.update(state=HandOverState.CANCELLED)
    reopen(clerk, number, seen=revision(clerk, number))
    with pytest.raises(Conflict, match=r"desk\.item\.was_sent"):
        dissolve(clerk, str(item.uuid), seen=2)
