"""The mappings given in the documents of the extensions 0003 and 0004."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.ocfl.layout import HASH_AND_ID, HASHED, Layout, read_layout
from lantai.kernel.storage.keys import check_key

HEX_3C0 = "3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4"
HEX_487 = "487326d8c2a3c0b885e23da1469b4d6671fd4e76978924b4443e9e3c316cda6d"
FLAT: dict[str, object] = {"tupleSize": 0, "numberOfTuples": 0}
SHORT: dict[str, object] = {
    "digestAlgorithm": "md5",
    "tupleSize": 2,
    "numberOfTuples": 15,
    "shortObjectRoot": True,
}
MD5_15: dict[str, object] = {"digestAlgorithm": "md5", "tupleSize": 2, "numberOfTuples": 15}

CASES: list[tuple[str, dict[str, object], str, str]] = [
    (HASHED, {}, "object-01", f"3c0/ff4/240/{HEX_3C0}"),
    (HASHED, {}, "..hor/rib:le-$id", f"487/326/d8c/{HEX_487}"),
    (
        HASHED,
        SHORT,
        "object-01",
        "ff/75/53/44/92/48/5e/ab/b3/9f/86/35/67/28/88/4e",
    ),
    (
        HASHED,
        SHORT,
        "..hor/rib:le-$id",
        "08/31/97/66/fb/6c/29/35/dd/17/5b/94/26/77/17/e0",
    ),
    (HASHED, FLAT, "object-01", HEX_3C0),
    (HASH_AND_ID, {}, "object-01", "3c0/ff4/240/object-01"),
    (HASH_AND_ID, {}, "..hor/rib:le-$id", "487/326/d8c/%2e%2ehor%2frib%3ale-%24id"),
    (HASH_AND_ID, {}, "..Hor/rib:lè-$id", "373/529/21a/%2e%2eHor%2frib%3al%c3%a8-%24id"),
    (HASH_AND_ID, MD5_15, "object-01", "ff/75/53/44/92/48/5e/ab/b3/9f/86/35/67/28/88/object-01"),
    (HASH_AND_ID, {"digestAlgorithm": "md5"}, "object-01", "ff7/553/449/object-01"),
    (HASH_AND_ID, FLAT, "..hor/rib:le-$id", "%2e%2ehor%2frib%3ale-%24id"),
    (
        HASH_AND_ID,
        {},
        "abcdefghij" * 26,
        f"55b/432/806/{'abcdefghij' * 10}-55b432806f4e270da0cf23815ed338742179002153cd8d896f23b3e2d8a14359",
    ),
    (
        HASH_AND_ID,
        {},
        "abcdefghij" * 10 + "a",
        f"5cc/73e/648/{'abcdefghij' * 10}-5cc73e648fbcff136510e330871180922ddacf193b68fdeff855683a01464220",
    ),
]


@pytest.mark.parametrize(("extension", "config", "object_id", "path"), CASES)
def test_the_published_mappings(extension: str, config: dict[str, object], object_id: str, path: str) -> None:
    assert read_layout(extension, config).path(object_id) == path


@pytest.mark.parametrize(
    "config",
    [
        {"digestAlgorithm": "sm3"},
        {"digestAlgorithm": ""},
        {"tupleSize": 0},
        {"numberOfTuples": 0},
        {"tupleSize": 33},
        {"tupleSize": -1},
        {"tupleSize": "3"},
        {"tupleSize": True},
        {"tupleSize": 32, "numberOfTuples": 3},
        {"shortObjectRoot": "yes"},
        {"tupleSize": 32, "numberOfTuples": 2, "shortObjectRoot": True},
    ],
)
def test_parameters_outside_the_rules_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        read_layout(HASHED, config)
    assert caught.value.code == "ocfl.layout.parameters"


def test_other_layouts_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        read_layout("0002-flat-direct-storage-layout")
    assert caught.value.code == "ocfl.layout.unknown"


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from([HASHED, HASH_AND_ID]))
def test_every_id_has_a_safe_folder(object_id: str, extension: str) -> None:
    layout = Layout(extension)
    assert check_key(layout.path(object_id))
    assert read_layout(extension, layout.config()) == layout
