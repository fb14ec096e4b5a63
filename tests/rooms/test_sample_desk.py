"""The desk of the sample district: furnished by acts, twice the same, with all that the README promises."""

from __future__ import annotations

import pytest

from lantai.cli import demo, demo_desk
from lantai.desk import queries as desk
from lantai.desk import queries_arrangement as arrangement
from lantai.desk import queries_checks, queries_hand_over, queries_lending, queries_reminders
from lantai.desk.faults import records
from lantai.desk.queries_faces import register, work_list
from lantai.desk.queries_schedules import versions, waiting
from lantai.desk.queries_sending import targets
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.sample import district
from lantai.site.work import settle
from tests.conftest import Site


@pytest.mark.slow
def test_the_desk_is_furnished_and_stays_as_it_is(site: Site) -> None:
    parts = (district.UNITS, district.ARCHIVES, district.BUREAU, district.FONDS, district.PEOPLE)
    demo._people(district.District(district.NAME, *parts, (), ()), site.root)
    demo_desk.furnish(site.root)
    settle()
    clerk, bureau = people.actor("shenwen"), people.actor("fangzheng")
    assert desk.counts(clerk)["tray"] == 20
    assert [one.state for one in versions(clerk, "MZJ")] == ["approved"]
    assert [one.unit_code for one in waiting(bureau)] == ["JYJ"]
    lacking = {one.name: one.filed for one in queries_reminders.waiting(people.unit("MZJ").id, 2025)}
    assert lacking["社会事务股"] == 0 < lacking["社会救助股"]
    states = {one.number: one.state for one in arrangement.classes(clerk, "MZJ")}
    assert states == {
        **dict.fromkeys(("G2025-0001", "G2025-0002", "G2025-0003"), "open"),
        **{"G2024-0001": "closed", "G2016-0001": "closed", "G2016-0002": "handed", "G2016-0003": "handed"},
    }
    assert arrangement.filing_class(clerk, "G2024-0001").volumes == 2
    _newest, check = queries_checks.checks_of(clerk, "G2025-0003")
    assert check is not None and [one.order for one in records(check, "WS")] == [2, 3]
    first, second = reversed(queries_hand_over.hand_overs(clerk, unit="MZJ").items)
    assert (first.outcome, second.outcome) == ("closed", "returned")
    assert {one.side for one in register(clerk, first.number).signatures} == {"unit", "archives"}
    assert len(work_list(clerk, second.number)) == 3, "two faults, and the reason"
    assert queries_lending.overdue(clerk) == 1
    (place,) = targets(clerk, "MZJ")
    assert place.archives == "清江市档案馆" and len(place.fingerprint) == 64 and not place.busy
    ((_number, _at, departments),) = queries_reminders.reminders(people.unit("MZJ").id, 2025)
    assert departments == sum(not filed for filed in lacking.values()) == 1
    size = ledger.size()
    demo_desk.furnish(site.root)
    settle()
    assert ledger.size() == size
