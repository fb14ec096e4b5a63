"""Marks at true places, escaped pieces."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from lantai.search.engine.folding import canon
from lantai.search.engine.highlight import Snippet, marked, snippets, spans


def test_marks_cover_the_original_spelling() -> None:
    text = "關於安 全「生產」的通知"
    assert [text[a:b] for a, b in spans(text, ["安全生产", "通知"])] == ["安 全「生產", "通知"]


def test_overlapping_hits_are_one_mark() -> None:
    assert spans("安全生产安全", ["安全", "全生", "生产安"]) == [(0, 6)]
    assert spans("哈哈哈", ["哈哈"]) == [(0, 3)]


def test_a_title_is_escaped_around_and_inside_marks() -> None:
    assert marked("<b>安&全</b>", ["安全"]) == "&lt;b&gt;<mark>安&amp;全</mark>&lt;/b&gt;"


def test_a_snippet_shows_thirty_characters_each_side() -> None:
    text = "前" * 50 + "水\n库" + "后" * 50
    assert snippets(text, ["水库"]) == [
        Snippet("前" * 30 + "水 库" + "后" * 30, ((30, 33),), before=True, after=True)
    ]
    assert snippets(text, ["水库"])[0].html() == f"…{'前' * 30}<mark>水 库</mark>{'后' * 30}…"


def test_near_hits_share_a_snippet_and_far_ones_are_limited() -> None:
    near = "水库，水库"
    assert snippets(near, ["水库"]) == [Snippet(near, ((0, 2), (3, 5)))]
    far = ("水库" + "远" * 100) * 5
    assert len(snippets(far, ["水库"])) == 3
    assert len(snippets(far, ["水库"], limit=1)) == 1


def test_single_characters_are_for_titles() -> None:
    assert snippets("水库", ["水"]) == []
    assert marked("水库", ["水"]) == "<mark>水</mark>库"


@given(
    st.text("安全<>&\"' ，\n", max_size=200), st.lists(st.sampled_from(["安全", "全安", "安"]), max_size=3)
)
def test_nothing_but_marks_is_markup(text: str, terms: list[str]) -> None:
    whole = marked(text, terms)
    assert html.unescape(re.sub("</?mark>", "", whole)) == text
    for start, end in spans(text, terms):
        assert any(term in canon(text[start:end]) for term in terms)
    for snippet in snippets(text, terms):
        assert not re.search("[<>]", re.sub("</?mark>", "", snippet.html()))
        assert snippet.marks
