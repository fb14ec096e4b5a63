"""A check of a whole OCFL storage root (OCFL 1.1 §4), in one walk, remembering no list of objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding
from lantai.kernel.ocfl.inventory import NAME, parse
from lantai.kernel.ocfl.layout import Layout, read_layout
from lantai.kernel.ocfl.rules import Findings
from lantai.kernel.ocfl.validator import DECLARATION, SPECS, registered, validate_object
from lantai.kernel.storage import LocalStore, ReadOnlyStore, Store, read
from lantai.kernel.storage.keys import folders_of

ROOT = "0=ocfl_"
LAYOUT = "ocfl_layout.json"
EXTENSIONS = "extensions"


def object_folders(store: Store) -> Iterator[tuple[str, str]]:
    """Yield folder and declared specification of every object of a root, sorted by folder."""
    for folder, name in _walk(store):
        if name.startswith(DECLARATION):
            yield folder, name.removeprefix(DECLARATION)


def _walk(store: Store) -> Iterator[tuple[str, str]]:
    """Yield (object folder, declaration) for objects and ("", key) for every file that is in no object.

    A declaration sorts before the other files of its object, so one remembered folder is enough.
    """
    inside: str | None = None
    for key in store.list():
        if inside is not None and key.startswith(inside):
            continue
        folder, _, name = key.rpartition("/")
        if name.startswith(DECLARATION) and folder and not key.startswith(f"{EXTENSIONS}/"):
            inside = f"{folder}/"
            yield folder, name
        else:
            yield "", key


def validate_root(store: Store, *, objects: bool = True, digests: bool = True) -> list[Finding]:
    """Return what is wrong with a storage root and, with ``objects``, with every object in it.

    Paths of findings are relative to the root. An object folder is validated as declared; ``digests`` as
    for :func:`lantai.kernel.ocfl.validator.validate_object`.
    """
    out = Findings("")
    spec = max((spec for spec in SPECS if store.exists(f"{ROOT}{spec}")), default=None)
    layout = _check_layout(store, out)
    _check_empty_folders(store, out)
    told: set[str] = set()
    declared_here: list[str] = []
    for folder, key in _walk(store):
        if not folder:
            if "/" not in key and key.startswith("0="):
                declared_here.append(key)
            _check_outside(key, told, out)
            continue
        declared = key.removeprefix(DECLARATION)
        if spec and declared in SPECS and declared > spec:
            out.add("ocfl.E081", declared, expected=spec, path=folder)
        _check_place(store, folder, layout, out)
        if objects:
            found = validate_object(store, folder, digests=digests)
            out.found += [replace(f, path=f"{folder}/{f.path}".rstrip("/")) for f in found]
    _check_declaration(store, declared_here, out)
    return out.found


def validate_root_path(path: Path, *, objects: bool = True, digests: bool = True) -> list[Finding]:
    """Check the storage root in a local folder; nothing is written."""
    return validate_root(ReadOnlyStore(LocalStore(path)), objects=objects, digests=digests)


def _check_declaration(store: Store, declared: list[str], out: Findings) -> None:
    if not declared:
        return out.add("ocfl.E069", expected=f"{ROOT}1.1")
    if len(declared) > 1:
        out.add("ocfl.E076", ", ".join(declared))
    for name in declared:
        spec = name.removeprefix(ROOT)
        if spec not in SPECS:
            out.add("ocfl.E079", name, path=name)
        elif read(store, name) != f"ocfl_{spec}\n".encode("ascii"):
            out.add("ocfl.E080", path=name)


def _check_layout(store: Store, out: Findings) -> Layout | None:
    """Check ocfl_layout.json; return the layout when it is one that is known here."""
    if not store.exists(LAYOUT):
        return None
    told = _json(store, LAYOUT)
    if not isinstance(told, dict) or not {"extension", "description"} <= told.keys():
        out.add("ocfl.E070", path=LAYOUT)
        return None
    extension = told["extension"]
    if not isinstance(extension, str) or not registered(extension):
        out.add("ocfl.E071", extension, path=LAYOUT)
        return None
    config = f"{EXTENSIONS}/{extension}/config.json"
    try:
        return read_layout(extension, _json(store, config) if store.exists(config) else None)
    except Invalid as error:
        if error.code == "ocfl.layout.parameters":
            out.add("ocfl.layout.parameters", error.facts["parameter"], path=config)
        return None


def _json(store: Store, key: str) -> Any:
    try:
        return parse(read(store, key))
    except ValueError:
        return None


def _check_empty_folders(store: Store, out: Findings) -> None:
    for stray in store.strays():
        if stray.key.startswith(f"{EXTENSIONS}/") or _in_object(store, stray.key):
            continue
        if stray.kind == "empty":
            out.add("ocfl.E073", path=stray.key)
        elif "/" in stray.key or stray.kind == "link":
            out.add("ocfl.E090", stray.kind, path=stray.key)


def _in_object(store: Store, path: str) -> bool:
    return any(store.exists(f"{above}/{DECLARATION}{spec}") for above in folders_of(path) for spec in SPECS)


def _check_outside(key: str, told: set[str], out: Findings) -> None:
    """A file in no object: fine at the top, in a folder of an extension it must lie deeper."""
    parts = key.split("/")
    if len(parts) == 1:
        return
    if parts[0] != EXTENSIONS:
        if (folder := key.rpartition("/")[0]) not in told:
            told.add(folder)
            out.add("ocfl.E072", path=key)
    elif len(parts) == 2:
        out.add("ocfl.E112", path=key)
    elif parts[1] not in told and not registered(parts[1]):
        told.add(parts[1])
        out.add("ocfl.W016", parts[1], path=f"{EXTENSIONS}/{parts[1]}")


def _check_place(store: Store, folder: str, layout: Layout | None, out: Findings) -> None:
    """Where the layout is known, the object must lie where it says (E083)."""
    if layout is None or not store.exists(f"{folder}/{NAME}"):
        return
    document = _json(store, f"{folder}/{NAME}")
    name = document.get("id") if isinstance(document, dict) else None
    if isinstance(name, str) and (expected := layout.path(name)) != folder:
        out.add("ocfl.E083", folder, expected=expected, path=folder)
