"""The remembered checks say what the plain ones say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.recordtypes import load, normalise, validate
from lantai.kernel.recordtypes.compiled import RowChecker

TYPES = load()
TODAY = date(2026, 11, 22)

_SAID = st.sampled_from(
    [
        *(
            "",
            " ",
            "2014",
            "2014年",
            "1980",
            "3000",
            "长期",
            "永久",
            "30年",
            "D30",
            "Y",
            "秘密",
            "机密★10年",
            "公开",
        ),
        *(
            "20140512",
            "2014-05-12",
            "2014年5月",
            "20159999",
            "20150101-20141231",
            "张三；李四",
            "开放",
            "控制",
            "第3页",
        ),
        *(
            "12",
            "12页",
            "-1",
            "x" * 600,
            "锟斤拷",
            "题\u200b名",
            "关于安全生产的通知",
            "一\n二",
            "★",
            "A\0B",
            "办公室",
        ),
    ]
)


@pytest.mark.parametrize("code", sorted(TYPES))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_remembered_checks_say_what_the_plain_ones_say(code: str, data: st.DataObject) -> None:
    type = TYPES[code]
    checker = RowChecker(type, today=TODAY)
    keys = [*(element.key for element in type.of_scope()), "nobody_knows"]
    rows = data.draw(
        st.lists(
            st.dictionaries(st.sampled_from(keys), _SAID | st.text(max_size=20), max_size=12), max_size=4
        )
    )
    for level in ("file", "item"):
        for row in rows:
            meant, found = checker.check(row, level)
            assert meant == normalise(type, row)
            assert list(found) == validate(type, row, "GD", level=level, today=TODAY)


def test_memory_of_the_checker_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lantai.kernel.recordtypes.compiled.REMEMBERED", 5)
    checker = RowChecker(TYPES["WS"], today=TODAY)
    for year in range(1900, 2026):
        meant, found = checker.check({"year": f"{year}年", "title": "题名"})
        assert meant["year"] == str(year)
        assert [one.facts["key"] for one in found]
