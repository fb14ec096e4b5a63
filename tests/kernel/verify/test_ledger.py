"""The outsider's check finds every kind of tampering."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.tlog import Checkpoint, Ed25519Signer, Log, sign_checkpoint
from lantai.kernel.tlog.tiles import pack, unpack
from tests.kernel.tlog.ground import KEY, ORIGIN, SIGNER, Shelf, check, entries, log_of

SIZE = 66_100
WHOLE = log_of(SIZE, 5_000).files


def shelf() -> Shelf:
    return Shelf(WHOLE)


def codes(findings: list[Finding]) -> set[str]:
    for finding in findings:
        told = finding.message("zh") + finding.message("en")
        assert "{" not in told
    return {finding.code for finding in findings}


def kept(size: int) -> bytes:
    """Return the checkpoint that somebody kept when the log had ``size`` entries."""
    return log_of(size, 5_000).files["checkpoint"]


def test_a_whole_log_passes_and_continues_every_older_checkpoint() -> None:
    told: list[tuple[int, int]] = []
    assert check(shelf(), KEY, progress=lambda done, size: told.append((done, size))) == []
    assert told[-1] == (SIZE, SIZE)
    for size in (0, 1, 255, 256, 300, 5_000, SIZE):
        assert check(shelf(), KEY, kept(size)) == []
    assert check(log_of(0), KEY) == []


def test_a_rewritten_entry_is_found_and_named() -> None:
    at = shelf()
    bundle = unpack(at.files["tile/entries/010"], "")
    bundle[3] = b"another text"
    at.files["tile/entries/010"] = pack(bundle)
    findings = check(at, KEY)
    assert codes(findings) == {"tlog.entry.differs", "tlog.tile.differs", "tlog.root.differs"}
    assert findings[0].facts["index"] == 10 * 256 + 3


def test_a_rewritten_entry_with_its_tiles_is_found_at_the_root() -> None:
    forged = Shelf()
    log = Log(forged, ORIGIN)
    log.append([*entries(0, 40), b"forged", *entries(41, 300)])
    log.publish(SIGNER)
    honest = log_of(300)
    forged.files["checkpoint"] = honest.files["checkpoint"]
    assert codes(check(forged, KEY)) == {"tlog.root.differs"}


def test_dropped_and_reordered_entries_are_found() -> None:
    for change in (lambda b: b[1:], lambda b: [b[1], b[0], *b[2:]], lambda b: [*b, b"more"]):
        at = shelf()
        at.files["tile/entries/000"] = pack(change(unpack(at.files["tile/entries/000"], "")))
        assert codes(check(at, KEY)) & {"tlog.entry.differs", "tlog.entries.form"}


def test_a_missing_file_is_named() -> None:
    for key in ("tile/entries/007", "tile/0/007", "tile/1/000", "tile/1/001.p/2", "tile/entries/258.p/52"):
        at = shelf()
        del at.files[key]
        findings = check(at, KEY)
        assert [f.path for f in findings if f.code == "tlog.tile.missing"] == [key]
    at = shelf()
    del at.files["tile/entries/007"], at.files["tile/0/007"]
    assert codes(check(at, KEY)) == {"tlog.tile.missing"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_byte_of_a_log_can_change(draw: st.DataObject) -> None:
    files = dict(SMALL)
    key = draw.draw(st.sampled_from(sorted(files)))
    at = draw.draw(st.integers(0, len(files[key]) - 1))
    changed = bytearray(files[key])
    changed[at] ^= draw.draw(st.integers(1, 255))
    files[key] = bytes(changed)
    assert any(f.severity is Severity.ERROR for f in check(Shelf(files), KEY))


SMALL = log_of(1_000).files


def test_forked_and_truncated_history_are_found_by_who_kept_a_checkpoint() -> None:
    fork = Shelf()
    log = Log(fork, ORIGIN)
    log.append(entries(0, 400, "fork"))
    log.publish(SIGNER)
    assert check(fork, KEY) == []
    assert codes(check(fork, KEY, kept(300))) == {"tlog.history.forked"}
    assert codes(check(log_of(200), KEY, kept(300))) == {"tlog.history.truncated"}
    honest = Log(log_of(300), ORIGIN).root()
    other = sign_checkpoint(Checkpoint("other/log", 300, honest), SIGNER)
    assert codes(check(log_of(300), KEY, other)) == {"tlog.checkpoint.origin"}


def test_a_wrong_key_is_found() -> None:
    other = Ed25519Signer.generate(ORIGIN).verifier
    assert codes(check(log_of(300), other)) == {"tlog.note.unsigned"}
    assert codes(check(log_of(300), None)) == {"verify.key.absent"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda note: b"", "tlog.note.form"),
        (lambda note: note[:40], "tlog.note.form"),
        (lambda note: note[:-10], "tlog.note.form"),
        (lambda note: note.replace(b"\n300\n", b"\n299\n"), "tlog.note.signature"),
    ],
)
def test_a_torn_checkpoint_is_found(change: Callable[[bytes], bytes], code: str) -> None:
    at = log_of(300)
    at.files["checkpoint"] = change(at.files["checkpoint"])
    assert code in codes(check(at, KEY))


def test_a_missing_checkpoint_is_found() -> None:
    at = log_of(300)
    del at.files["checkpoint"]
    assert codes(check(at, KEY)) == {"tlog.checkpoint.missing"}


def test_what_lies_beside_the_tiles_is_told_and_no_error() -> None:
    at = log_of(300)
    Log(at, ORIGIN).append(entries(300, 1_000))
    findings = check(at, KEY)
    assert codes(findings) == {"tlog.tile.unpublished"} and findings[0].severity is Severity.INFO
    at = log_of(300)
    at.files["tile/0/001.p/3"] = at.files["tile/0/001.p/44"][:96]
    assert check(at, KEY) == []
    at.files["tile/0/001.p/3"] = bytes(96)
    at.files["tile/0/000.p/3"] = bytes(96)
    at.files["tile/0/notes.txt"] = b"?"
    at.files["tile/77/000"] = b"?"
    at.files["tile/0/²"] = b"?"
    findings = check(at, KEY)
    assert [f.severity for f in findings] == [Severity.WARNING] * 5 and codes(findings) == {"tlog.tile.stray"}
