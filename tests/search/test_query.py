"""What a typed line means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.search.engine.query import And, Identifier, Leaf, Not, Or, Word, parse, wanted


def word(text: str, number: str | None = None) -> Word:
    return Word(text, text if number is None else number)


@pytest.mark.parametrize(
    ("typed", "node"),
    [
        ("档案", word("档案")),
        ("檔案　工作", And((word("档案"), word("工作")))),
        ('"档案 工作"', word("档案工作")),
        ("“档案 工作”", word("档案工作")),
        ("「档案，工作」", word("档案工作")),
        ('"没有 结束', word("没有结束")),
        ("安全 -会议", And((word("安全"), Not(word("会议"))))),
        ('-"会 议"', Not(word("会议"))),
        ("－会议", Not(word("会议"))),
        ("安全 OR 生产", Or((word("安全"), word("生产")))),
        ("安全 | 生产 会议", And((Or((word("安全"), word("生产"))), word("会议")))),
        ("安全|生产｜会议", Or((word("安全"), word("生产"), word("会议")))),
        ("OR 安全 OR", word("安全")),
        ("安全 OR ， OR 生产", Or((word("安全"), word("生产")))),
        ('"OR"', word("or")),
        ("or", word("or")),
        ("1-11", Word("111", "1-11")),
        ("档案，。", word("档案")),
        ("题名:安全", Word("安全", "安全", "title")),
        ("责任者：水利局", Word("水利局", "水利局", "author")),
        ("全文:水库", Word("水库", "水库", "text")),
        ("时间:水库", Word("时间水库", "时间-水库")),
        ("档号:0001-WS", Identifier("0001ws", "0001-ws", "ref", "inner")),
        ("档号：0001-WS*", Identifier("0001ws", "0001-ws", "ref", "prefix")),
        ('REF:"0001 WS"', Identifier("0001ws", "0001ws", "ref", "exact")),
        ("-文号:12号", Not(Identifier("12号", "12号", "doc_number", "inner"))),
    ],
)
def test_meaning(typed: str, node: Leaf | Or | And) -> None:
    assert parse(typed).node == node


@pytest.mark.parametrize("typed", ["，", "- ", '""', "-", '" "', "OR", "-。 OR 《》", "档号:*", "题名:，"])
def test_only_punctuation_is_no_terms(typed: str) -> None:
    parsed = parse(typed)
    assert parsed.node is None
    assert parsed.no_terms


@pytest.mark.parametrize("typed", ["", "  ", "\u3000\n"])
def test_nothing_typed_is_not_the_same(typed: str) -> None:
    assert parse(typed).blank
    assert not parse(typed).no_terms


@pytest.mark.parametrize("typed", ["档" * 1_001, "档 " * 65])
def test_too_long_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match=r"search\.query\.long"):
        parse(typed)


def test_what_is_highlighted() -> None:
    assert wanted(parse('会议 OR 安全 "云 水 库" -移民 档号:0001').node) == ("0001", "云水库", "会议", "安全")
    assert wanted(None) == ()


@given(st.text('档案a "“”-－OR|:：档号题名*\ud800\x00', max_size=60) | st.text(max_size=60))
def test_every_line_can_be_read(typed: str) -> None:
    parsed = parse(typed)
    assert all(term for term in wanted(parsed.node))
