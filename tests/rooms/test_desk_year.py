"""Departments contribute, the clerk closes: whose documents are, who sees them, reminders, the figures of a year."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.base.paging import Page, every
from lantai.desk import (
    queries,
    queries_arrangement,
    queries_departments,
    queries_reminders,
    queries_table,
    queries_ways,
    queries_year,
)
from lantai.desk.filing_days import filing_rule
from lantai.desk.models import Capture, Item
from lantai.desk.proposing import propose
from lantai.desk.queries_statistics import statistics
from lantai.desk.queries_year import Stages, summed
from lantai.desk.services import Putting, Where, capture, close, form, place, put
from lantai.desk.services import hand_over as making
from lantai.desk.services.departments import Keeping, add_department, assign, change_department
from lantai.desk.services.describe import describe
from lantai.desk.services.filing_check_run import advance_filing_check
from lantai.desk.services.filing_checks import order_check
from lantai.desk.services.hand_over import Wanted
from lantai.desk.services.hand_over_send import send
from lantai.desk.services.reminders import remind, set_filing_day
from lantai.kernel.errors import Conflict, Forbidden, LantaiError
from lantai.ledger import queries as ledger
from lantai.people.queries import unit
from lantai.site.work import settle
from tests.departments import contributor, department, give, owner
from tests.filing import YEAR, checked, said
from tests.filing import close as closed
from tests.office import VALUES, letter


def filed(actor: Actor, external: str, date: str = "20250105", **values: str) -> str:
    told = {**VALUES, "date": date, "title": f"关于{external}的通知", **values}
    return capture(actor, letter(external, values=told)).number


def raised(code: str, do: Any, *args: Any, **named: Any) -> LantaiError:
    with pytest.raises(LantaiError) as refused:
        do(*args, **named)
    assert refused.value.code == code
    return refused.value


def key() -> int:
    return unit("MZJ").id


def test_departments_are_kept_by_the_clerk_with_their_history(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke", expected=30)
    shown = queries_departments.department(clerk, key(), "YM")
    assert (shown.people, shown.expected_in(2025), shown.expects(1999)) == ((("liuke", "刘科"),), 30, False)
    change_department(clerk, "MZJ", "YM", Keeping("移民安置科", expected=40, since=2025), seen=1)
    shown = queries_departments.department(clerk, key(), "YM")
    assert [shown.expected_in(year) for year in (2024, 2025, 2026)] == [30, 40, 40]
    assert shown.people == () and shown.revision == 2
    told = [entry.act for entry in ledger.history([shown.urn])]
    assert told == ["desk.department.add", "desk.department.change"]
    size = ledger.pending()
    change_department(clerk, "MZJ", "YM", Keeping("移民安置科", expected=40, since=2026), seen=2)
    assert ledger.pending() == size
    raised(
        "desk.department.changed", change_department, clerk, "MZJ", "YM", Keeping("甲", since=2025), seen=1
    )


def test_what_cannot_be_a_department_is_refused(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    contributor("liuke", "刘科")
    contributor("jiaoke", "焦科", "JYJ")
    department(clerk, "YM", "移民科", "liuke")
    good = Keeping("办公室", since=2025)
    for code, told, expected in (
        ("Y M", good, "desk.department.code_wrong"),
        ("YM", good, "desk.department.exists"),
        ("BG", Keeping("移民科", since=2025), "desk.department.exists"),
        ("BG", Keeping("", since=2025), "desk.department.name_wrong"),
        ("BG", Keeping("办公室", since=0), "desk.department.since_wrong"),
        ("BG", Keeping("办公室", since=2025, order=-1), "desk.department.order_wrong"),
        ("BG", Keeping("办公室", since=2025, expected=-1), "desk.department.expected_wrong"),
        ("BG", Keeping("办公室", since=2025, people=("jiaoke",)), "desk.department.contributor_wrong"),
        ("BG", Keeping("办公室", since=2025, people=("shenwen",)), "desk.department.contributor_wrong"),
        ("BG", Keeping("办公室", since=2025, people=("liuke",)), "desk.department.contributor_taken"),
    ):
        raised(expected, add_department, clerk, "MZJ", code, told)
    for stranger in (cast["他局"], cast["陆安"], cast["方正"]):
        raised("people.permission.missing", add_department, stranger, "MZJ", "BG", good)
    assert [one.code for one in queries_departments.departments(clerk, key())] == ["YM"]


def test_what_a_contributor_brings_is_her_departments_and_the_rest_says_whose_it_is(
    cast: Mapping[str, Actor],
) -> None:
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    raised("desk.department.none", filed, own, "OA-0")
    department(clerk, "YM", "移民科", "liuke")
    department(clerk, "BG", "办公室")
    assert owner(filed(own, "OA-1", function="办公室")) == "YM"
    assert owner(filed(clerk, "OA-2", function="办公室")) == "BG"
    assert owner(filed(SYSTEM, "OA-3", author="区民政局移民科")) == "YM"
    assert owner(filed(SYSTEM, "OA-4", author="云岭区水利局移民科")) == ""
    unsaid = filed(clerk, "OA-5")
    assert owner(unsaid) == ""
    describe(clerk, unsaid, {"function": "YM", "date": "20240105"})
    assert owner(unsaid) == "YM" and Capture.objects.get(number=unsaid).year == 2024
    assert assign(clerk, "MZJ", [unsaid], "BG") == 1 and owner(unsaid) == "BG"
    assert assign(clerk, "MZJ", [unsaid], "BG") == 0
    raised("people.permission.missing", assign, own, "MZJ", [unsaid], "YM")
    shown = queries_departments.department(clerk, key(), "YM")
    change_department(
        clerk,
        "MZJ",
        "YM",
        Keeping("移民科", people=("liuke",), since=2025, is_open=False),
        seen=shown.revision,
    )
    raised("desk.department.none", filed, own, "OA-6")


def test_a_contributor_sees_nothing_of_another_department(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    people = {"YM": contributor("liuke", "刘科"), "BG": contributor("zhangke", "张科")}
    department(clerk, "YM", "移民科", "liuke")
    department(clerk, "BG", "办公室", "zhangke")
    chance = random.Random(4)
    owners: dict[str, str] = {}
    for n in range(24):
        code = chance.choice(["YM", "BG", ""])
        owners[filed(people.get(code, clerk), f"OA-{n}")] = code
    numbers = list(owners)
    arranged = chance.sample(numbers, 8)
    put(clerk, "MZJ", [Putting(Where(2025, "永久"), tuple((one,) for one in arranged))])
    for code, actor in people.items():
        mine = {number for number, whose in owners.items() if whose == code}
        seen = {line.number for line in every(partial(_page_of, actor))}
        assert seen == mine
        assert sum(queries.counts(actor).values()) == len(mine)
        assert queries.counts(actor)["tray"] == len(mine - set(arranged))
        assert (
            queries_arrangement.classes(actor, "MZJ") == [] and queries_arrangement.loose(actor, "MZJ") == []
        )
        for number in numbers:
            _sees_no_more(actor, number, number in mine, number in arranged)
        assert {one.key for one in queries_table.waiting(actor, "MZJ").items} == mine - set(arranged)
        assert queries_ways.arrivals(actor).items == []
        for item in Item.objects.values_list("uuid", flat=True):
            raised("desk.item.missing", queries_arrangement.item, actor, str(item))
        _may_not_close(actor, numbers)


def _page_of(actor: Actor, after: str) -> Page[Any]:
    return queries.captures(actor, after=after, size=5)


def _sees_no_more(actor: Actor, number: str, mine: bool, arranged: bool) -> None:
    asked: tuple[Any, ...] = (queries.capture, queries.receipt, queries_ways.proposals)
    for ask in asked:
        if mine:
            ask(actor, number)
        else:
            raised("desk.capture.missing", ask, actor, number)
    if mine:
        assert queries.original(actor, number, 1)[1].is_file()
        if arranged:
            raised("desk.capture.arranged", describe, actor, number, {"note": "补"})
        else:
            describe(actor, number, {"note": "补"})
    else:
        raised("desk.capture.missing", queries.original, actor, number, 1)
        raised("desk.capture.missing", describe, actor, number, {"note": "补"})
    assert queries_arrangement.item_of(actor, number) == ""


def _may_not_close(actor: Actor, numbers: list[str]) -> None:
    forbidden = "people.permission.missing"
    raised(forbidden, form, actor, "MZJ", [[numbers[0]]])
    raised(forbidden, place, actor, "MZJ", [str(Item.objects.values_list("uuid")[0][0])], Where(2025, "永久"))
    raised(forbidden, put, actor, "MZJ", [Putting(Where(2025, "永久"), ((numbers[0],),))])
    raised(forbidden, close, actor, "G2025-0001", seen=2)
    raised(forbidden, queries_year.year_of_unit, actor, key(), 2025)
    raised(forbidden, queries_year.district, actor, 2025)
    raised(forbidden, statistics, actor, key())
    raised(forbidden, remind, actor, "MZJ", 2025, ["YM"])
    raised(forbidden, set_filing_day, actor, "MZJ", 2025, None)


def test_a_conflict_with_another_departments_document_tells_nothing_of_it(cast: Mapping[str, Actor]) -> None:
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke")
    number = filed(clerk, "OA-1")
    for day in ("20250105", "20250106"):  # the very same document, and another of that identifier
        told = raised("desk.capture.elsewhere", filed, own, "OA-1", day)
        assert isinstance(told, Conflict) and number not in str(told.facts)
    mine = filed(own, "OA-2")
    assert filed(own, "OA-2") == mine
    raised("desk.capture.differs", filed, own, "OA-2", "20250107")


def test_the_department_is_proposed_with_its_reason(cast: Mapping[str, Actor]) -> None:
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke")
    filed(own, "OA-1")
    filed(clerk, "OA-2")

    def proposed() -> list[tuple[str, list[str]]]:
        rows = queries_table.waiting(clerk, "MZJ").items
        told = propose(key(), [one.values for one in rows], [one.department for one in rows])
        return [(one.function, [reason.code for reason in one.reasons]) for one in told]

    assert proposed() == [
        ("移民科", ["desk.propose.dated", "desk.propose.department"]),
        ("", ["desk.propose.dated"]),
    ]
    number = filed(clerk, "OA-3")
    put(clerk, "MZJ", [Putting(Where(2025, "永久"), ((number,),))])  # a unit that does not divide by 机构
    assert proposed()[0] == ("", ["desk.propose.dated", "desk.propose.department"])


def test_the_tray_and_the_table_are_narrowed_by_department(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    department(clerk, "YM", "移民科")
    one, two, three = (
        filed(clerk, f"OA-{n}", date) for n, date in enumerate(("20250105", "20240105", "20250105"))
    )
    give(clerk, [one, two], "YM")

    def tray(**narrowed: Any) -> set[str]:
        return {line.number for line in queries.captures(clerk, **narrowed).items}

    assert tray(department="YM") == {one, two} and tray(department="-") == {three}
    assert tray(department="YM", year=2025) == {one} and tray(year=2024) == {two}
    assert {row.key for row in queries_table.waiting(clerk, "MZJ", department="YM").items} == {one, two}
    form(clerk, "MZJ", [[two, three]])
    assert [row.title for row in queries_table.loose(clerk, "MZJ", department="YM").items] == [
        "关于OA-1的通知"
    ]
    assert queries_table.loose(clerk, "MZJ", department="-").items == []


def test_who_has_filed_too_little_is_reminded_once_and_again(cast: Mapping[str, Actor]) -> None:
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke", expected=3)
    department(clerk, "BG", "办公室", expected=None)
    department(clerk, "DB", "督办科", expected=0)
    filed(own, "OA-1")
    filed(own, "OA-2", "20240105")
    told = [
        (one.code, one.expected, one.filed, one.lacking) for one in queries_reminders.waiting(key(), 2025)
    ]
    assert told == [("BG", None, 0, 1), ("YM", 3, 1, 2)]
    assert queries_reminders.notices(own) == []
    first = remind(clerk, "MZJ", 2025, ["YM", "BG"])
    second = remind(clerk, "MZJ", 2025, ["YM"])
    assert first != second
    (notice,) = queries_reminders.notices(own)
    assert (notice.year, notice.lacking, notice.day, len(notice.reminded)) == (2025, 2, date(2026, 6, 30), 2)
    assert [len(one.reminded) for one in queries_reminders.waiting(key(), 2025)] == [1, 2]
    shown = queries_reminders.reminder(clerk, second)
    assert [(line[0], len(line[3])) for line in shown.lines] == [("移民科", 1)]
    assert [line[0] for line in queries_reminders.reminder(own, first).lines] == ["移民科"]
    raised("desk.remind.missing", queries_reminders.reminder, cast["他局"], first)
    entry = ledger.entries(act="desk.department.remind").items
    assert len(entry) == 0 or entry[0].data["departments"] == 1  # sequenced later
    raised("desk.remind.none", remind, clerk, "MZJ", 2025, [])
    for n in (3, 4):
        filed(own, f"OA-{n}")
    assert queries_reminders.notices(own) == []
    raised("desk.remind.filed", remind, clerk, "MZJ", 2025, ["YM"])


def test_the_day_is_the_rules_or_the_clerks(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    department(clerk, "YM", "移民科")
    assert filing_rule().basis == "K"
    (told,) = queries_reminders.gathering(key(), date(2026, 6, 30))
    assert (told.year, told.day, told.late) == (2025, date(2026, 6, 30), False)
    assert queries_reminders.gathering(key(), date(2026, 7, 1))[0].late
    set_filing_day(clerk, "MZJ", 2025, date(2026, 3, 31))
    assert queries_departments.filing_day(key(), 2025) == date(2026, 3, 31)
    raised("desk.filing_day.early", set_filing_day, clerk, "MZJ", 2025, date(2024, 12, 31))
    raised("desk.filing_day.late", set_filing_day, clerk, "MZJ", 2025, date(2036, 1, 1))
    set_filing_day(clerk, "MZJ", 2026, date(2026, 12, 20))
    assert [one.year for one in queries_reminders.gathering(key(), date(2026, 7, 1))] == [2025, 2026]
    set_filing_day(clerk, "MZJ", 2025, None)
    assert queries_departments.filing_day(key(), 2025) == date(2026, 6, 30)
    (home().root / "filing_days.toml").write_text("[usual]\nmonth = 13\n", "utf-8")
    raised("desk.filing_days.unreadable", filing_rule)


def test_the_figures_of_a_year_are_those_of_counting_one_by_one(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    department(clerk, "YM", "移民科", expected=20)
    department(clerk, "BG", "办公室", expected=None)
    chance = random.Random(7)
    numbers = [filed(clerk, f"OA-{n}", chance.choice(["20250105", "20240105"])) for n in range(30)]
    for number in numbers:
        code = chance.choice(["YM", "BG", "-"])
        give(clerk, [number], code)
    groups, rest = [], list(numbers)
    while len(rest) > 6:
        groups.append(tuple(rest.pop() for _ in range(chance.randint(1, 2))))
    where = [Where(2025, "永久"), Where(2025, "30年"), Where(2024, "永久")]
    for group in groups:
        put(clerk, "MZJ", [Putting(chance.choice(where), (group,))])
    form(clerk, "MZJ", [rest[:2]])
    one = queries_arrangement.classes(clerk, "MZJ", year=2025)[0]
    closed(clerk, one.number)
    rows = {row.code: row.stages for row in queries_year.year_of_unit(clerk, key(), 2025)}
    assert rows == _by_hand(2025) | {
        code: Stages(expected) for code, expected in (("YM", 20), ("BG", None)) if code not in _by_hand(2025)
    }
    total = summed(rows.values())
    assert total.expected == 20 and total.numbered == total.checked == one.size
    for code, stages in rows.items():
        assert len(queries.captures(clerk, department=code, year=2025, size=100).items) == stages.filed
        for stage in queries_year.STAGES:
            found = queries_year.staged(clerk, key(), 2025, stage, department=code).items
            assert len(found) == getattr(stages, stage)
    (line,) = [row for row in queries_year.district(cast["方正"], 2025).items if row.code == "MZJ"]
    assert line.stages == total


def _by_hand(year: int) -> dict[str, Stages]:
    """Return the figures by walking through every row in plain Python."""
    counts: dict[str, Counter[str]] = {}
    for row in Capture.objects.all():
        link = getattr(row, "link", None)
        place = link.item.filing_class if link else None
        if (place.year if place else row.year) == year:
            told = counts.setdefault(owner(row.number) or "-", Counter())
            told.update(filed=1, placed=1 if place else 0)
    for item in Item.objects.filter(filing_class__year=year):
        lead = item.links.get(order=1).capture.number
        told = counts.setdefault(owner(lead) or "-", Counter())
        numbered = item.state != "open"
        told.update(arranged=1, checked=numbered, numbered=numbered, handed=item.state == "handed")
    expected = {"YM": 20}
    for code, told in counts.items():
        told.update(lacking=max(0, expected.get(code, 0) - told["filed"]))
    return {code: Stages(expected.get(code), **told) for code, told in counts.items()}


def test_the_figures_follow_a_year_from_the_departments_to_the_archives(cast: Mapping[str, Actor]) -> None:
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke", expected=3)
    seen = []

    def look() -> None:
        (row,) = queries_year.year_of_unit(clerk, key(), YEAR)
        now = row.stages
        seen.append((now.filed, now.lacking, now.arranged, now.checked, now.numbered, now.handed))
        (line,) = (row for row in queries_year.district(cast["方正"], YEAR).items if row.code == "MZJ")
        assert line.stages == now

    numbers = [
        filed(own, f"OA-{n}", f"{YEAR}0105", doc_number=f"云民〔{YEAR}〕{n}号", pages="1") for n in (1, 2)
    ]
    look()
    (place_,) = put(clerk, "MZJ", [Putting(Where(YEAR, "永久", "移民科"), tuple((one,) for one in numbers))])
    look()
    assert advance_filing_check(order_check(clerk, place_, seen=2)) == "done"
    look()  # what it left to people stands in the way
    checked(clerk, place_)
    look()
    close(clerk, place_, seen=queries_arrangement.filing_class(clerk, place_).revision)
    look()
    number = making.begin(clerk, "MZJ", [place_])
    said(clerk, number)
    making.order(clerk, number, Wanted(description="文书档案"))
    settle()
    look()
    send(clerk, number)
    look()
    for mine in numbers:  # who brought it reads it on, and is told no number of it
        assert queries.original(own, mine, 1)[1].is_file() and queries_arrangement.item_of(own, mine) == ""
    assert {line.state for line in queries.captures(own).items} == {"arranged"}
    assert seen == [
        (2, 1, 0, 0, 0, 0),
        (2, 1, 2, 0, 0, 0),
        (2, 1, 2, 0, 0, 0),
        (2, 1, 2, 2, 0, 0),
        (2, 1, 2, 2, 2, 0),
        (2, 1, 2, 2, 2, 0),
        (2, 1, 2, 2, 2, 2),
    ]


def test_eight_hundred_units_take_five_questions(cast: Mapping[str, Actor]) -> None:
    from lantai.people.models import Unit

    Unit.objects.bulk_create(Unit(code=f"U{n:03d}", name=f"单位{n}") for n in range(800))
    department(cast["沈文"], "YM", "移民科", expected=5)
    filed(cast["沈文"], "OA-1")
    with CaptureQueriesContext(connection) as asked:
        found = queries_year.district(cast["方正"], 2025)
    assert len(found.items) == 802 and found.after == "" and len(asked) <= 5
    told = list(every(lambda after: queries_year.district(cast["陆安"], 2025, after=after, size=100)))
    assert told == list(found.items)
    assert {row.code: row.stages for row in told}["MZJ"] == Stages(5, filed=1, lacking=5)
    for stranger in ("沈文", "何恒", "顾闻"):
        with pytest.raises(Forbidden):
            queries_year.district(cast[stranger], 2025)


def test_statistics_are_exact(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    department(clerk, "YM", "移民科")
    chance = random.Random(11)
    numbers = []
    for n in range(24):
        pages = chance.choice(["", "3", "12"])
        values = {**VALUES, "date": chance.choice(["20250105", "20240105"]), "title": f"第{n}号"}
        brings = letter(
            f"OA-{n}",
            values=values | ({"pages": pages} if pages else {}),
            source=chance.choice(["api", "upload"]),
        )
        numbers.append(capture(clerk, brings).number)
    give(clerk, chance.sample(numbers, 10), "YM")
    rest = list(numbers)
    for where in (Where(2025, "永久"), Where(2024, "30年"), Where(2025, "10年")):
        groups = [(rest.pop(),) for _ in range(4)]
        put(clerk, "MZJ", [Putting(where, (*groups, (rest.pop(), rest.pop())))])
    form(clerk, "MZJ", [[rest.pop(), rest.pop()], [rest.pop()]])
    with CaptureQueriesContext(connection) as asked:
        found = statistics(clerk, key())
    assert len(asked) <= 6 and found.waiting == len(rest)
    for year in (None, 2025, 2024):
        told = statistics(clerk, key(), year=year)
        expected, total, forms = _counted(year)
        got = {(name, line.value): line.figures for name, lines in told.tables.items() for line in lines}
        assert {at: (f.items, f.files, f.pages, f.bytes) for at, f in got.items()} == expected
        assert (told.total.items, told.total.files, told.total.pages, told.total.bytes) == total
        assert {
            line.value: (line.figures.items, line.figures.files, line.figures.bytes) for line in told.forms
        } == forms
    with pytest.raises(Forbidden):
        statistics(cast["他局"], key())


def _counted(year: int | None) -> tuple[dict[Any, Any], tuple[int, ...], dict[str, Any]]:
    """Return the figures of statistics by walking through every item in plain Python."""
    tables: dict[Any, list[int]] = {}
    total = [0, 0, 0, 0]
    forms: dict[str, list[Any]] = {}
    for item in Item.objects.all():
        captures = [link.capture for link in item.links.order_by("order")]
        lead, place = captures[0], item.filing_class
        of = place.year if place else lead.year
        if year is not None and of != year:
            continue
        pages = item.values.get("pages", "")
        files = [file for one in captures for file in one.components.all()]
        figures = [1, len(files), int(pages) if pages.isdigit() else 0, sum(file.bytes for file in files)]
        says = {
            "year": str(of),
            "type": item.type,
            "retention": place.retention if place else "",
            "department": owner(lead.number),
            "source": lead.source,
        }
        for at in [*says.items()]:
            tables[at] = [a + b for a, b in zip(tables.get(at, [0] * 4), figures, strict=True)]
        total = [a + b for a, b in zip(total, figures, strict=True)]
        for mime in {file.mime for file in files}:
            mine = [file for file in files if file.mime == mime]
            told = forms.setdefault(mime, [0, 0, 0])
            told[0], told[1], told[2] = told[0] + 1, told[1] + len(mine), told[2] + sum(f.bytes for f in mine)
    return (
        {at: tuple(figures) for at, figures in tables.items()},
        tuple(total),
        {mime: tuple(told) for mime, told in forms.items()},
    )
