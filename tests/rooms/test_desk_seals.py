"""The other side's seal: it holds for what was signed, where and by whom, and for nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from lantai.desk.seals import Proof, fingerprint_of, judge, proof_from
from lantai.kernel.tlog import Checkpoint, Ed25519Signer, HashTree, Sm2Signer, leaf_hash, sign_checkpoint
from lantai.kernel.tlog.keys import Signer

ORIGIN = "lantai.invalid/ledger"
ENTRY = UUID("6a1ef9f4-59ab-4f5b-8a7c-f9fb7bbf2c11")
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    side: str = "archives"
    name: str = "陆安"
    at: datetime = AT
    sm3: str = "a" * 64
    sha512: str = "b" * 128
    entry: object = ENTRY
    index: int | None = 4
    origin: str = ORIGIN
    seal: str = ""


def text_of(told: Told) -> str:
    said = {
        "side": told.side,
        "name": told.name,
        "at": AT.isoformat(),
        "sm3": told.sm3,
        "sha512": told.sha512,
    }
    return json.dumps({"act": "desk.delivery.sign", "data": said, "id": str(told.entry)})


def sealed(*keys: Signer, told: Told = Told(), text: str = "") -> tuple[Told, Proof]:
    """Sign ``told`` as the fifth entry of a ledger with ``keys``."""
    text = text or text_of(told)
    tree = HashTree([*(leaf_hash(f"entry {n}".encode()) for n in range(4)), leaf_hash(text.encode())])
    note = sign_checkpoint(Checkpoint(ORIGIN, 5, tree.root()), *keys).decode()
    path = tuple(node.hex() for node in tree.inclusion_proof(4))
    proof = Proof(text, path, note, tuple(str(key.verifier) for key in keys))
    return replace(told, seal=note.rsplit(" ", 1)[-1].strip()), proof


KEY, OTHER = Ed25519Signer.generate("lantai"), Ed25519Signer.generate("lantai")


@pytest.mark.parametrize("keys", [(KEY,), (KEY, Sm2Signer.generate("lantai"))])
def test_a_seal_holds(keys: tuple[Signer, ...]) -> None:
    told, proof = sealed(*keys)
    found = judge(told, proof, str(KEY.verifier))
    assert found.holds and not found.alarms
    assert found.fingerprint == found.known == KEY.verifier.fingerprint


def test_what_was_altered_is_told() -> None:
    """Another register, name, moment, side, entry, place, seal or text: no seal is right for it."""
    told, proof = sealed(KEY)
    known = str(KEY.verifier)
    other_seal = sealed(OTHER)[0].seal
    for changed, code in (
        (replace(told, sm3="c" * 64), "desk.seal.says"),
        (replace(told, sha512="c" * 128), "desk.seal.says"),
        (replace(told, name="韩砚"), "desk.seal.says"),
        (replace(told, side="unit"), "desk.seal.says"),
        (replace(told, at=AT.replace(hour=9)), "desk.seal.says"),
        (replace(told, entry=UUID(int=1)), "desk.seal.says"),
        (replace(told, index=3), "desk.seal.place"),
        (replace(told, origin="example.cn/ledger"), "tlog.checkpoint.origin"),
        (replace(told, seal=other_seal), "desk.seal.seal"),
    ):
        found = judge(changed, proof, known)
        assert (found.state, (found.problem or {})["code"]) == ("wrong", code), changed
    register = replace(told, sm3="c" * 64)
    for forged, code in (
        (replace(proof, text=text_of(register)), "desk.seal.place"),
        (replace(proof, path=proof.path[1:]), "desk.seal.place"),
        (replace(proof, path=("no hexadecimal", *proof.path[1:])), "desk.seal.says"),
        (replace(proof, note=proof.note.replace("\n5\n", "\n6\n")), "tlog.note.signature"),
        (replace(proof, note=sealed(OTHER)[1].note), "tlog.note.unsigned"),
        (replace(proof, note="no note"), "tlog.note.form"),
        (replace(proof, keys=("no key",)), "tlog.key.unreadable"),
        (sealed(KEY, text="[1]")[1], "desk.seal.seal"),
    ):
        found = judge(register if code == "desk.seal.place" else told, forged, known)
        assert (found.state, (found.problem or {})["code"]) == ("wrong", code), code


def test_another_key_is_an_alarm_and_nothing_told_is_none() -> None:
    told, proof = sealed(OTHER)
    found = judge(told, proof, str(KEY.verifier))
    assert (found.state, found.alarms) == ("other_key", True)
    assert (found.fingerprint, found.known) == (OTHER.verifier.fingerprint, KEY.verifier.fingerprint)
    both = judge(*sealed(OTHER, KEY), str(KEY.verifier))
    assert both.state == "other_key", "the log's own key is the first"
    assert judge(told, proof, "").state == "other_key"
    for missing in (
        judge(told, None, ""),
        judge(replace(told, seal=""), proof, ""),
        judge(replace(told, index=None), proof, ""),
    ):
        assert (missing.state, missing.alarms) == ("unproved", False)


def test_a_proof_is_read_as_strangers_tell_it() -> None:
    _told, proof = sealed(KEY)
    assert proof_from(proof.document()) == proof
    good = proof.document()
    for odd in (
        None,
        [],
        {},
        {**good, "text": ""},
        {**good, "text": "x" * 60_001},
        {**good, "path": "a"},
        {**good, "path": [1]},
        {**good, "path": ["a" * 64] * 65},
        {**good, "keys": []},
        {**good, "keys": ["k" * 201]},
        {**good, "note": "n" * 4_001},
    ):
        assert proof_from(odd) is None, odd
    assert fingerprint_of("") == fingerprint_of("no key") == ""
