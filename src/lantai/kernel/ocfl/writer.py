"""Planning what a deposit writes: pure, apart from hashing contents whose digest is not known yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha512
from pathlib import Path

from lantai.kernel.digests import digest_bytes, digest_files
from lantai.kernel.errors import Conflict
from lantai.kernel.ocfl.inventory import (
    NAME,
    Inventory,
    NewVersion,
    check_texts,
    extended,
    known_digest,
    sidecar,
    sidecar_name,
)
from lantai.kernel.storage import Flow, Source, Taken, Tree
from lantai.kernel.storage.keys import check_files

SPEC = "1.1"
_LONGEST_VERSION = "v999999/content"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one version needs written: a tree to publish, then ``root`` files to replace (by key)."""

    inventory: Inventory
    tree: Tree | None = None
    root: Mapping[str, Source] = field(default_factory=dict)


def check_version(new: NewVersion, prefix: str) -> None:
    """Refuse texts and logical paths that could not be stored or read back."""
    check_texts(new)
    check_files(Tree(f"{prefix}/{_LONGEST_VERSION}", dict.fromkeys(new.files, b"")))


def states(versions: Sequence[NewVersion]) -> list[dict[str, str]]:
    """Return digest by logical path for each version; what is not known is hashed, in threads."""
    unknown = [content.source for new in versions for content in new.files.values() if content.sha512 is None]
    hashed = _sha512(unknown)
    return [
        {
            path: known_digest(content) if content.sha512 is not None else next(hashed)
            for path, content in new.files.items()
        }
        for new in versions
    ]


def _sha512(sources: Sequence[Source]) -> Iterator[str]:
    paths = (_file(source) for source in sources if isinstance(source, Path | Taken))
    files = digest_files(paths, ("sha512",))
    for source in sources:
        if isinstance(source, bytes):
            yield digest_bytes(source, ("sha512",)).sha512
        elif isinstance(source, Flow):
            yield _flowed(source)
        else:
            yield next(files).sha512


def _file(source: Path | Taken) -> Path:
    return source.path if isinstance(source, Taken) else source


def _flowed(source: Flow) -> str:
    digest = sha512()
    for data in source.chunks():
        digest.update(data)
    return digest.hexdigest()


def plan(prefix: str, current: Inventory | None, new: NewVersion, state: Mapping[str, str]) -> Plan:
    """Return what to write so that ``state`` becomes the head of the object in ``prefix``.

    Nothing when it is the head already. ``Conflict("ocfl.object.exists")`` and
    ``Conflict("ocfl.version.outdated")`` when ``new.base`` is not the head.
    """
    if current is not None and current.state() == state:
        return Plan(current)
    head = current.version_number if current else 0
    if new.base != head:
        code = "ocfl.object.exists" if new.base == 0 else "ocfl.version.outdated"
        raise Conflict(code, id=new.object_id, head=head, base=new.base)
    inventory, stored = extended(current, new, state)
    name = inventory.head
    files: dict[str, Source] = {path: new.files[logical].source for path, logical in stored.items()}
    files |= {f"{name}/{file}": data for file, data in inventory_files(inventory).items()}
    if current is None:
        files |= inventory_files(inventory)
        files[f"0=ocfl_object_{SPEC}"] = f"ocfl_object_{SPEC}\n".encode("ascii")
        return Plan(inventory, Tree(prefix, files))
    inside = {path.removeprefix(f"{name}/"): source for path, source in files.items()}
    return Plan(inventory, Tree(f"{prefix}/{name}", inside), root_files(prefix, inventory))


def inventory_files(inventory: Inventory) -> dict[str, bytes]:
    """Return the two files of an inventory, in the order they must be written."""
    algorithm = inventory.algorithm
    return {NAME: inventory.raw, sidecar_name(algorithm): sidecar(inventory.raw, algorithm)}


def root_files(prefix: str, inventory: Inventory) -> dict[str, Source]:
    """Return the copy of the newest inventory that lies in the object root, by key."""
    return {f"{prefix}/{name}": data for name, data in inventory_files(inventory).items()}
