"""Digests of stored files by their OCFL names (OCFL 1.1 §3.4, community extension 0009)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping

from lantai.kernel.digests import CHUNK, Hasher, digest_file
from lantai.kernel.storage import Store


def _blake(bits: int) -> Callable[[], Hasher]:
    return lambda: hashlib.blake2b(digest_size=bits // 8)


_HASHERS: Mapping[str, Callable[[], Hasher]] = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "sha512/256": lambda: hashlib.new("sha512_256"),
    "blake2b-512": _blake(512),
    "blake2b-384": _blake(384),
    "blake2b-256": _blake(256),
    "blake2b-160": _blake(160),
}


def digests_of(store: Store, key: str, names: Collection[str]) -> dict[str, str]:
    """Read ``key`` once; return its digests by OCFL name ("size" is the byte count). Unknown names are left
    out (E028). ``OSError`` or the store's errors when it cannot be read."""
    path = store.local_path(key)
    if path is not None and set(names) <= {"sha512", "sha256"}:
        return dict(digest_file(path, tuple(names)).digests)
    hashers = {name: _HASHERS[name]() for name in names if name in _HASHERS}
    size = 0
    with store.open(key) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            for hasher in hashers.values():
                hasher.update(chunk)
    found = {name: hasher.hexdigest() for name, hasher in hashers.items()}
    return {**found, "size": str(size)} if "size" in names else found
