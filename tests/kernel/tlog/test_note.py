"""Signed notes, keys and checkpoints."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Conflict, Corrupt, Invalid, LantaiError
from lantai.kernel.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Ed25519Signer,
    generate,
    load_signers,
    open_checkpoint,
    parse_checkpoint,
    parse_signer,
    parse_verifier,
    peek_checkpoint,
    save_signers,
    sign_checkpoint,
)
from lantai.kernel.tlog.note import open_note, sign_note

# The published example of the note format: key pair, text and signature.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

SIGNER = parse_signer(PRIVATE)
KEY = parse_verifier(PUBLIC)


def test_the_published_example_is_signed_and_read() -> None:
    assert SIGNER.secret() == PRIVATE and str(SIGNER.verifier) == str(KEY) == PUBLIC
    assert sign_note(TEXT, SIGNER) == NOTE
    assert open_note(NOTE, KEY) == TEXT


@settings(max_examples=300)
@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_byte_of_a_note_can_change(at: int, mask: int) -> None:
    changed = bytearray(NOTE)
    changed[at] ^= mask
    with pytest.raises(Corrupt):
        open_note(bytes(changed), KEY)


def test_lines_of_other_keys_are_passed_over() -> None:
    other = Ed25519Signer.generate("witness.example/w1")
    both = sign_note(TEXT, SIGNER, other)
    assert open_note(both, KEY) == open_note(both, other.verifier) == TEXT
    same_name = Ed25519Signer.generate(KEY.name)
    with pytest.raises(Corrupt, match=r"tlog\.note\.unsigned"):
        open_note(both, same_name.verifier)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b"If", b"\x07f"),
        NOTE.replace(b"If", b"\xfff"),
        NOTE.replace(b"AM=\n", b"AN=\n"),
        NOTE + b"x" * 70_000,
    ],
)
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(Corrupt, match=r"tlog\.note\.form"):
        open_note(note, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        PUBLIC + "=",
        PUBLIC.replace("c7", "C7"),
        PUBLIC.replace("ARpc", "ARpd"),
        PUBLIC[1:],
    ],
)
def test_a_wrong_key_text_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"tlog\.key\.unreadable"):
        parse_verifier(text)


def test_a_private_key_is_not_taken_for_a_public_one_nor_shown() -> None:
    with pytest.raises(Invalid, match=r"tlog\.key\.private") as caught:
        parse_verifier(PRIVATE)
    shown = repr(SIGNER) + str(caught.value)
    assert "AYEKFALV" not in shown and repr(SIGNER.seed) not in shown
    with pytest.raises(Invalid, match=r"tlog\.key\.unreadable"):
        parse_signer(PRIVATE.replace("c74f20a3", "c74f20a4"))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b"])
def test_a_key_name_is_one_word(name: str) -> None:
    with pytest.raises(Invalid, match=r"tlog\.key\.name"):
        Ed25519Signer.generate(name)


def test_a_key_file_is_the_owners_only_and_never_overwritten(tmp_path: Path) -> None:
    signer, both = Ed25519Signer.generate("lantai.example/台账"), generate("sm2", "lantai.example/台账")
    save_signers(tmp_path / "key", [signer, both])
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert load_signers(tmp_path / "key") == (signer, both)
    with pytest.raises(Conflict, match=r"tlog\.key\.exists"):
        save_signers(tmp_path / "key", [Ed25519Signer.generate("another")])
    assert load_signers(tmp_path / "key") == (signer, both)


def test_a_checkpoint_has_the_published_form() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == text
    more = parse_checkpoint(text + "extension\n")
    assert more.extensions == ("extension",) and more.text() == text + "extension\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n١\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "a\n1\nAAAA\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Corrupt, match=r"tlog\.checkpoint\.form"):
        parse_checkpoint(text)


def test_a_checkpoint_is_of_one_log_and_one_key() -> None:
    note = sign_checkpoint(Checkpoint("a.example/log", 0, EMPTY_ROOT), SIGNER)
    checkpoint = open_checkpoint(note, KEY, "a.example/log")
    assert checkpoint == peek_checkpoint(note) and checkpoint.note.encode() == note
    with pytest.raises(Corrupt, match=r"tlog\.checkpoint\.origin"):
        open_checkpoint(note, KEY, "b.example/log")
    with pytest.raises(LantaiError, match=r"tlog\.note\.unsigned"):
        open_checkpoint(note, Ed25519Signer.generate("c").verifier)
    with pytest.raises(Invalid, match=r"tlog\.checkpoint\.origin_form"):
        sign_checkpoint(Checkpoint("a\nb", 0, EMPTY_ROOT), SIGNER)
