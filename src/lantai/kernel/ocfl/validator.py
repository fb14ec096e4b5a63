"""An independent check of one OCFL object (OCFL 1.0 and 1.1), over any store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.ocfl.fixity import digests_of
from lantai.kernel.ocfl.inventory import ADDRESSING, NAME, parse, sidecar_name, version_number
from lantai.kernel.ocfl.rules import Findings, check_document
from lantai.kernel.ocfl.versions import check_history
from lantai.kernel.storage import LocalStore, ReadOnlyStore, Store, read

DECLARATION = "0=ocfl_object_"
SPECS = ("1.0", "1.1")
_REGISTERED = frozenset(
    {
        "0001-digest-algorithms",
        "0002-flat-direct-storage-layout",
        "0003-hash-and-id-n-tuple-storage-layout",
        "0004-hashed-n-tuple-storage-layout",
        "0005-mutable-head",
        "0006-flat-omit-prefix-storage-layout",
        "0007-n-tuple-omit-prefix-storage-layout",
        "0008-schema-registry",
        "0009-digest-algorithms",
        "0010-differential-n-tuple-omit-prefix-storage-layout",
        "0011-direct-clean-path-layout",
    }
)


def validate_object(store: Store, prefix: str = "", *, digests: bool = True) -> list[Finding]:
    """Return everything that is wrong with, or unwise about, the object in the folder ``prefix``.

    Paths of findings are relative to the object. Without ``digests`` no content is read, only inventories.
    A file that cannot be read is a finding; the store failing to list is an exception.
    """
    return ObjectCheck(store, prefix, digests).run()


def validate_object_path(path: Path, *, digests: bool = True) -> list[Finding]:
    """Check the object in a local folder; nothing is written."""
    return validate_object(ReadOnlyStore(LocalStore(path)), "", digests=digests)


def validate_inventory(raw: bytes, path: str = NAME) -> list[Finding]:
    """Check one inventory by itself."""
    out = Findings(path)
    document = _parsed(raw, out)
    return out.found if document is None else check_document(document, path)


def registered(extension: str) -> bool:
    """Tell whether an extension name stands in the community's register."""
    return extension in _REGISTERED


def _parsed(raw: bytes, out: Findings) -> Any:
    try:
        return parse(raw)
    except ValueError as error:
        out.add("ocfl.E033", error)
        return None


