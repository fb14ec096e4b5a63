"""Inventories: reading them, asking them, and building the next one. Nothing here touches a store."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from lantai.kernel.errors import Corrupt, Invalid, NotFound
from lantai.kernel.storage import Source

NAME = "inventory.json"
ADDRESSING = ("sha512", "sha256")
"""Digest algorithms an inventory may be built on (OCFL 1.1 §3.4)."""

VERSION = re.compile(r"v(0*)([1-9][0-9]*)", re.ASCII)
_SHA512 = re.compile(r"[0-9a-fA-F]{128}", re.ASCII)

Document = dict[str, Any]


class Repeating(dict[str, Any]):
    """A JSON object that had a key more than once; ``repeated`` names them."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    noted = Repeating(plain)
    names = [name for name, _ in pairs]
    noted.repeated = tuple(sorted({name for name in names if names.count(name) > 1}))
    return noted


def parse(raw: bytes) -> Any:
    """Return the JSON value of ``raw`` (UTF-8); ``ValueError`` when it is none.

    Objects with a key given twice come as :class:`Repeating`.
    """
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def version_number(name: str) -> int:
    """Return the number of a version folder name, 0 when it is no such name."""
    found = VERSION.fullmatch(name)
    return int(found[2]) if found else 0


def sidecar_name(algorithm: str) -> str:
    """Return the file name of an inventory's digest (OCFL 1.1 §3.6)."""
    return f"{NAME}.{algorithm}"


def sidecar(raw: bytes, algorithm: str) -> bytes:
    """Return the digest file of the inventory ``raw``."""
    return f"{hashlib.new(algorithm, raw).hexdigest()} {NAME}\n".encode("ascii")


@dataclass(frozen=True)
class Inventory:
    """One inventory as read; digests are lower case whatever the document has.

    ``digest`` is the SHA-512 of the bytes, ``algorithm`` the one the object is addressed with.
    """

    raw: bytes
    document: Document

    @classmethod
    def read(cls, raw: bytes) -> Inventory:
        """Return the inventory; ``Corrupt("ocfl.inventory.broken")`` when it cannot be used at all."""
        try:
            document = parse(raw)
        except ValueError as error:
            raise Corrupt("ocfl.inventory.broken", reason=str(error)) from None
        if not _usable(document):
            raise Corrupt("ocfl.inventory.broken", reason="required parts are missing")
        return cls(raw, document)

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def head(self) -> str:
        return str(self.document["head"])

    @property
    def version_number(self) -> int:
        return version_number(self.head)

    @property
    def algorithm(self) -> str:
        return str(self.document["digestAlgorithm"])

    @property
    def content_directory(self) -> str:
        return str(self.document.get("contentDirectory", "content"))

    @cached_property
    def digest(self) -> str:
        return hashlib.sha512(self.raw).hexdigest()

    @cached_property
    def manifest(self) -> Mapping[str, tuple[str, ...]]:
        """Content paths by digest."""
        return {digest.lower(): tuple(paths) for digest, paths in self.document["manifest"].items()}

    def version_name(self, version: int | str | None = None) -> str:
        """Return the folder name of a version given as number, name, or None for the newest."""
        versions = self.document["versions"]
        for name in versions:
            if version in (name, version_number(name)):
                return str(name)
        if version is None:
            return self.head
        raise NotFound("ocfl.version.missing", id=self.id, version=version)

    def versions(self) -> tuple[str, ...]:
        """Return the names of all versions, oldest first."""
        return tuple(sorted(self.document["versions"], key=version_number))

    def state(self, version: int | str | None = None) -> Mapping[str, str]:
        """Return digest by logical path of one version (None: the newest)."""
        block = self.document["versions"][self.version_name(version)]["state"]
        return {path: digest.lower() for digest, paths in block.items() for path in paths}

    def path_of(self, logical: str, version: int | str | None = None) -> str:
        """Return the content path inside the object; ``NotFound("ocfl.path.missing")``."""
        digest = self.state(version).get(logical)
        paths = self.manifest.get(digest or "")
        if not paths:
            raise NotFound("ocfl.path.missing", id=self.id, path=logical)
        return paths[0]


def _usable(document: Any) -> bool:
    """Tell whether the parts the code above relies on are there, in their types."""
    if not isinstance(document, dict):
        return False
    versions, manifest = document.get("versions"), document.get("manifest")
    if not (isinstance(versions, dict) and isinstance(manifest, dict) and document.get("head") in versions):
        return False
    if document.get("digestAlgorithm") not in ADDRESSING or not isinstance(document.get("id"), str):
        return False
    blocks = [version.get("state") for version in versions.values() if isinstance(version, dict)]
    lists = [manifest, *blocks]
    return len(blocks) == len(versions) and all(isinstance(block, dict) and _lists(block) for block in lists)


