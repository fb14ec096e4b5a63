"""From object ids to folders: layouts 0003 and 0004 of the OCFL community extensions, as pure functions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lantai.kernel.errors import Invalid

HASH_AND_ID = "0003-hash-and-id-n-tuple-storage-layout"
HASHED = "0004-hashed-n-tuple-storage-layout"

DESCRIPTIONS: Mapping[str, str] = {
    HASH_AND_ID: "Digest of the object id in tuples, then the percent-encoded id",
    HASHED: "Digest of the object id in tuples, then the whole digest",
}

_DIGESTS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha512": "sha512",
    "sha512/256": "sha512_256",
    "blake2b-512": "blake2b",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_ENCODED_ID = 100
_MOST = 32


def _encoded(object_id: str) -> str:
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode("utf-8")), object_id)


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout with its parameters, named as in the extension documents (0003 and 0004, "Parameters")."""

    extension: str = HASHED
    algorithm: str = "sha256"
    tuple_size: int = 3
    tuples: int = 3
    short_root: bool = False

    def path(self, object_id: str) -> str:
        """Return the folder of ``object_id`` below the storage root, '/'-separated."""
        digest = hashlib.new(_DIGESTS[self.algorithm], object_id.encode("utf-8")).hexdigest()
        used = self.tuple_size * self.tuples
        folders = [digest[at : at + self.tuple_size] for at in range(0, used, self.tuple_size or 1)]
        return "/".join([*folders, self._last(object_id, digest, used)])

    def _last(self, object_id: str, digest: str, used: int) -> str:
        if self.extension == HASHED:
            return digest[used:] if self.short_root else digest
        encoded = _encoded(object_id)
        return f"{encoded[:_LONGEST_ENCODED_ID]}-{digest}" if len(encoded) > _LONGEST_ENCODED_ID else encoded

    def config(self) -> dict[str, object]:
        """Return the extension's ``config.json``."""
        told: dict[str, object] = {
            "extensionName": self.extension,
            "digestAlgorithm": self.algorithm,
            "tupleSize": self.tuple_size,
            "numberOfTuples": self.tuples,
        }
        return {**told, "shortObjectRoot": self.short_root} if self.extension == HASHED else told


def read_layout(extension: str, config: Mapping[str, object] | None = None) -> Layout:
    """Return the layout named ``extension`` with the parameters of its ``config.json``.

    ``Invalid("ocfl.layout.unknown")`` for another extension, ``Invalid("ocfl.layout.parameters")`` when a
    parameter breaks the constraints of the extension.
    """
    if extension not in DESCRIPTIONS:
        raise Invalid("ocfl.layout.unknown", layout=extension)
    told = config or {}
    algorithm = told.get("digestAlgorithm", "sha256")
    size, count = told.get("tupleSize", 3), told.get("numberOfTuples", 3)
    short = told.get("shortObjectRoot", False)
    if not (isinstance(algorithm, str) and algorithm in _DIGESTS):
        raise Invalid("ocfl.layout.parameters", layout=extension, parameter="digestAlgorithm")
    if not (_is_count(size) and _is_count(count) and (size == 0) == (count == 0)):
        raise Invalid("ocfl.layout.parameters", layout=extension, parameter="tupleSize, numberOfTuples")
    assert isinstance(size, int) and isinstance(count, int)
    digits = hashlib.new(_DIGESTS[algorithm]).digest_size * 2
    if size * count > digits:
        raise Invalid("ocfl.layout.parameters", layout=extension, parameter="tupleSize, numberOfTuples")
    if not isinstance(short, bool) or (short and size * count == digits):
        raise Invalid("ocfl.layout.parameters", layout=extension, parameter="shortObjectRoot")
    return Layout(extension, algorithm, size, count, short and extension == HASHED)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
