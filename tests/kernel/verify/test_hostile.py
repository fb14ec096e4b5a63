"""What an adversary may try with a ledger and its proofs, all of it refused by code that the writer does not share."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel import canonical
from lantai.kernel.findings import Severity
from lantai.kernel.proofs import ProvenEntry, consistency_document, inclusion_document
from lantai.kernel.tlog import (
    Checkpoint,
    HashTree,
    Log,
    Signer,
    generate,
    leaf_hash,
    parse_checkpoint,
    sign_checkpoint,
)
from lantai.kernel.tlog.note import sign_note, split_note
from lantai.kernel.witness.answers import Item, Verdict
from lantai.kernel.witness.documents import check_document
from lantai.kernel.witness.hashing import continues, includes, leaf
from lantai.kernel.witness.kept import SUCCEED, Given, check_ledger
from lantai.kernel.witness.notes import Key, read_key
from tests.kernel.tlog.ground import ORIGIN, Shelf

ONE, TWO = generate("ed25519", ORIGIN), generate("sm2", ORIGIN)
STRANGER = generate("ed25519", ORIGIN)
SIZES = st.integers(1, 60)
QUICK = settings(max_examples=60, deadline=None)


def key(signer: Signer) -> Key:
    return read_key(str(signer.verifier))


def texts(size: int, kind: str = "entry") -> list[bytes]:
    return [f"{kind} {index}".encode() for index in range(size)]


def written(entries: Sequence[bytes], *signers: Signer, origin: str = ORIGIN) -> Shelf:
    """Return the files of a log with ``entries``, signed."""
    shelf = Shelf()
    log = Log(shelf, origin)
    log.append(entries)
    log.publish(*signers)
    return shelf


def asked(shelf: Shelf, *trusted: Signer, since: Sequence[bytes] = ()) -> Item:
    return check_ledger("ledger", shelf, Given(tuple(key(each) for each in trusted), tuple(since)))


def codes(item: Item, severity: Severity = Severity.ERROR) -> set[str]:
    for finding in item.findings:
        assert "{" not in finding.message("zh") + finding.message("en")
    return {finding.code for finding in item.findings if finding.severity is severity}


@QUICK
@given(st.data(), SIZES)
def test_both_sides_agree_on_proofs_and_no_other_is_taken(draw: st.DataObject, size: int) -> None:
    tree = HashTree([leaf_hash(each) for each in texts(size)])
    index = draw.draw(st.integers(0, size - 1))
    path, hashed = tree.inclusion_proof(index), leaf(f"entry {index}".encode())
    assert includes(hashed, index, size, path, tree.root())
    assert not includes(leaf(b"forged"), index, size, path, tree.root())
    other = draw.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    assert not includes(hashed, other, size, path, tree.root())
    for forged in damaged(draw, path):
        assert not includes(hashed, index, size, forged, tree.root())


@QUICK
@given(st.data(), SIZES, SIZES)
def test_no_fork_is_proven_to_continue(draw: st.DataObject, first: int, more: int) -> None:
    second = first + more
    honest = HashTree([leaf_hash(each) for each in texts(second)])
    old = HashTree([leaf_hash(each) for each in texts(first)]).root()
    at = draw.draw(st.integers(0, first - 1))
    entries = texts(second)
    entries[at] = b"forged"
    fork = HashTree([leaf_hash(each) for each in entries])
    path = honest.consistency_proof(first)
    assert continues(first, old, second, honest.root(), path)
    for forged in (path, fork.consistency_proof(first), [old], [], *damaged(draw, path)):
        assert not continues(first, old, second, fork.root(), forged)
    for forged in damaged(draw, path):
        assert not continues(first, old, second, honest.root(), forged)
    assert not continues(second, honest.root(), first, old, path)


def damaged(draw: st.DataObject, path: Sequence[bytes]) -> list[list[bytes]]:
    """Return paths that are not ``path``: longer, shorter, turned round, with a bit changed."""
    whole = list(path)
    found = [[*whole, bytes(32)], [bytes(32), *whole], [b"", *whole], whole * 30]
    if whole:
        at, bit = draw.draw(st.integers(0, len(whole) - 1)), draw.draw(st.integers(0, 255))
        changed = (int.from_bytes(whole[at], "big") ^ 1 << bit).to_bytes(32, "big")
        found += [whole[:-1], whole[1:], [*whole[:at], changed, *whole[at + 1 :]]]
    return [each for each in [*found, whole[::-1]] if each != whole]


REWRITE = st.sampled_from(
    ["rewritten", "dropped", "doubled", "reordered", "slipped in", "truncated", "emptied"]
)


def rewritten(draw: st.DataObject, size: int) -> list[bytes]:
    """Return another history than the honest one of ``size`` entries."""
    entries, at = texts(size), draw.draw(st.integers(0, size - 1))
    how = draw.draw(REWRITE)
    if how == "rewritten":
        entries[at] = b"forged"
    elif how == "dropped":
        del entries[at]
    elif how == "doubled":
        entries.insert(at, entries[at])
    elif how == "reordered":
        entries[at], entries[at - 1] = entries[at - 1], entries[at]
    elif how == "slipped in":
        entries.insert(at, b"forged")
    elif how == "truncated":
        del entries[at:]
    else:
        entries.clear()
    return entries if entries != texts(size) else [b"forged"]


@settings(max_examples=20, deadline=None)
@given(st.data(), SIZES)
def test_no_history_but_the_signed_one_passes(draw: st.DataObject, size: int) -> None:
    """The adversary has every file in hand and no key: he keeps the checkpoint, or signs with a key of his own."""
    honest = written(texts(size), ONE, TWO)
    assert asked(honest, ONE).verdict is asked(honest, TWO).verdict is Verdict.YES
    entries = rewritten(draw, size)
    kept = written(entries, STRANGER)
    kept.files["checkpoint"] = honest.files["checkpoint"]
    own = written(entries, STRANGER)
    named = written(entries, STRANGER)
    renamed = named.files["checkpoint"].split(b"\n")
    renamed[-2] = honest.files["checkpoint"].split(b"\n")[-3]
    named.files["checkpoint"] = b"\n".join(renamed)
    both = written(entries, STRANGER)
    lines = honest.files["checkpoint"].split(b"\n")[-3:-1]
    both.files["checkpoint"] += b"\n".join(lines) + b"\n"
    for forged in (kept, own, named, both):
        assert asked(forged, ONE).verdict is Verdict.NO
        assert asked(forged, TWO).verdict is Verdict.NO


@QUICK
@given(st.data(), SIZES)
def test_the_archives_themselves_cannot_rewrite_what_somebody_kept(draw: st.DataObject, size: int) -> None:
    """The adversary has the key: everything he makes is whole in itself, and does not continue the kept checkpoint."""
    kept = written(texts(size), ONE).files["checkpoint"]
    entries = [*rewritten(draw, size), *texts(draw.draw(st.integers(0, 30)), "later")]
    if entries[:size] == texts(size):
        return
    forged = written(entries, ONE)
    assert asked(forged, ONE).verdict is Verdict.YES
    item = asked(forged, ONE, since=[kept])
    assert item.verdict is Verdict.NO
    assert codes(item) & {"tlog.history.forked", "tlog.history.truncated"}
    forged.files[f"checkpoints/{size}"] = kept
    assert asked(forged, ONE).verdict is Verdict.NO
    proof = consistency_document(kept.decode(), forged.files["checkpoint"].decode(), [])
    assert check_document("proof", proof, [key(ONE)]).verdict is Verdict.NO


def test_every_pair_of_kept_checkpoints_is_compared() -> None:
    shelf = Shelf()
    log, notes = Log(shelf, ORIGIN), []
    for size in range(0, 300, 37):
        log.append(texts(300)[size : size + 37])
        log.publish(ONE)
        notes.append(log.note())
        log.keep()
    assert asked(shelf, ONE, since=notes).verdict is Verdict.YES
    assert asked(shelf, ONE, since=notes[:1]).facts["since"] == 37
    fork = written(texts(74, "fork"), ONE).files["checkpoint"]
    assert codes(asked(shelf, ONE, since=[notes[0], fork])) == {"tlog.history.forked"}
    shelf.files["checkpoints/74"] = fork
    assert codes(asked(shelf, ONE)) == {"tlog.history.forked"}
    shelf.files["checkpoints/74"] = notes[2]
    assert codes(asked(shelf, ONE)) == {"verify.checkpoint.name"}
    shelf.files["checkpoints/74"] = notes[1].replace(b" ", b"  ")
    assert codes(asked(shelf, ONE)) == {"tlog.note.form"}
    del shelf.files["checkpoints/74"]
    shelf.files["checkpoint"] = notes[3]
    assert codes(asked(shelf, ONE)) == {"tlog.history.truncated"}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_byte_of_a_kept_checkpoint_changes_in_silence(draw: st.DataObject) -> None:
    shelf = Shelf()
    log = Log(shelf, ORIGIN)
    log.append(texts(5))
    log.publish(ONE)
    log.keep()
    log.append([succession(STRANGER)])
    log.publish(ONE)
    log.append([b"later"])
    log.publish(STRANGER, predecessors=[ONE.verifier])
    assert not asked(shelf, STRANGER).findings and asked(shelf, ONE).verdict is Verdict.YES
    key_of = draw.draw(st.sampled_from(["checkpoints/5", "checkpoints/6"]))
    changed = bytearray(shelf.files[key_of])
    changed[draw.draw(st.integers(0, len(changed) - 1))] ^= draw.draw(st.integers(1, 255))
    shelf.files[key_of] = bytes(changed)
    for signer in (ONE, STRANGER):
        item = asked(shelf, signer)
        assert item.verdict is not Verdict.YES or codes(item, Severity.WARNING) == {
            "verify.checkpoint.stranger"
        }


def test_a_checkpoint_of_another_ledger_does_not_pass() -> None:
    shelf = written(texts(20), ONE)
    other = written(texts(20), ONE, origin="lantai.example/other").files["checkpoint"]
    assert "tlog.checkpoint.origin" in codes(asked(shelf, ONE, since=[other]))
    shelf.files["checkpoint"] = written(texts(21), ONE).files["checkpoint"]
    assert asked(shelf, ONE).verdict is Verdict.NO


def test_a_signature_counts_for_its_own_key_and_algorithm_only() -> None:
    """Each key's line with the other's signature, and one right line beside a wrong one."""
    shelf = written(texts(9), ONE, TWO)
    text, signatures = split_note(shelf.files["checkpoint"])
    (_, one, first), (_, two, second) = signatures
    right = {one: first, two: second}
    for pairs in (
        [(one, second)],
        [(two, first)],
        [(one, first), (two, first)],
        [(one, second), (two, second)],
    ):
        lines = [Line(ORIGIN, number, value) for number, value in pairs]
        shelf.files["checkpoint"] = sign_note(text, *lines)
        wrong = [
            signer for signer, number in ((ONE, one), (TWO, two)) if (number, right[number]) not in pairs
        ]
        for signer in wrong:
            assert codes(asked(shelf, signer)) <= {"tlog.note.signature", "tlog.note.unsigned"}
            assert asked(shelf, signer).verdict is Verdict.NO
        assert asked(shelf, ONE, TWO).verdict is Verdict.NO
    shelf.files["checkpoint"] = sign_note(text, Line(ORIGIN, two, second))
    assert asked(shelf, TWO).verdict is asked(shelf, ONE, TWO).verdict is Verdict.YES
    assert codes(asked(shelf, ONE)) == {"tlog.note.unsigned"}


class Line:
    """A signature line with any content: what a forger writes."""

    def __init__(self, name: str, key_id: int, value: bytes) -> None:
        self.name, self.key_id, self._value = name, key_id, value
        self.algorithm = self.fingerprint = ""

    @property
    def verifier(self) -> Line:
        return self

    def secret(self) -> str:
        return ""

    def sign(self, text: bytes) -> bytes:
        return self._value

    def verify(self, text: bytes, signature: bytes) -> bool:
        return False


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from([ONE, TWO]))
def test_no_byte_of_a_proof_in_one_file_can_change(draw: st.DataObject, signer: Signer) -> None:
    shelf = written(texts(11), signer)
    log = Log(shelf, ORIGIN)
    path = tuple(each.hex() for each in log.inclusion_proof(7))
    entry = inclusion_document(ProvenEntry("entry 7", 7, path), log.note().decode())
    old = sign_checkpoint(Checkpoint(ORIGIN, 6, log.root(6)), signer).decode()
    grown = consistency_document(old, log.note().decode(), log.consistency_proof(6))
    for document in (entry, grown):
        assert check_document("x", document, [key(signer)]).verdict is Verdict.YES
        assert check_document("x", document, []).verdict is Verdict.UNKNOWN
        changed = bytearray(document)
        changed[draw.draw(st.integers(0, len(document) - 1))] ^= draw.draw(st.integers(1, 255))
        told = json_of(bytes(changed))
        if told is not None and told.get("schema") == json.loads(document)["schema"]:
            assert check_document("x", bytes(changed), [key(signer)]).verdict is Verdict.NO


def json_of(data: bytes) -> dict[str, object] | None:
    try:
        told = json.loads(data.decode())
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def succession(*signers: Signer) -> bytes:
    """Return the entry that names keys to come."""
    data = {"before": [str(ONE.verifier)], "keys": [str(each.verifier) for each in signers], "lost": False}
    return canonical.dumps({"act": SUCCEED, "actor": "a", "at": "", "data": data, "id": "", "subject": ""})


def test_a_renewed_key_is_vouched_for_by_the_old_one() -> None:
    shelf = Shelf()
    log = Log(shelf, ORIGIN)
    log.append([*texts(5), succession(TWO)])
    log.publish(ONE)
    log.append(texts(4, "later"))
    log.publish(TWO, predecessors=[ONE.verifier])
    assert "checkpoints/6" in shelf.files
    item = asked(shelf, ONE)
    assert item.verdict is Verdict.YES and codes(item, Severity.INFO) == {"verify.succession.vouched"}
    assert item.facts["fingerprint"] == TWO.verifier.fingerprint
    assert asked(shelf, TWO).verdict is asked(shelf, ONE, TWO).verdict is Verdict.YES
    assert codes(asked(shelf, STRANGER)) == {"tlog.note.unsigned"}
    third = generate("sm2", ORIGIN)
    log.append([succession(third)])
    log.publish(TWO)
    log.append([b"last"])
    log.publish(third, predecessors=[TWO.verifier])
    assert asked(shelf, ONE).verdict is Verdict.YES


def test_a_lost_keys_successor_is_told_plainly_and_taken_when_the_reader_has_both() -> None:
    shelf = written(texts(5), ONE)
    log = Log(shelf, ORIGIN)
    log.append([succession(TWO), b"later"])
    log.publish(TWO, predecessors=[ONE.verifier])
    item = asked(shelf, ONE)
    assert item.verdict is Verdict.UNKNOWN and codes(item) == set()
    (told,) = [each for each in item.findings if each.code == "verify.succession.announced"]
    assert (told.facts["size"], told.facts["index"]) == (5, 5)
    assert told.facts["fingerprint"] == TWO.verifier.fingerprint
    assert asked(shelf, ONE, TWO).verdict is asked(shelf, TWO).verdict is Verdict.YES


def test_who_names_himself_in_a_ledger_is_no_successor() -> None:
    """No checkpoint of the trusted key: anybody can write a ledger that names his own key."""
    assert codes(asked(written([*texts(5), succession(STRANGER)], STRANGER), ONE)) == {"tlog.note.unsigned"}
    shelf = written(texts(5), ONE)
    note = shelf.files["checkpoint"]
    forged = written([*texts(3), b"forged", b"too", succession(STRANGER)], STRANGER)
    forged.files["checkpoints/5"] = note
    assert asked(forged, ONE).verdict is Verdict.NO
    unnamed = Shelf(shelf.files)
    log = Log(unnamed, ORIGIN)
    log.append([b"later"])
    log.publish(STRANGER, predecessors=[ONE.verifier])
    assert codes(asked(unnamed, ONE)) == {"tlog.note.unsigned"}
    assert parse_checkpoint(split_note(note)[0]).size == 5
