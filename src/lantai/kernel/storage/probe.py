"""What a store can do, tried on the store itself before anything is entrusted to it."""

from __future__ import annotations

import secrets

from lantai.kernel.errors import Conflict, LantaiError, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.storage.store import Store, read

SMALL, LARGE = 4096, (8 << 20) + 12_345
_OF = "lantai-probe"


def probe(store: Store, *, large: int = LARGE) -> list[Finding]:
    """Write, read, list and remove a few files below ``lantai-probe/``; return what the store cannot do.

    Errors (``storage.probe.lost|differs|range|list|remove``): nothing may be entrusted to it. Warnings: a weakness to
    be remembered, ``storage.probe.overwrites`` (a second creation under a key did not fail, the file was replaced)
    and ``storage.probe.silent`` (it did not fail, and the first stayed). What fails altogether is raised as by
    :class:`Store`.
    """
    place = f"{_OF}/{secrets.token_hex(8)}"
    try:
        return _tried(store, place, large)
    finally:
        store.delete_tree(place)


def _tried(store: Store, place: str, large: int) -> list[Finding]:
    found: list[Finding] = []
    first, second = secrets.token_bytes(SMALL), secrets.token_bytes(SMALL)
    key = f"{place}/档案 1.bin"
    store.put(key, first)
    found += _reads(store, key, first)
    found += _creates_once(store, key, first, second)
    store.put(key, second, replace=True)
    found += _reads(store, key, second)
    much = secrets.token_bytes(1 << 16) * (large // (1 << 16) + 1)
    store.put(f"{place}/large", much[:large])
    found += _reads(store, f"{place}/large", much[:large])
    found += _ranges(store, f"{place}/large", much[:large])
    wanted = sorted((key, f"{place}/large"))
    if sorted(store.list(place)) != wanted:
        found.append(Finding("storage.probe.list", place))
    store.delete(key)
    if store.exists(key) or key in store.list(place):
        found.append(Finding("storage.probe.remove", key))
    return found


def _reads(store: Store, key: str, wanted: bytes) -> list[Finding]:
    """Read what was just written: at once, and the same."""
    try:
        data, size = read(store, key), store.size(key)
    except NotFound:
        return [Finding("storage.probe.lost", key)]
    return [] if data == wanted and size == len(wanted) else [Finding("storage.probe.differs", key)]


def _ranges(store: Store, key: str, wanted: bytes) -> list[Finding]:
    at = len(wanted) - 1000
    try:
        with store.open(key) as stream:
            stream.seek(at)
            good = stream.read(500) == wanted[at : at + 500]
    except LantaiError:
        good = False
    return [] if good else [Finding("storage.probe.range", key)]


def _creates_once(store: Store, key: str, first: bytes, second: bytes) -> list[Finding]:
    """Create under a key that is taken; the store's own look before it writes is passed by where it has one."""
    create = getattr(store, "create_blindly", store.put)
    try:
        create(key, second)
    except Conflict:
        return []
    code = "storage.probe.silent" if read(store, key) == first else "storage.probe.overwrites"
    return [Finding(code, key, severity=Severity.WARNING)]
