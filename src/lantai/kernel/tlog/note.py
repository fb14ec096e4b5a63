"""Signed notes (C2SP signed-note): text with signature lines, one per key; for the keys see :mod:`.keys`."""

from __future__ import annotations

import base64
import re

from lantai.kernel.errors import Corrupt, Invalid
from lantai.kernel.tlog.base64s import unbase64
from lantai.kernel.tlog.keys import Signer, Verifier

LONGEST_NOTE = 65_536
MOST_SIGNATURES = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


def sign_note(text: str, *signers: Signer) -> bytes:
    """Return the note of ``text`` (must end in a newline) with a signature of each signer.

    ``Invalid("tlog.note.form")`` when ``text`` is none that a note may have.
    """
    _check_text(text)
    lines = []
    for signer in signers:
        key = signer.verifier
        value = _base64(key.key_id.to_bytes(4, "big") + signer.sign(text.encode()))
        lines.append(f"— {key.name} {value}\n")
    return (text + "\n" + "".join(lines)).encode()


def open_note(note: bytes, verifier: Verifier) -> str:
    """Return the text of a note that ``verifier`` signed; lines by other keys are passed over.

    ``Corrupt("tlog.note.form")`` when it is no note, ``"tlog.note.unsigned"`` when that key did not sign it,
    ``"tlog.note.signature"`` when its signature is wrong.
    """
    text, signatures = split_note(note)
    mine = [value for name, key_id, value in signatures if (name, key_id) == (verifier.name, verifier.key_id)]
    if not mine:
        raise Corrupt("tlog.note.unsigned", name=verifier.name)
    if not all(verifier.verify(text.encode(), value) for value in mine):
        raise Corrupt("tlog.note.signature", name=verifier.name)
    return text


def signed_by(note: bytes, verifier: Verifier) -> bool:
    """Return whether a note has a signature line of the key ``verifier``, right or wrong; ``Corrupt`` as above."""
    return any((name, key_id) == (verifier.name, verifier.key_id) for name, key_id, _ in split_note(note)[1])


def split_note(note: bytes) -> tuple[str, list[tuple[str, int, bytes]]]:
    """Return a note's text and its signatures (key name, key id, signature), none of them verified.

    ``Corrupt("tlog.note.form")`` when it is no note.
    """
    try:
        whole = note[: LONGEST_NOTE + 1].decode("utf-8")
    except UnicodeDecodeError as error:
        raise Corrupt("tlog.note.form") from error
    text, blank, lines = whole.rpartition("\n\n")
    if len(note) > LONGEST_NOTE or not blank or not lines.endswith("\n"):
        raise Corrupt("tlog.note.form")
    try:
        _check_text(text + "\n")
    except Invalid as error:
        raise Corrupt("tlog.note.form") from error
    signatures = [_parse_signature(line) for line in lines[:-1].split("\n")]
    if len(signatures) > MOST_SIGNATURES:
        raise Corrupt("tlog.note.form")
    return text + "\n", signatures


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise Invalid("tlog.note.form")


def _parse_signature(line: str) -> tuple[str, int, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1] or "+" in parts[1] or len(parts[1].split()) != 1:
        raise Corrupt("tlog.note.form")
    value = unbase64(parts[2])
    if value is None or len(value) < 5:
        raise Corrupt("tlog.note.form")
    return parts[1], int.from_bytes(value[:4], "big"), value[4:]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
