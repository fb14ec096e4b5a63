"""What OCFL demands of one inventory, checked on the parsed document alone (OCFL 1.1 §3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.ocfl.inventory import ADDRESSING, VERSION, Repeating, version_number

FIXITY = frozenset(
    [
        "md5",
        "sha1",
        "sha256",
        "sha512",
        "blake2b-512",
        "blake2b-160",
        "blake2b-256",
        "blake2b-384",
        "sha512/256",
        "size",
    ]
)
"""OCFL 1.1 §3.4 and community extension 0009; SM3 is in neither, so it never stands in a fixity block."""

_HEX = {"sha512": re.compile(r"[0-9A-Fa-f]{128}"), "sha256": re.compile(r"[0-9A-Fa-f]{64}")}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_KEYS = frozenset(
    ["id", "type", "digestAlgorithm", "head", "contentDirectory", "fixity", "manifest", "versions"]
)
_VERSION_KEYS = frozenset({"created", "message", "state", "user"})


class Findings:
    """Findings about one file, in the order met; codes with a W are warnings."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Finding] = []

    def add(self, code: str, found: object = "", *, expected: str = "", path: str | None = None) -> None:
        weight = Severity.WARNING if code.rpartition(".")[2].startswith("W") else Severity.ERROR
        where = self.path if path is None else path
        self.found.append(Finding(code, where, expected, str(found)[:200], weight))


def check_document(document: Any, path: str = "inventory.json", spec: str | None = None) -> list[Finding]:
    """Return what is wrong with an inventory; ``spec`` ("1.0", "1.1") is what its type must say, if known."""
    out = Findings(path)
    if not isinstance(document, dict):
        out.add("ocfl.E033", type(document).__name__)
        return out.found
    if isinstance(document, Repeating):
        out.add("ocfl.E033", ", ".join(document.repeated))
    for name in sorted(document.keys() - _KEYS):
        out.add("ocfl.E102", name)
    _check_head_keys(document, spec, out)
    folder = _check_content_directory(document, out)
    _check_manifest(document, folder, out)
    _check_versions(document, out)
    if "fixity" in document:
        _check_fixity(document, out)
    return out.found


def _check_head_keys(document: Mapping[str, Any], spec: str | None, out: Findings) -> None:
    for name in ("id", "type", "digestAlgorithm", "head"):
        if name not in document:
            out.add("ocfl.E036", name)
    name = document.get("id", "urn:missing")
    if not isinstance(name, str) or not name:
        out.add("ocfl.E037", name)
    elif not _URI.fullmatch(name):
        out.add("ocfl.W005", name)
    types = [f"https://ocfl.io/{version}/spec/#inventory" for version in ([spec] if spec else ["1.0", "1.1"])]
    if document.get("type", types[0]) not in types:
        out.add("ocfl.E038", document["type"], expected=" / ".join(types))
    algorithm = document.get("digestAlgorithm", "sha512")
    if algorithm not in ADDRESSING:
        out.add("ocfl.E025", algorithm)
    elif algorithm != "sha512":
        out.add("ocfl.W004", algorithm)


def _check_content_directory(document: Mapping[str, Any], out: Findings) -> str:
    folder = document.get("contentDirectory", "content")
    if not isinstance(folder, str) or not folder or "/" in folder:
        out.add("ocfl.E017", folder)
    elif folder in (".", ".."):
        out.add("ocfl.E018", folder)
    else:
        return folder
    return "content"


def _check_manifest(document: Mapping[str, Any], folder: str, out: Findings) -> None:
    manifest = document.get("manifest")
    if "manifest" not in document:
        return out.add("ocfl.E041", "manifest")
    if not isinstance(manifest, dict):
        return out.add("ocfl.E106", type(manifest).__name__)
    _once(manifest, "ocfl.E096", out)
    versions = document.get("versions")
    names = versions.keys() if isinstance(versions, dict) else ()
    used = {digest for digest, _ in _state_items(document)}
    pattern = _HEX.get(str(document.get("digestAlgorithm")))
    paths: list[str] = []
    for digest, listed in manifest.items():
        if pattern and not pattern.fullmatch(digest):
            out.add("ocfl.E031" if document["digestAlgorithm"] == "sha512" else "ocfl.E030", digest)
        if digest.lower() not in used:
            out.add("ocfl.E107", digest)
        if not _is_paths(listed) or not listed:
            out.add("ocfl.E092", digest)
            continue
        paths += listed
    for path in paths:
        if _well_formed(path, "ocfl.E099", "ocfl.E100", out):
            parts = path.split("/")
            if len(parts) < 3 or parts[0] not in names or parts[1] != folder:
                out.add("ocfl.E042", path)
    _unique(paths, "ocfl.E101", out)


