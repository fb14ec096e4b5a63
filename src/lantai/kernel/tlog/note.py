"""Signed notes (C2SP signed-note): text with signature lines, Ed25519 keys written as one line of text.

A public key is ``name+keyid+base64(0x01, 32 bytes)``, a private one ``PRIVATE+KEY+name+keyid+base64(0x01, 32
bytes)`` where the key id is the first four bytes of SHA-256 over name, newline, 0x01 and public key, in
hexadecimal.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lantai.kernel.errors import Conflict, Corrupt, Invalid

ED25519 = b"\x01"
PRIVATE = "PRIVATE+KEY+"
LONGEST_NOTE = 65_536
MOST_SIGNATURES = 100

_KEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Verifier(Protocol):
    """A public key that tells whether it signed a text."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def verify(self, text: bytes, signature: bytes) -> bool: ...


class Signer(Protocol):
    """A private key; ``verifier`` is its public half."""

    @property
    def verifier(self) -> Verifier: ...

    def sign(self, text: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """A public Ed25519 key with its name; ``public`` are the 32 bytes of RFC 8032."""

    name: str
    public: bytes

    @property
    def key_id(self) -> int:
        """The number by which signature lines refer to this key."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return int.from_bytes(sha256(named).digest()[:4], "big")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key's text, in hexadecimal: what two people compare."""
        return sha256(str(self).encode()).hexdigest()

    def __str__(self) -> str:
        """Return the key as one line (without a line end)."""
        return f"{self.name}+{self.key_id:08x}+{_base64(ED25519 + self.public)}"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` (64 bytes) is this key's over ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """A private Ed25519 key with its name; ``seed`` are the 32 bytes of RFC 8032, never shown."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Ed25519Signer:
        """Return a new key; ``Invalid("tlog.key.name")`` for an empty name or one with blanks or ``+``."""
        if not name or "+" in name or any(each.isspace() for each in name):
            raise Invalid("tlog.key.name", name=name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load(cls, path: Path) -> Ed25519Signer:
        """Return the key that :meth:`save` wrote; ``OSError``, ``Invalid("tlog.key.unreadable")``."""
        return parse_signer(path.read_text("utf-8").strip())

    @property
    def verifier(self) -> Ed25519Verifier:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Ed25519Verifier(self.name, public.public_bytes_raw())

    def secret(self) -> str:
        """Return the private key as one line (without a line end)."""
        return f"{PRIVATE}{self.name}+{self.verifier.key_id:08x}+{_base64(ED25519 + self.seed)}"

    def sign(self, text: bytes) -> bytes:
        """Return the 64 bytes of the signature over ``text``."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)

    def save(self, path: Path) -> None:
        """Write the private key to a new file that only its owner may read (mode 0600), durably.

        ``Conflict("tlog.key.exists")`` when the file is there: a key is never overwritten.
        """
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise Conflict("tlog.key.exists", path=str(path)) from error
        with open(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(self.secret() + "\n")
            file.flush()
            os.fsync(descriptor)


def parse_verifier(text: str) -> Ed25519Verifier:
    """Return the public key written as ``text``; ``Invalid("tlog.key.unreadable")``."""
    if text.startswith(PRIVATE):
        raise Invalid("tlog.key.private")
    name, key_id, public = _parse_key(text)
    verifier = Ed25519Verifier(name, public)
    if verifier.key_id != key_id:
        raise Invalid("tlog.key.unreadable")
    return verifier


def parse_signer(text: str) -> Ed25519Signer:
    """Return the private key written as ``text``; ``Invalid("tlog.key.unreadable")``, never quoting it."""
    if not text.startswith(PRIVATE):
        raise Invalid("tlog.key.unreadable")
    name, key_id, seed = _parse_key(text.removeprefix(PRIVATE))
    signer = Ed25519Signer(name, seed)
    if signer.verifier.key_id != key_id:
        raise Invalid("tlog.key.unreadable")
    return signer


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


def _parse_key(text: str) -> tuple[str, int, bytes]:
    match = _KEY.fullmatch(text)
    key = unbase64(match["key"]) if match else None
    if match is None or key is None or len(key) != 33 or key[:1] != ED25519:
        raise Invalid("tlog.key.unreadable")
    return match["name"], int(match["id"], 16), key[1:]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def unbase64(text: str) -> bytes | None:
    """Return the bytes of standard base64, None unless ``text`` is the one right spelling of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _base64(data) == text else None
