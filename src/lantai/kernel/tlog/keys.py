"""Keys that sign checkpoints, behind one interface: Ed25519 (RFC 8032) and SM2 with SM3 (GB/T 32918).

A public key is one line, ``name+keyid+base64(type, public)``, a private one ``PRIVATE+KEY+name+keyid+base64(type,
private)``. The key id is the first four bytes of SHA-256 over name, newline, type and public key (C2SP
signed-note). The type of Ed25519 is 0x01. SM2 has none assigned: 0xff, as the specification says for such, then
the identifier 1.2.156.10197.1.501 in DER, which nobody else can mean anything by; its public key is 0x04, x, y,
its private key 32 bytes, its signature r and s of 32 bytes each.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lantai.kernel.errors import Conflict, Invalid
from lantai.kernel.tlog import sm2
from lantai.kernel.tlog.base64s import unbase64

ED25519 = b"\x01"
SM2 = b"\xff" + bytes.fromhex("06082a811ccf55018375")
PRIVATE = "PRIVATE+KEY+"

_KEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})")


class Verifier(Protocol):
    """A public key that tells whether it signed a text."""

    @property
    def name(self) -> str: ...

    @property
    def algorithm(self) -> str: ...

    @property
    def key_id(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def verify(self, text: bytes, signature: bytes) -> bool: ...


class Signer(Protocol):
    """A private key; ``verifier`` is its public half, ``secret`` the line it is kept as."""

    @property
    def verifier(self) -> Verifier: ...

    def secret(self) -> str: ...

    def sign(self, text: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Public:
    """What all public keys have in common; ``public`` are the bytes of the key without its type."""

    kind: ClassVar[bytes] = b""
    algorithm: ClassVar[str] = ""

    name: str
    public: bytes

    @property
    def typed(self) -> bytes:
        """Type and key, as the key's text and its id have them."""
        return self.kind + self.public

    @property
    def key_id(self) -> int:
        """The number by which signature lines refer to this key."""
        return int.from_bytes(sha256(self.name.encode() + b"\n" + self.typed).digest()[:4], "big")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key's text, in hexadecimal: what two people compare."""
        return sha256(str(self).encode()).hexdigest()

    def __str__(self) -> str:
        """Return the key as one line (without a line end)."""
        return f"{self.name}+{self.key_id:08x}+{_base64(self.typed)}"


