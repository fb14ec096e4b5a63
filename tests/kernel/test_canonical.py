"""Canonical JSON: one value, one text."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel import canonical
from lantai.kernel.errors import Invalid
from lantai.kernel.texts import sentence

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-canonical.LARGEST, canonical.LARGEST) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


def test_the_form_is_fixed() -> None:
    value = {"题名": "关于\u0007“三定”的通知", "b": [1, True, None, -2], "a": {"z": "", "Z": '\\"'}}
    assert canonical.dumps(value) == (
        '{"a":{"Z":"\\\\\\"","z":""},"b":[1,true,null,-2],"题名":"关于\\u0007“三定”的通知"}'.encode()
    )


@given(VALUES)
def test_what_is_written_reads_back_equal(value: object) -> None:
    data = canonical.dumps(value)
    assert canonical.loads(data) == value == json.loads(data)


@given(st.dictionaries(TEXT, st.integers(0, 9), min_size=1))
def test_the_order_of_making_does_not_matter(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical.dumps(turned) == canonical.dumps(value)
    keys = list(json.loads(canonical.dumps(value)))
    assert keys == sorted(value)


@given(st.floats())
def test_numbers_with_a_fraction_are_refused_wherever_they_stand(number: float) -> None:
    for value in (number, [number], {"a": {"b": (1, number)}}):
        with pytest.raises(Invalid) as caught:
            canonical.dumps(value)
        assert caught.value.code == "canonical.value.float"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({1: "a"}, "canonical.key.type"),
        ([{None: 1}], "canonical.key.type"),
        (b"bytes", "canonical.value.type"),
        ({1, 2}, "canonical.value.type"),
        ("\ud800", "canonical.value.text"),
        ({"\udcff": 1}, "canonical.value.text"),
        (math.nan, "canonical.value.float"),
        ([2**53], "canonical.value.integer"),
        (-(10**400), "canonical.value.integer"),
    ],
)
def test_what_has_no_single_spelling_is_refused(value: object, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        canonical.dumps(value)
    assert caught.value.code == code
    assert "{where}" not in sentence(caught.value, "zh") + sentence(caught.value, "en")


def test_nesting_without_end_is_refused() -> None:
    deep: object = 1
    for _ in range(canonical.DEPTH + 1):
        deep = [deep]
    with pytest.raises(Invalid, match=r"canonical\.value\.depth"):
        canonical.dumps(deep)
    with pytest.raises(Invalid):
        canonical.loads(b"[" * 100_000)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "canonical.text.unreadable"),
        (b"\xff", "canonical.text.unreadable"),
        (b'\xef\xbb\xbf{"a":1}', "canonical.text.unreadable"),
        (b'{"a": 1}', "canonical.text.form"),
        (b'{"b":1,"a":2}', "canonical.text.form"),
        (b'{"a":1,"a":1}', "canonical.text.form"),
        (b'"\\u4e2d"', "canonical.text.form"),
        (b"1\n", "canonical.text.form"),
        (b"-0", "canonical.text.form"),
        (b"1.0", "canonical.value.float"),
        (b"NaN", "canonical.value.float"),
        (b'"\\ud800"', "canonical.value.text"),
    ],
)
def test_other_spellings_are_not_read(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        canonical.loads(data)
    assert caught.value.code == code


_TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(obj=st.dictionaries(st.text(), _TEXTS, max_size=6))
def test_the_fast_form_is_the_same_form(obj: dict[str, object]) -> None:
    assert canonical.dumps_texts(obj) == canonical.dumps(obj)


def test_the_fast_form_refuses_half_a_pair() -> None:
    with pytest.raises(Invalid) as told:
        canonical.dumps_texts({"title": "\ud800"})
    assert told.value.code == "canonical.value.text"