def _lists(block: dict[str, Any]) -> bool:
    return all(
        isinstance(paths, list) and all(isinstance(path, str) for path in paths) for paths in block.values()
    )


@dataclass(frozen=True, slots=True)
class Content:
    """One file to deposit; a known ``sha512`` is trusted for the manifest (verification re-reads)."""

    source: Source
    sha512: str | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """The whole state an object shall have next: contents by logical path, and who did it, when and why.

    ``base`` is the version number it builds on, 0 for a new object. ``created`` must know its time zone;
    ``user_address`` should be a URI (``mailto:…``, ``urn:…``), "" when there is none.
    """

    object_id: str
    files: Mapping[str, Content]
    message: str
    user_name: str
    user_address: str
    created: datetime
    base: int = 0


def known_digest(content: Content) -> str:
    """Return the digest a content came with, lower case; ``Invalid("ocfl.content.digest")`` for nonsense."""
    digest = content.sha512 or ""
    if not _SHA512.fullmatch(digest):
        raise Invalid("ocfl.content.digest", digest=digest[:140])
    return digest.lower()


def next_version_name(current: Inventory | None) -> str:
    """Return the folder name of the next version, in the convention the object began with (§3.3)."""
    if current is None:
        return "v1"
    padded = VERSION.fullmatch(current.versions()[0])
    width = len(current.versions()[0]) - 1 if padded and padded[1] else 0
    name = f"{current.version_number + 1:0{width}}"
    if width and len(name) >= width and name[0] != "0":
        raise Invalid("ocfl.version.padding", id=current.id)
    return f"v{name}"


def extended(
    current: Inventory | None, new: NewVersion, state: Mapping[str, str]
) -> tuple[Inventory, dict[str, str]]:
    """Return the next inventory and the contents to store: content path (inside the object) → logical path.

    ``state`` is digest by logical path. Forward delta: a digest the object has is not stored again, and one
    that comes twice is stored once, under the first of its logical paths in code point order.
    """
    if current is not None and current.algorithm != "sha512":
        raise Invalid("ocfl.object.algorithm", id=current.id, algorithm=current.algorithm)
    name = next_version_name(current)
    folder = current.content_directory if current else "content"
    document: Document = dict(current.document) if current else _empty(new.object_id)
    manifest: dict[str, list[str]] = dict(document["manifest"])
    spelled = {digest.lower(): digest for digest in manifest}
    block: dict[str, list[str]] = {}
    stored: dict[str, str] = {}
    for logical in sorted(state):
        digest = spelled.setdefault(state[logical], state[logical])
        block.setdefault(digest, []).append(logical)
        if digest not in manifest:
            manifest[digest] = [f"{name}/{folder}/{logical}"]
            stored[f"{name}/{folder}/{logical}"] = logical
    document |= {"head": name, "manifest": manifest}
    document["versions"] = {**document["versions"], name: _version(new, block)}
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return Inventory(raw, document), stored


def _empty(object_id: str) -> Document:
    return {
        "id": object_id,
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": "",
        "manifest": {},
        "versions": {},
    }


def _version(new: NewVersion, state: dict[str, list[str]]) -> Document:
    user = {"name": new.user_name, "address": new.user_address}
    return {
        "created": timestamp(new.created),
        "message": new.message,
        "user": user if new.user_address else {"name": new.user_name},
        "state": state,
    }


def timestamp(moment: datetime) -> str:
    """Return ``moment`` as RFC 3339; ``Invalid("ocfl.version.clock")`` without a time zone."""
    offset = moment.utcoffset()
    if offset is None:
        raise Invalid("ocfl.version.clock", created=moment.isoformat())
    if offset.total_seconds() % 60:
        moment = moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def check_texts(new: NewVersion) -> None:
    """Refuse a version whose id or user is empty, or whose texts UTF-8 cannot say."""
    for field, value in (("object_id", new.object_id), ("user_name", new.user_name)):
        if not value:
            raise Invalid("ocfl.version.text", field=field)
    for field in ("object_id", "user_name", "user_address", "message"):
        try:
            getattr(new, field).encode("utf-8")
        except UnicodeEncodeError:
            raise Invalid("ocfl.version.text", field=field) from None