@dataclass(frozen=True, slots=True)
class Ed25519Verifier(_Public):
    """A public Ed25519 key with its name; ``public`` are the 32 bytes of RFC 8032."""

    kind: ClassVar[bytes] = ED25519
    algorithm: ClassVar[str] = "ed25519"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` (64 bytes) is this key's over ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Sm2Verifier(_Public):
    """A public SM2 key with its name; ``public`` are x and y, 32 bytes each."""

    kind: ClassVar[bytes] = SM2 + b"\x04"
    algorithm: ClassVar[str] = "sm2"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` (r and s, 64 bytes) is this key's over ``text``."""
        return sm2.verify(self.public, text, signature)


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """A private Ed25519 key with its name; ``seed`` are the 32 bytes of RFC 8032, never shown."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Ed25519Signer:
        """Return a new key; ``Invalid("tlog.key.name")`` for an empty name or one with blanks or ``+``."""
        _check_name(name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

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


@dataclass(frozen=True, slots=True)
class Sm2Signer:
    """A private SM2 key with its name; ``private`` are 32 bytes, never shown."""

    name: str
    private: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Sm2Signer:
        """Return a new key; ``Invalid("tlog.key.name")`` as for Ed25519."""
        _check_name(name)
        return cls(name, sm2.generate())

    @property
    def verifier(self) -> Sm2Verifier:
        """The public half."""
        return Sm2Verifier(self.name, sm2.public_of(self.private))

    def secret(self) -> str:
        """Return the private key as one line (without a line end)."""
        return f"{PRIVATE}{self.name}+{self.verifier.key_id:08x}+{_base64(SM2 + self.private)}"

    def sign(self, text: bytes) -> bytes:
        """Return r and s, 64 bytes, over ``text``; the same text has always the same signature."""
        return sm2.sign(self.private, text)


ALGORITHMS: dict[str, type[Ed25519Signer] | type[Sm2Signer]] = {"ed25519": Ed25519Signer, "sm2": Sm2Signer}
"""What a site may sign with."""


def generate(algorithm: str, name: str) -> Signer:
    """Return a new key; ``Invalid``: ``tlog.key.algorithm``, ``tlog.key.name``."""
    if algorithm not in ALGORITHMS:
        raise Invalid("tlog.key.algorithm", algorithm=algorithm, known=", ".join(ALGORITHMS))
    return ALGORITHMS[algorithm].generate(name)


def parse_verifier(text: str) -> Ed25519Verifier | Sm2Verifier:
    """Return the public key written as ``text``; ``Invalid("tlog.key.unreadable")``, ``"tlog.key.private"``."""
    if text.startswith(PRIVATE):
        raise Invalid("tlog.key.private")
    name, key_id, typed = _parse(text)
    verifier: Ed25519Verifier | Sm2Verifier
    if typed[:1] == ED25519 and len(typed) == 33:
        verifier = Ed25519Verifier(name, typed[1:])
    elif typed.startswith(SM2 + b"\x04") and sm2.is_public(typed[len(SM2) + 1 :]):
        verifier = Sm2Verifier(name, typed[len(SM2) + 1 :])
    else:
        raise Invalid("tlog.key.unreadable")
    if verifier.key_id != key_id:
        raise Invalid("tlog.key.unreadable")
    return verifier


def parse_signer(text: str) -> Ed25519Signer | Sm2Signer:
    """Return the private key written as ``text``; ``Invalid("tlog.key.unreadable")``, never quoting it."""
    if not text.startswith(PRIVATE):
        raise Invalid("tlog.key.unreadable")
    name, key_id, typed = _parse(text.removeprefix(PRIVATE))
    signer: Ed25519Signer | Sm2Signer
    if typed[:1] == ED25519 and len(typed) == 33:
        signer = Ed25519Signer(name, typed[1:])
    elif typed.startswith(SM2) and _is_sm2_secret(typed[len(SM2) :]):
        signer = Sm2Signer(name, typed[len(SM2) :])
    else:
        raise Invalid("tlog.key.unreadable")
    if signer.verifier.key_id != key_id:
        raise Invalid("tlog.key.unreadable")
    return signer


def save_signers(path: Path, signers: Sequence[Signer]) -> None:
    """Write private keys, one a line, to a new file that only its owner may read (mode 0600), durably.

    ``Conflict("tlog.key.exists")`` when the file is there: a key is never overwritten.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Conflict("tlog.key.exists", path=str(path)) from error
    with open(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write("".join(f"{signer.secret()}\n" for signer in signers))
        file.flush()
        os.fsync(descriptor)


def load_signers(path: Path) -> tuple[Ed25519Signer | Sm2Signer, ...]:
    """Return the keys that :func:`save_signers` wrote, at least one; ``OSError``, ``Invalid("tlog.key.unreadable")``."""
    return tuple(parse_signer(line) for line in path.read_text("utf-8").strip().split("\n"))


def _check_name(name: str) -> None:
    if not name or "+" in name or any(each.isspace() for each in name):
        raise Invalid("tlog.key.name", name=name)


def _is_sm2_secret(private: bytes) -> bool:
    return len(private) == 32 and 1 <= int.from_bytes(private, "big") <= sm2.N - 2


def _parse(text: str) -> tuple[str, int, bytes]:
    match = _KEY.fullmatch(text)
    typed = unbase64(match["key"]) if match else None
    if match is None or typed is None:
        raise Invalid("tlog.key.unreadable")
    return match["name"], int(match["id"], 16), typed


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
