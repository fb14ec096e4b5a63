"""Which keys are acceptable: pure checks, made by every store before it touches anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lantai.kernel.errors import Conflict, Invalid
from lantai.kernel.storage.store import Tree

STAGING = ".staging"
"""First segment that no key may have: local stores keep unfinished work there."""

MAX_SEGMENT = 255
MAX_KEY = 3500
"""Bytes of UTF-8 of a whole key: a local path may have 4,096 with the folder of the store."""

MAX_DEPTH = 200

_LONGEST_CHARACTER = 4


def shown(key: str) -> str:
    """Return ``key`` fit for a message: what UTF-8 cannot say is written as an escape."""
    return key.encode("utf-8", "backslashreplace").decode("utf-8")


def check_key(key: str) -> str:
    """Return ``key``; a hostile one is ``Invalid("storage.key.…")``: each problem has its code."""
    try:
        length = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        raise Invalid("storage.key.undecodable", key=shown(key)) from None
    if length > MAX_KEY:
        raise Invalid("storage.key.too_long", key=key[:120], limit=MAX_KEY)
    if "\0" in key:
        raise Invalid("storage.key.unsafe", key=key.replace("\0", "\\0"))
    segments = key.split("/")
    if len(segments) > MAX_DEPTH:
        raise Invalid("storage.key.too_deep", key=key[:120], limit=MAX_DEPTH)
    for segment in segments:
        if segment in ("", ".", ".."):
            raise Invalid("storage.key.unsafe", key=key)
        if len(segment) * _LONGEST_CHARACTER > MAX_SEGMENT and len(segment.encode("utf-8")) > MAX_SEGMENT:
            raise Invalid("storage.key.too_long", key=segment, limit=MAX_SEGMENT)
    if segments[0] == STAGING:
        raise Invalid("storage.key.reserved", key=key)
    return key


def check_prefix(prefix: str) -> str:
    """Return ``prefix``; "" is the whole store, anything else must be a key."""
    return check_key(prefix) if prefix else ""


def folders_of(path: str) -> list[str]:
    """Return the folders above ``path``, outermost first: ``a/b/c`` → ``["a", "a/b"]``."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def check_trees(trees: Sequence[Tree]) -> None:
    """Refuse a batch with hostile keys, empty or overlapping trees, or a file that is also a folder."""
    prefixes = {check_key(tree.prefix) for tree in trees}
    if len(prefixes) != len(trees):
        counted = Counter(tree.prefix for tree in trees)
        raise Invalid("storage.tree.nested", prefix=counted.most_common(1)[0][0])
    for tree in trees:
        if not prefixes.isdisjoint(folders_of(tree.prefix)):
            raise Invalid("storage.tree.nested", prefix=tree.prefix)
        if not tree.files:
            raise Invalid("storage.tree.empty", prefix=tree.prefix)
        check_files(tree)


def check_files(tree: Tree) -> None:
    """Check the files of one tree; ``Conflict("storage.key.clash")`` when one lies below another."""
    folders: set[str] = set()
    for name in tree.files:
        check_key(f"{tree.prefix}/{name}")
        if "/" in name and name[: name.rindex("/")] not in folders:
            folders.update(folders_of(name))
    for folder in folders:
        if folder in tree.files:
            raise Conflict("storage.key.clash", key=f"{tree.prefix}/{folder}")