class ObjectCheck:
    """One run over one object; ``files`` are paths relative to it, ``object_id`` is what it calls itself."""

    def __init__(self, store: Store, prefix: str, digests: bool) -> None:
        self.store, self.digests = store, digests
        self.base = f"{prefix}/" if prefix else ""
        self.files = [key[len(self.base) :] for key in store.list(prefix)]
        self.present = frozenset(self.files)
        self.strays = [(stray.key[len(self.base) :], stray.kind) for stray in store.strays(prefix)]
        self.out = Findings("")
        self.folder = "content"
        self.object_id: Any = None

    def run(self) -> list[Finding]:
        self._check_strays()
        spec = self._check_declaration()
        self._check_root_entries()
        root = self._inventory(NAME, spec)
        self.object_id = root.get("id") if isinstance(root, dict) else None
        if NAME not in self.present:
            self.out.add("ocfl.E063", path=NAME)
        if not isinstance(root, dict) or not isinstance(root.get("versions"), dict):
            return self.out.found
        if isinstance(root.get("contentDirectory"), str):
            self.folder = root["contentDirectory"]
        names = [name for name in self._version_folders() if version_number(name)]
        self._check_version_folders(root, names)
        inventories = self._version_inventories(root, names)
        check_history(root, inventories, self._contents(names), self.out)
        if self.digests:
            self._check_digests(root, inventories)
        return self.out.found

    def _read(self, path: str) -> bytes | None:
        try:
            return read(self.store, self.base + path)
        except (LantaiError, OSError) as error:
            self.out.add("ocfl.file.unreadable", error, path=path)
            return None

    def _check_strays(self) -> None:
        for path, kind in self.strays:
            parts = path.split("/")
            if kind == "link":
                self.out.add("ocfl.E090", path=path)
            elif kind != "empty":
                self.out.add("ocfl.file.odd", kind, path=path)
            elif version_number(parts[0]) and len(parts) > 1:
                self._check_empty_folder(path, parts)
            elif parts[0] not in ("logs", "extensions", "") and not version_number(parts[0]):
                self.out.add("ocfl.E001", path=path)

    def _check_empty_folder(self, path: str, parts: list[str]) -> None:
        if len(parts) == 2:
            self.out.add("ocfl.W003", path=path)
        else:
            self.out.add("ocfl.E024", path=path)

    def _check_declaration(self) -> str | None:
        declared = [name for name in self.files if name.startswith("0=") and "/" not in name]
        if len(declared) != 1:
            self.out.add("ocfl.E003", ", ".join(declared), expected=f"{DECLARATION}1.1")
        spec = None
        for name in declared:
            spec = name.removeprefix(DECLARATION)
            if spec not in SPECS:
                self.out.add("ocfl.E006", name, path=name)
                spec = None
            elif self._read(name) != f"ocfl_object_{spec}\n".encode("ascii"):
                self.out.add("ocfl.E007", path=name)
        return spec if len(declared) == 1 else None

    def _check_root_entries(self) -> None:
        seen: set[str] = set()
        for path in self.files:
            first, slash, rest = path.partition("/")
            if not slash:
                known = first == NAME or first.startswith((f"{NAME}.", "0="))
                if not known:
                    self.out.add("ocfl.E001", path=path)
            elif first == "extensions":
                self._check_extension(rest, seen)
            elif first not in seen and first != "logs" and not version_number(first):
                seen.add(first)
                self.out.add("ocfl.E001", path=first)

    def _check_extension(self, rest: str, seen: set[str]) -> None:
        name, slash, _ = rest.partition("/")
        path = f"extensions/{name}"
        if not slash:
            self.out.add("ocfl.E067", path=path)
        elif path not in seen and not registered(name):
            seen.add(path)
            self.out.add("ocfl.W013", path=path)

    def _inventory(self, path: str, spec: str | None) -> Any:
        """Check the inventory at ``path`` with its sidecar; return the document, None when there is none."""
        raw = self._read(path) if path in self.present else None
        if raw is None:
            return None
        out = Findings(path)
        document = _parsed(raw, out)
        if document is not None:
            out.found += check_document(document, path, spec)
        self.out.found += out.found
        self._check_sidecar(path, raw, document)
        return document

    def _check_sidecar(self, path: str, raw: bytes, document: Any) -> None:
        algorithm = document.get("digestAlgorithm") if isinstance(document, dict) else None
        if algorithm not in ADDRESSING:
            return
        name = f"{path.removesuffix(NAME)}{sidecar_name(algorithm)}"
        if name not in self.present:
            return self.out.add("ocfl.E058", path=name)
        words = (self._read(name) or b"").split()
        if len(words) != 2 or words[1] != NAME.encode("ascii"):
            self.out.add("ocfl.E061", path=name)
        digest = hashlib.new(algorithm, raw).hexdigest()
        if not words or words[0].lower() != digest.encode("ascii"):
            self.out.add("ocfl.E060", expected=digest, path=name)
        others = [other for other in ADDRESSING if other != algorithm]
        for other in (f"{path.removesuffix(NAME)}{sidecar_name(other)}" for other in others):
            if other in self.present:
                self.out.add("ocfl.E059", path=other)

    def _version_folders(self) -> list[str]:
        named = {path.partition("/")[0] for path in self.files if "/" in path}
        empty = {path.partition("/")[0] for path, kind in self.strays if kind == "empty"}
        return sorted(named | empty, key=lambda name: (version_number(name), name))

    def _check_version_folders(self, root: dict[str, Any], names: list[str]) -> None:
        versions = root["versions"]
        last = max(map(version_number, versions), default=0)
        for name in versions:
            if version_number(name) and name not in names:
                self.out.add("ocfl.E010" if version_number(name) < last else "ocfl.E046", path=name)
        for name in names:
            if name not in versions:
                self.out.add("ocfl.E040" if version_number(name) > last else "ocfl.E046", path=name)
            self._check_version_entries(name)

    def _check_version_entries(self, name: str) -> None:
        folders: set[str] = set()
        for path in self._below(name):
            first, slash, _ = path[len(name) + 1 :].partition("/")
            if slash and first != self.folder:
                folders.add(f"{name}/{first}")
            elif not slash and first != NAME and first not in map(sidecar_name, ADDRESSING):
                self.out.add("ocfl.E015", path=path)
        for folder in sorted(folders):
            self.out.add("ocfl.W002", path=folder)

    def _below(self, folder: str) -> Iterator[str]:
        return (path for path in self.files if path.startswith(f"{folder}/"))

    def _contents(self, names: list[str]) -> dict[str, list[str]]:
        return {
            name: [path for path in self.files if path.startswith(f"{name}/{self.folder}/")] for name in names
        }

    def _version_inventories(self, root: dict[str, Any], names: list[str]) -> dict[str, dict[str, Any]]:
        """Check the inventories inside the version folders; return those that are usable, by folder."""
        found: dict[str, dict[str, Any]] = {}
        root_raw = self._read(NAME)
        for name in names:
            path = f"{name}/{NAME}"
            if path not in self.present:
                self.out.add("ocfl.W010", path=path)
            elif name == root.get("head"):
                raw = self._read(path)
                if raw != root_raw:
                    self.out.add("ocfl.E064", path=path)
                if raw is not None:
                    self._check_sidecar(path, raw, root)
            else:
                document = self._inventory(path, None)
                if isinstance(document, dict):
                    found[name] = document
        return found

    def _check_digests(self, root: dict[str, Any], inventories: dict[str, dict[str, Any]]) -> None:
        """Read every content file once and compare all digests that any inventory gives for it."""
        wanted: dict[str, set[tuple[str, str, str]]] = {}
        for document in (root, *inventories.values()):
            blocks = [(document.get("digestAlgorithm"), document.get("manifest"), "ocfl.E092")]
            fixity = document.get("fixity")
            if isinstance(fixity, dict):
                blocks += [(name, block, "ocfl.E093") for name, block in fixity.items()]
            for algorithm, block, code in blocks:
                for digest, path in _entries(block):
                    wanted.setdefault(path, set()).add((str(algorithm), digest.lower(), code))
        for path in sorted(wanted.keys() & self.present):
            self._compare(path, wanted[path])

    def _compare(self, path: str, wanted: set[tuple[str, str, str]]) -> None:
        try:
            found = digests_of(self.store, self.base + path, {algorithm for algorithm, _, _ in wanted})
        except (LantaiError, OSError) as error:
            return self.out.add("ocfl.file.unreadable", error, path=path)
        for algorithm, digest, code in sorted(wanted):
            if found.get(algorithm, digest) != digest:
                self.out.add(
                    code, f"{algorithm}:{found[algorithm]}", expected=f"{algorithm}:{digest}", path=path
                )


def _entries(block: Any) -> Iterator[tuple[str, str]]:
    """Yield digest and path of a manifest or fixity block, skipping what has the wrong type."""
    for digest, paths in block.items() if isinstance(block, dict) else ():
        for path in paths if isinstance(paths, list) else ():
            if isinstance(path, str):
                yield digest, path
