"""Suggestions: measured on invented labelled titles, the same every time, with reasons, never alone in a doubt."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.hints import Confidence
from lantai.kernel.schedules import Schedule, from_rows, suggest
from lantai.kernel.sources import Row
from lantai.kernel.texts import LANGUAGES
from tests.kernel.schedules.labelled import HEADINGS, ROWS, TUNED, UNIT, UNSEEN


def schedule() -> Schedule:
    return from_rows(HEADINGS, [Row(n, row) for n, row in enumerate(ROWS, 2)], UNIT, 1).schedule


SCHEDULE = schedule()


@pytest.mark.parametrize(
    ("titles", "first", "among_three"), [(TUNED, 0.92, 0.98), (UNSEEN, 0.85, 0.92)], ids=["tuned", "unseen"]
)
def test_titles_of_a_clerk(
    titles: tuple[tuple[str, str, str], ...], first: float, among_three: float
) -> None:
    firsts = threes = sure = sure_right = 0
    for title, sender, right in titles:
        found = suggest(SCHEDULE, title, sender=sender)
        numbers = [one.line.number for one in found]
        hit = bool(numbers) and numbers[0] in right.split()
        firsts += hit
        threes += bool(set(numbers[:3]) & set(right.split()))
        if found and found[0].confidence is Confidence.STRONG:
            sure, sure_right = sure + 1, sure_right + hit
    print(f"first {firsts}, among three {threes}, of {len(titles)}; sure {sure}, rightly {sure_right}")
    assert firsts / len(titles) >= first
    assert threes / len(titles) >= among_three
    assert sure_right / sure >= 0.9


def test_there_are_enough_titles() -> None:
    assert len({title for title, _, _ in (*TUNED, *UNSEEN)}) >= 100
    numbers = {line.number for line in SCHEDULE.lines}
    assert all(set(right.split()) <= numbers for _, _, right in (*TUNED, *UNSEEN))


def test_reasons_are_sentences() -> None:
    found = suggest(SCHEDULE, "云岭区民政局关于任命李明同志为科长的通知", sender=UNIT)[0]
    assert found.line.number == "4.2"
    told = [[reason.sentence(language) for reason in found.reasons] for language in LANGUAGES]
    assert any("任命—任免" in one for one in told[0])
    assert all(all(side) for side in told)


def test_important_and_ordinary_are_for_a_person() -> None:
    found = suggest(SCHEDULE, "云州市民政局关于召开民政工作会议的通知", sender="云州市民政局")
    assert [one.line.number for one in found[:2]] == ["1.1.1", "1.1.2"]
    assert found[0].weight == found[1].weight
    assert all(one.confidence is not Confidence.STRONG for one in found[:2])
    assert any(reason.code == "schedules.suggest.twins" for reason in found[0].reasons)


def test_who_sent_it_counts() -> None:
    title = "关于2023年工作总结的报告"
    own = suggest(SCHEDULE, title, sender=UNIT)
    below = suggest(SCHEDULE, title, sender=f"{UNIT}婚姻登记处")
    assert own[0].line.number == "3.1"
    assert below[0].line.number == "7.1"
    assert any(reason.code == "schedules.suggest.below" for reason in below[0].reasons)
    letter = suggest(SCHEDULE, "关于商洽低保数据的函", "函", "云岭区财政局")
    assert {"6.1", "8.1"} <= {one.line.number for one in letter}


def test_nothing_fits_nothing() -> None:
    assert suggest(SCHEDULE, "") == ()
    assert suggest(SCHEDULE, "abc 123") == ()
    assert suggest(SCHEDULE, "春天的风筝") == ()


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60), st.sampled_from(["", "通知", "请示"]), st.sampled_from(["", UNIT, "云州市民政局"])
)
def test_the_same_question_has_the_same_answer(title: str, kind: str, sender: str) -> None:
    found = suggest(SCHEDULE, title, kind, sender)
    assert found == suggest(schedule(), title, kind, sender)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    assert all(one.reasons for one in found)


def test_a_long_schedule_is_asked_quickly() -> None:
    rows = [Row(n, (f"{n}", f"第{n}类{row[1]}", "永久", "")) for n in range(1, 41) for row in ROWS]
    long = from_rows(HEADINGS, rows, UNIT, 1).schedule
    suggest(long, "关于会议的通知")
    start = time.process_time()
    for title, sender, _ in TUNED[:20]:
        suggest(long, title, sender=sender)
    assert (time.process_time() - start) / 20 < 0.2
