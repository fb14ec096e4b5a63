"""Keys, signed notes and checkpoints as a reader sees them (C2SP signed-note and tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lantai.kernel.errors import Corrupt, Invalid
from lantai.kernel.witness import sm2

_ED25519 = b"\x01"
_SM2 = b"\xff\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x75\x04"
"""Type 0xff, the object identifier 1.2.156.10197.1.501, and 0x04 for a point with both coordinates."""

_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: its line, its name, the id by which signatures call it, its type and its bytes."""

    line: str
    name: str
    id: bytes
    kind: bytes
    public: bytes

    @property
    def fingerprint(self) -> str:
        """What two people compare."""
        return sha256(self.line.encode()).hexdigest()

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Return whether this key signed ``text``, by its own algorithm and no other."""
        return _holds(self.kind, self.public, text, signature)


@lru_cache(1 << 14)
def _holds(kind: bytes, public: bytes, text: bytes, signature: bytes) -> bool:
    if kind == _SM2:
        return sm2.holds(public, text, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def read_key(line: str) -> Key:
    """Return the key written as one line; ``Invalid``: ``tlog.key.private``, ``tlog.key.unreadable``."""
    if line.startswith("PRIVATE+KEY+"):
        raise Invalid("tlog.key.private")
    name, *rest = line.split("+", 2)
    typed = _unbase64(rest[1]) if len(rest) == 2 else None
    if typed is None or not _is_word(name):
        raise Invalid("tlog.key.unreadable")
    kind = next((kind for kind in (_ED25519, _SM2) if typed.startswith(kind)), b"?")
    public = typed.removeprefix(kind)
    known = len(public) == 32 if kind == _ED25519 else kind == _SM2 and sm2.is_key(public)
    number = sha256(name.encode() + b"\n" + typed).digest()[:4]
    if not known or rest[0] != number.hex():
        raise Invalid("tlog.key.unreadable")
    return Key(line, name, number, kind, public)


def read_keys(data: bytes) -> tuple[Key, ...]:
    """Return the keys of a key file, one a line, each line ended, at least one and none twice; ``Invalid`` as above."""
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) < 2 or lines.pop() or len(set(lines)) != len(lines):
        raise Invalid("tlog.key.unreadable")
    return tuple(read_key(line) for line in lines)


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint: the log's name, how many entries, the root over them, and the note it stood in."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signers(self, keys: Sequence[Key]) -> tuple[Key, ...]:
        """Return those of ``keys`` that signed it; other people's signatures are passed over.

        ``Corrupt``: ``tlog.note.signature`` when a line of one of them is wrong, whoever else signed rightly.
        """
        found = []
        for key in keys:
            mine = [value for name, number, value in self.signatures if (name, number) == (key.name, key.id)]
            if not all(key.signed(self.text, value) for value in mine):
                raise Corrupt("tlog.note.signature", name=key.name)
            found += [key] if mine else []
        return tuple(found)

    def required(self, keys: Sequence[Key]) -> tuple[Key, ...]:
        """Return those of ``keys`` that signed it, at least one; ``Corrupt``: as above, ``tlog.note.unsigned``."""
        found = self.signers(keys)
        if not found:
            raise Corrupt("tlog.note.unsigned", name=" / ".join(dict.fromkeys(key.name for key in keys)))
        return found


def read_head(note: bytes) -> Head:
    """Return the checkpoint in a note, nothing verified; ``Corrupt``: ``tlog.note.form``, ``tlog.checkpoint.form``."""
    try:
        whole = note[: _LONGEST + 1].decode("utf-8")
    except UnicodeDecodeError as error:
        raise Corrupt("tlog.note.form") from error
    text, blank, block = whole.rpartition("\n\n")
    if (
        len(note) > _LONGEST
        or not blank
        or not block.endswith("\n")
        or any(sign < " " and sign != "\n" for sign in whole)
    ):
        raise Corrupt("tlog.note.form")
    lines = block[:-1].split("\n")
    if len(lines) > 100:
        raise Corrupt("tlog.note.form")
    signatures = tuple(_signature(line) for line in lines)
    origin, size, encoded, *more = [*text.split("\n"), "", ""]
    root = _unbase64(encoded)
    number = size.isascii() and size.isdecimal() and len(size) < 20 and str(int(size)) == size
    if not origin or not number or root is None or len(root) != 32 or not all(more[:-2]):
        raise Corrupt("tlog.checkpoint.form")
    return Head(origin, int(size), root, f"{text}\n".encode(), signatures)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    mark, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    value = _unbase64(encoded)
    if mark != "—" or not _is_word(name) or "+" in name or value is None or len(value) < 5:
        raise Corrupt("tlog.note.form")
    return name, value[:4], value[4:]


def _is_word(name: str) -> bool:
    return bool(name) and not any(sign.isspace() for sign in name)


def _unbase64(text: str) -> bytes | None:
    """Return the bytes of standard base64, None unless ``text`` is the one right spelling of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