def _state_items(document: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    versions = document.get("versions")
    for block in versions.values() if isinstance(versions, dict) else ():
        state = block.get("state") if isinstance(block, dict) else None
        for digest, paths in state.items() if isinstance(state, dict) else ():
            yield digest.lower(), paths


def _check_versions(document: Mapping[str, Any], out: Findings) -> None:
    versions = document.get("versions")
    if "versions" not in document:
        return out.add("ocfl.E043")
    if not isinstance(versions, dict):
        return out.add("ocfl.E044", type(versions).__name__)
    if not versions:
        return out.add("ocfl.E008")
    if isinstance(versions, Repeating):
        out.add("ocfl.E033", ", ".join(versions.repeated))
    _check_version_names(versions, document.get("head"), out)
    manifest = document.get("manifest")
    for name, block in versions.items():
        _check_version(name, block, manifest if isinstance(manifest, dict) else {}, out)


def _check_version_names(versions: Mapping[str, Any], head: object, out: Findings) -> None:
    for name in versions:
        if not version_number(name):
            out.add("ocfl.E046", name)
    names = sorted(filter(version_number, versions), key=version_number)
    if not names:
        return
    numbers = [version_number(name) for name in names]
    if numbers[0] != 1:
        out.add("ocfl.E009", names[0])
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        out.add("ocfl.E010", ", ".join(names))
    _check_padding(names, out)
    if head is not None and head != names[-1]:
        out.add("ocfl.E040", head, expected=names[-1])


def _check_padding(names: list[str], out: Findings) -> None:
    padded = [bool((found := VERSION.fullmatch(name)) and found[1]) for name in names]
    if padded[0]:
        out.add("ocfl.W001", names[0])
    for name, has_zero in zip(names, padded, strict=True):
        if padded[0] and not has_zero:
            out.add("ocfl.E011", name)
        if has_zero != padded[0]:
            out.add("ocfl.E013", name)
        elif padded[0] and len(name) != len(names[0]):
            out.add("ocfl.E012", name)


def _check_version(name: str, block: Any, manifest: Mapping[str, Any], out: Findings) -> None:
    if not isinstance(block, dict):
        return out.add("ocfl.E047", name)
    if isinstance(block, Repeating):
        out.add("ocfl.E033", ", ".join(block.repeated))
    for key in sorted(block.keys() - _VERSION_KEYS):
        out.add("ocfl.E102", f"{name}.{key}")
    for key in ("created", "state"):
        if key not in block:
            out.add("ocfl.E048", f"{name}.{key}")
    if "created" in block and not _is_timestamp(block["created"]):
        out.add("ocfl.E049", f"{name}: {block['created']}")
    if "state" in block:
        _check_state(name, block["state"], manifest, out)
    for key in ("message", "user"):
        if key not in block:
            out.add("ocfl.W007", f"{name}.{key}")
    if not isinstance(block.get("message", ""), str):
        out.add("ocfl.E094", name)
    if "user" in block:
        _check_user(name, block["user"], out)


def _check_state(name: str, state: Any, manifest: Mapping[str, Any], out: Findings) -> None:
    if not isinstance(state, dict):
        return out.add("ocfl.E050", f"{name}: {type(state).__name__}")
    if isinstance(state, Repeating):
        out.add("ocfl.E033", ", ".join(state.repeated))
    paths: list[str] = []
    for digest, listed in state.items():
        if digest not in manifest:
            out.add("ocfl.E050", f"{name}: {digest}")
        if not _is_paths(listed):
            out.add("ocfl.E051", f"{name}: {digest}")
            continue
        paths += listed
    for path in paths:
        _well_formed(path, "ocfl.E052", "ocfl.E053", out)
    _unique(paths, "ocfl.E095", out)


def _check_user(name: str, user: Any, out: Findings) -> None:
    if not isinstance(user, dict) or not isinstance(user.get("name"), str) or not user["name"]:
        return out.add("ocfl.E054", name)
    for key in sorted(user.keys() - {"name", "address"}):
        out.add("ocfl.E102", f"{name}.user.{key}")
    if "address" not in user:
        out.add("ocfl.W008", name)
    elif not isinstance(user["address"], str) or not _URI.fullmatch(user["address"]):
        out.add("ocfl.W009", user["address"])


def _check_fixity(document: Mapping[str, Any], out: Findings) -> None:
    fixity = document["fixity"]
    if not isinstance(fixity, dict):
        return out.add("ocfl.E111", type(fixity).__name__)
    manifest = document.get("manifest")
    listed = manifest.values() if isinstance(manifest, dict) else ()
    known = {path for paths in listed if _is_paths(paths) for path in paths}
    for algorithm, block in fixity.items():
        if algorithm not in FIXITY:
            out.add("ocfl.E056", algorithm)
        if not isinstance(block, dict):
            out.add("ocfl.E057", algorithm)
            continue
        _once(block, "ocfl.E097", out)
        for digest, paths in block.items():
            if not _is_paths(paths):
                out.add("ocfl.E057", f"{algorithm}: {digest}")
                continue
            for path in paths:
                if _well_formed(path, "ocfl.E099", "ocfl.E100", out) and path not in known:
                    out.add("ocfl.E057", path)


def _once(block: Mapping[str, Any], code: str, out: Findings) -> None:
    """Each digest stands once, whatever its case."""
    if isinstance(block, Repeating):
        out.add(code, ", ".join(block.repeated))
    seen: set[str] = set()
    for digest in block:
        if digest.lower() in seen:
            out.add(code, digest)
        seen.add(digest.lower())


def _is_paths(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(path, str) for path in value)


def _well_formed(path: str, element: str, slash: str, out: Findings) -> bool:
    if path.startswith("/") or path.endswith("/"):
        out.add(slash, path)
        return False
    if not {"", ".", ".."}.isdisjoint(path.split("/")):
        out.add(element, path)
        return False
    return True


def _unique(paths: list[str], code: str, out: Findings) -> None:
    """No path comes twice, none is the folder of another."""
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            out.add(code, path)
        seen.add(path)
    folders = {path[:at] for path in seen for at, character in enumerate(path) if character == "/"}
    for path in sorted(seen & folders):
        out.add(code, path)


def _is_timestamp(value: object) -> bool:
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if not found or found[3] > "60":
        return False
    try:
        datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        return False
    return True
