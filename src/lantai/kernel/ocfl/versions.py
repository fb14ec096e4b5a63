"""What OCFL demands between the inventories of one object and its files (OCFL 1.1 §3.3, §3.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from lantai.kernel.ocfl.inventory import NAME, version_number
from lantai.kernel.ocfl.rules import Findings

Document = Mapping[str, Any]


def check_history(
    root: Document, earlier: Mapping[str, Document], contents: Mapping[str, Sequence[str]], out: Findings
) -> None:
    """Compare the root inventory, those of earlier versions (by folder) and the content files by version."""
    _check_files(root, NAME, [path for paths in contents.values() for path in paths], out)
    _check_specifications(root, earlier, out)
    for name in sorted(earlier, key=version_number):
        document, path = earlier[name], f"{name}/{NAME}"
        number = version_number(name)
        until = [p for folder, ps in contents.items() if version_number(folder) <= number for p in ps]
        _check_files(document, path, until, out)
        _check_identity(root, document, name, out)
        _check_states(root, document, path, out)


def _manifest(document: Document) -> dict[str, str]:
    """Return digest (lower case) by content path, skipping what has the wrong type."""
    manifest = document.get("manifest")
    return {
        path: digest.lower()
        for digest, paths in (manifest.items() if isinstance(manifest, dict) else ())
        for path in (paths if isinstance(paths, list) else ())
        if isinstance(path, str)
    }


def _check_files(document: Document, where: str, present: Sequence[str], out: Findings) -> None:
    listed = _manifest(document).keys()
    for path in sorted(set(present) - listed):
        out.add("ocfl.E023", where, path=path)
    for path in sorted(listed - set(present)):
        out.add("ocfl.E092", where, path=path)


def _check_specifications(root: Document, earlier: Mapping[str, Document], out: Findings) -> None:
    """The type may only grow from version to version."""
    names = sorted(earlier, key=version_number)
    types = [(f"{name}/{NAME}", str(earlier[name].get("type"))) for name in names]
    types.append((NAME, str(root.get("type"))))
    for (_, before), (path, after) in pairwise(types):
        if after < before:
            out.add("ocfl.E103", after, expected=before, path=path)


def _check_identity(root: Document, document: Document, name: str, out: Findings) -> None:
    path = f"{name}/{NAME}"
    if document.get("id") != root.get("id"):
        out.add("ocfl.E110", document.get("id"), expected=str(root.get("id")), path=path)
    if document.get("head") != name:
        out.add("ocfl.E040", document.get("head"), expected=name, path=path)
    before, now = document.get("contentDirectory"), root.get("contentDirectory")
    if before is None and now not in (None, "content"):
        out.add("ocfl.E019", expected=str(now), path=path)
    elif (before or "content") != (now or "content"):
        out.add("ocfl.E020", before, expected=str(now or "content"), path=path)


def _check_states(root: Document, document: Document, path: str, out: Findings) -> None:
    versions, current = document.get("versions"), root["versions"]
    same = document.get("digestAlgorithm") == root.get("digestAlgorithm")
    known = frozenset(_manifest(document))
    for name, block in versions.items() if isinstance(versions, dict) else ():
        if name not in current:
            out.add("ocfl.E066", name, path=path)
            continue
        before, now = _logical(block), _logical(current[name])
        if not same:
            before, now = _places(document, before, known), _places(root, now, known)
        if before != now:
            out.add("ocfl.E066", name, path=path)
        for key in ("created", "message", "user"):
            if _value(block, key) != _value(current[name], key):
                out.add("ocfl.W011", f"{name}.{key}", path=path)


def _value(block: Any, key: str) -> Any:
    return block.get(key) if isinstance(block, dict) else None


def _logical(block: Any) -> dict[str, object]:
    """Return digest by logical path of a version block, skipping what has the wrong type."""
    state = block.get("state") if isinstance(block, dict) else None
    return {
        logical: digest.lower()
        for digest, paths in (state.items() if isinstance(state, dict) else ())
        for logical in (paths if isinstance(paths, list) else ())
        if isinstance(logical, str)
    }


def _places(document: Document, logical: Mapping[str, object], known: frozenset[str]) -> dict[str, object]:
    """Return, for states in different digest algorithms, the content paths each logical path is read from.

    Only those ``known`` to the earlier inventory: a later version may have stored the same bytes again.
    """
    by_digest: dict[object, set[str]] = {}
    for path, digest in _manifest(document).items():
        if path in known:
            by_digest.setdefault(digest, set()).add(path)
    return {path: by_digest.get(digest, set()) for path, digest in logical.items()}
