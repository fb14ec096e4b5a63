"""When two texts are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.search.engine.folding import (
    bigrams_batch,
    canon,
    canon_with_offsets,
    folding_name,
    identifier,
)
from lantai.search.engine.protocol import Document
from lantai.search.engine.tantivy_schema import PAGES, rows

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40) | st.text("档檔案A。 \x01", max_size=9)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("檔案工作總結", "档案工作总结"),
        ("ＡＢＣ１２３", "abc123"),
        ("档 案　工\n作", "档案工作"),
        ("《关于…》“安全”", "关于安全"),
        ("二○一五年", "二〇一五年"),
        ("ﾊﾝ", "ハン"),
        ("Ünïcode", "unicode"),
        ("葛\U000e0100", "葛"),
        ("\ud800档", "档"),
    ],
)
def test_variants_fold_to_one_form(written: str, same: str) -> None:
    assert canon(written) == same


@pytest.mark.parametrize("kept", ["\ue123", "\U00020bb7", "\U000313f0", "〇"])
def test_rare_characters_are_kept(kept: str) -> None:
    assert canon(kept) == kept


@given(ANYTHING)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert canon(canon(text)) == canon(text)


@given(st.text("éàüがパāǚ档案", max_size=20))
def test_composed_and_decomposed_are_the_same(text: str) -> None:
    assert canon(unicodedata.normalize("NFD", text)) == canon(unicodedata.normalize("NFC", text))


@given(ANYTHING)
def test_offsets_lead_back_to_the_characters_folded(text: str) -> None:
    canonical, offsets = canon_with_offsets(text)
    assert canonical == canon(text)
    assert [canon(text[at]) for at in offsets] == list(canonical)


def bigrams(canonical: str) -> str:
    return " ".join(map(str.__add__, canonical, canonical[1:])) if len(canonical) > 1 else canonical


@given(st.lists(ANYTHING, max_size=12))
def test_the_batch_is_the_simple_form(texts: list[str]) -> None:
    assert bigrams_batch(texts) == [bigrams(canon(text)) for text in texts]


def test_two_sentinels_stand_between_pages() -> None:
    (row,) = rows([Document(id=1, text=("安全", "", "生产会", "议"))])
    assert row[PAGES] == "安全 ¶ ¶  ¶ ¶ 生产 产会 ¶ ¶ 议"


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("0001-WS·2015·Y-0012", "0001-ws-2015-y-0012"),
        ("０００１－ＷＳ．2015—Y–0012", "0001-ws-2015-y-0012"),
        ("云政发〔2015〕12号", "云政发201512号"),
        ("雲政發[2015] 12號", "云政发201512号"),
        ("-1-", "1"),
        ("—·—", ""),
    ],
)
def test_identifiers_keep_their_joints_only(written: str, same: str) -> None:
    assert identifier(written) == same


def test_joints_tell_identifiers_apart() -> None:
    assert canon("1-11") == canon("11-1")
    assert identifier("1-11") != identifier("11-1")


def test_the_name_tells_rules_and_table() -> None:
    version, checksum = folding_name().split(".")
    assert version.isdecimal()
    assert len(checksum) == 8
