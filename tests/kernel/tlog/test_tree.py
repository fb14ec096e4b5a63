"""The tree against its definition in RFC 9162 section 2.1, written here as the same recursion."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.tlog import tree

DATA = st.lists(st.binary(max_size=8), max_size=70)


def mth(data: list[bytes]) -> bytes:
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = largest_power_below(len(data))
    return sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, data: list[bytes]) -> list[bytes]:
    if len(data) == 1:
        return []
    k = largest_power_below(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: list[bytes], complete: bool) -> list[bytes]:
    if m == len(data):
        return [] if complete else [mth(data)]
    k = largest_power_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], complete), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


def hashes(data: list[bytes]) -> list[bytes]:
    return [tree.leaf_hash(each) for each in data]


def test_known_answers() -> None:
    """The roots of the eight leaves that implementations of RFC 6962 quote."""
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    data = [bytes.fromhex(leaf) for leaf in leaves]
    assert tree.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    roots = [tree.root(hashes(data[:n])).hex() for n in (1, 2, 3, 8)]
    assert roots == [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]


@given(DATA)
def test_roots_are_those_of_the_definition(data: list[bytes]) -> None:
    assert tree.root(hashes(data)) == tree.HashTree(hashes(data)).root() == mth(data)


@given(DATA.filter(bool), st.data())
def test_audit_paths_are_those_of_the_definition_and_verify(data: list[bytes], draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(data) - 1))
    proof = tree.HashTree(hashes(data)).inclusion_proof(index)
    assert proof == path(index, data)
    leaf, size = tree.leaf_hash(data[index]), len(data)
    assert tree.verify_inclusion(leaf, index, size, proof, mth(data))
    assert not tree.verify_inclusion(tree.leaf_hash(b"another entry"), index, size, proof, mth(data))
    assert not tree.verify_inclusion(leaf, index, size, [*proof, leaf], mth(data))
    assert not tree.verify_inclusion(leaf, size, size, proof, mth(data))
    assert not tree.verify_inclusion(leaf, -1, size, proof, mth(data))
    if proof:
        assert not tree.verify_inclusion(leaf, index, size, proof[:-1], mth(data))
        broken = draw.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:broken], bytes(32), *proof[broken + 1 :]]
        assert not tree.verify_inclusion(leaf, index, size, changed, mth(data))
        short = [*proof[:broken], proof[broken][:31], *proof[broken + 1 :]]
        assert not tree.verify_inclusion(leaf, index, size, short, mth(data))


@given(DATA.filter(bool), st.data())
def test_consistency_proofs_are_those_of_the_definition_and_verify(
    data: list[bytes], draw: st.DataObject
) -> None:
    first, second = draw.draw(st.integers(1, len(data))), len(data)
    proof = tree.HashTree(hashes(data)).consistency_proof(first)
    assert proof == subproof(first, data, True)
    old, new = mth(data[:first]), mth(data)
    assert tree.verify_consistency(first, old, second, new, proof)
    assert not tree.verify_consistency(first, bytes(32), second, new, proof)
    assert not tree.verify_consistency(first, old, second, bytes(32), proof)
    assert not tree.verify_consistency(first, old, second, new, [*proof, old])
    assert not tree.verify_consistency(second + 1, old, second, new, proof)
    if proof:
        assert not tree.verify_consistency(first, old, second, new, proof[:-1])
        forked = [b"another", *data[1:]]
        assert not tree.verify_consistency(first, mth(forked[:first]), second, new, proof)


def test_the_empty_tree_is_continued_by_every_tree() -> None:
    assert tree.HashTree(hashes([b"a", b"b"])).consistency_proof(0) == []
    assert tree.verify_consistency(0, tree.EMPTY_ROOT, 2, mth([b"a", b"b"]), [])
    assert not tree.verify_consistency(0, bytes(32), 2, mth([b"a", b"b"]), [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_for_what_is_outside(index: int, size: int) -> None:
    with pytest.raises(Invalid, match=r"tlog\.proof\.range"):
        tree.HashTree(hashes([b""] * size)).inclusion_proof(index)
    with pytest.raises(Invalid, match=r"tlog\.proof\.range"):
        tree.HashTree(hashes([b""] * size)).consistency_proof(size + 1)
