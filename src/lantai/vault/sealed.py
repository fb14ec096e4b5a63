"""Sealed copies: encrypted for a recipient (age, X25519), so that whoever holds them cannot read them.

A target with a recipient holds ``sealed/ocfl/<folder>/v1.tar.age`` for each version of each object (a tar with the paths
below ``ocfl/``) and ``sealed/<path>.age`` for every file beside the objects. Names tell nothing: folders are digests of
random names. What can be verified without the private key is the SHA-512 of the cipher text, which is kept on the copy.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage
from pyrage import x25519

from lantai.base.home import home
from lantai.kernel.errors import Corrupt, Invalid
from lantai.kernel.storage import Source, Store
from lantai.kernel.storage.medium import chunks_of, measured
from lantai.vault.parcel import Parcel, sha512_of, source_of

FOLDER = "sealed"
_BLOCK = 1 << 20
_RECORD = 512


def check_recipient(told: str) -> str:
    """Return a recipient (``age1…``); ``Invalid("vault.recipient.wrong")``, ``.private`` for a private key."""
    one = told.strip()
    if one.upper().startswith("AGE-SECRET-KEY-"):
        raise Invalid("vault.recipient.private")
    try:
        x25519.Recipient.from_str(one)
    except pyrage.RecipientError as wrong:
        raise Invalid("vault.recipient.wrong", recipient=one[:80]) from wrong
    return one


def make_identity() -> tuple[str, str]:
    """Return a new private key (the text of a key file) and its recipient. Nothing of it is kept here."""
    made = x25519.Identity.generate()
    recipient = str(made.to_public())
    return f"# lantai: {recipient}\n{made}\n", recipient


def read_identities(text: str) -> list[x25519.Identity]:
    """Return the private keys of a key file; ``Invalid("vault.identity.wrong")`` when there is none."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as wrong:
        raise Invalid("vault.identity.wrong") from wrong
    if not found:
        raise Invalid("vault.identity.wrong")
    return found


def object_key(prefix: str, number: int) -> str:
    """Return the key of a sealed version of the object in the folder ``prefix``."""
    return f"{FOLDER}/ocfl/{prefix}/v{number}.tar.age"


def file_key(key: str) -> str:
    """Return the key of a sealed file beside the objects."""
    return f"{FOLDER}/{key}.age"


class SealedShelf:
    """Writes sealed copies into a store; every cipher text is read back and compared."""

    def __init__(self, store: Store, recipient: str) -> None:
        self._store = store
        self._recipient = x25519.Recipient.from_str(check_recipient(recipient))

    def put_object(self, here: Store, parcel: Parcel) -> tuple[str, int]:
        """Seal a version of an object; return SHA-512 and size of the cipher text.

        ``Corrupt``: ``vault.copy.source_damaged`` when a file here is not what its inventory says,
        ``vault.copy.differs`` when the target gives back other bytes.
        """
        return self._put(object_key(parcel.prefix, parcel.number), _tar(here, parcel), parcel.object_id)

    def put_file(self, key: str, source: Source) -> tuple[str, int]:
        """Seal a file beside the objects; return SHA-512 and size of the cipher text."""
        return self._put(file_key(key), chunks_of(source), key)

    def _put(self, key: str, plain: Iterator[bytes], what: str) -> tuple[str, int]:
        with _aside() as path:
            with open(path, "xb") as out:
                hashing, reader = _Hashing(out), _Reader(plain)
                try:
                    pyrage.encrypt_io(reader, hashing, [self._recipient])
                except (pyrage.EncryptError, OSError):
                    if reader.broken is not None:
                        raise reader.broken from None  # the library makes its own error of it
                    raise
            self._store.put(key, path, replace=True)
            if sha512_of(self._store, key) != hashing.digest.hexdigest():
                raise Corrupt("vault.copy.differs", object=what, path=key)
            return hashing.digest.hexdigest(), path.stat().st_size


@contextmanager
def opened(store: Store, key: str, identities: list[x25519.Identity]) -> Iterator[BinaryIO]:
    """Yield the plain bytes of a sealed file; ``Corrupt("vault.sealed.unreadable")`` for a wrong key or damage."""
    with _aside() as path:
        try:
            with store.open(key) as sealed, open(path, "xb") as out:
                pyrage.decrypt_io(sealed, out, identities)
        except (pyrage.DecryptError, OSError) as wrong:
            raise Corrupt("vault.sealed.unreadable", key=key) from wrong
        with open(path, "rb") as plain:
            yield plain


def members(store: Store, key: str, identities: list[x25519.Identity]) -> Iterator[tuple[str, BinaryIO]]:
    """Yield path below ``ocfl/`` and bytes of every file of a sealed object, in order; errors as :func:`opened`."""
    with opened(store, key, identities) as plain:
        try:
            with tarfile.open(fileobj=plain, mode="r:") as tar:
                for member in tar:
                    inside = tar.extractfile(member)
                    if inside is None:
                        raise Corrupt("vault.sealed.unreadable", key=key)
                    yield member.name, io.BytesIO(inside.read()) if member.size < _BLOCK else _binary(inside)
        except tarfile.TarError as odd:
            raise Corrupt("vault.sealed.unreadable", key=key) from odd


def _binary(stream: object) -> BinaryIO:
    return stream  # type: ignore[return-value]


def sealed_faults(store: Store, parcel: Parcel, identities: list[x25519.Identity]) -> list[str]:
    """Open a sealed copy and read every byte; return the paths that are missing, differ or are too many."""
    wanted = {f"{parcel.prefix}/{path}": digest for path, digest in parcel.digests().items()}
    wrong = []
    for path, stream in members(store, object_key(parcel.prefix, parcel.number), identities):
        digest = hashlib.sha512()
        while data := stream.read(_BLOCK):
            digest.update(data)
        if wanted.pop(path, None) != digest.hexdigest():
            wrong.append(path)
    return [*wrong, *wanted]


def _tar(here: Store, parcel: Parcel) -> Iterator[bytes]:
    """Yield a tar of the version's files; what differs from the inventory ends it with ``Corrupt``."""
    small = {**parcel.version_files(), **parcel.root_files()}
    for path, wanted in parcel.digests().items():
        key = f"{parcel.prefix}/{path}"
        source: Source = small[path] if path in small else source_of(here, key)
        info = tarfile.TarInfo(key)
        info.size, info.mode = measured(source), 0o444
        yield info.tobuf(tarfile.PAX_FORMAT)
        digest, size = hashlib.sha512(), 0
        for data in chunks_of(source):
            digest.update(data)
            size += len(data)
            yield data
        if digest.hexdigest() != wanted or size != info.size:
            raise Corrupt("vault.copy.source_damaged", object=parcel.object_id, path=path)
        yield b"\0" * (-info.size % _RECORD)
    yield b"\0" * (2 * _RECORD)


@contextmanager
def _aside() -> Iterator[Path]:
    """Yield a path for a file that goes afterwards: the size of a cipher text is known when it is written."""
    folder = home().root / "copies" / "sealing"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{secrets.token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


class _Reader:
    """Chunks as a file that is read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._left = chunks, b""
        self.broken: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            try:
                more = next(self._chunks, None)
            except Exception as broken:
                self.broken = broken
                raise
            if more is None:
                return b""
            self._left = more
        given, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        return given


class _Hashing:
    """A file that is hashed as it is written."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.digest = out, hashlib.sha512()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._out.write(data)

    def flush(self) -> None:
        self._out.flush()
