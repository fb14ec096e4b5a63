"""By which words a record is found: never by those its page hides from the one who asks."""

from __future__ import annotations

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.catalogue.services import register_catalogue, urn_of
from lantai.holdings.services import Description
from lantai.search.queries import Question, search
from lantai.site.work import settle
from tests.packages import values


def _entry(number: int, status: str) -> Description:
    ref = f"Z109-WS·2011·Y-{number:04d}"
    told = values(ref, "关于婚姻登记的报告", open_status=status, persons="欧阳示例", keywords="婚姻登记")
    return Description(urn_of(ref), ref, "item", "WS", "Z109", told)


def test_a_name_finds_what_its_reader_may_see_it_in(cast: dict[str, Actor]) -> None:
    register_catalogue(SYSTEM, [_entry(1, "开放"), _entry(2, "控制")], source="目录")
    settle()
    assert search(cast["陆安"], Question(text="婚姻")).total == 2
    assert search(PUBLIC, Question(text="婚姻")).total == 1
    assert search(PUBLIC, Question(text="欧阳")).total == 0
    assert search(cast["他局"], Question(text="欧阳")).total == 0
    found = search(cast["陆安"], Question(text="欧阳"))
    assert [one.record.open_status for one in found.found] == ["控制"]
