"""A record given away with its proof (docs/formats/exported-record.md), checked without a server.

The chain, in the order it is followed: every file has the SHA-512 of the inventory's newest state → the
inventory is the one the deposit named → the deposit is in the list of its batch → the list's root is in a
ledger entry → the entry is in the ledger → the ledger's checkpoint is signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Corrupt, Fact, LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.witness.answers import Item, Kind, answer, finding_from
from lantai.kernel.witness.documents import check_chain
from lantai.kernel.witness.folder import walk
from lantai.kernel.witness.notes import Key, read_keys
from lantai.kernel.witness.proof import Proof, read_proof

FOLDER = "proof"
MANIFEST = "manifest-sha512.txt"
PARTS = ("README.txt", "inventory.json", "ledger.pub", "proof.json")
RECORD = "record.json"
THREADS = 2


def check_export(folder: Path, keys: Sequence[Key] = ()) -> Item:
    """Return the answer about an exported record; ``keys`` are those of the ledger that the caller trusts.

    Without any the enclosed ones are used, and a warning says that their fingerprints are to be compared with
    the published ones. ``OSError`` when something cannot be read.
    """
    check = _Check(folder, tuple(keys))
    check.run()
    return answer(str(folder), Kind.EXPORT, check.findings, check.facts)


@dataclass(frozen=True, slots=True)
class _Inventory:
    id: str
    head: str
    state: Mapping[str, str]
    history: str


class _Check:
    def __init__(self, folder: Path, keys: tuple[Key, ...]) -> None:
        self._folder = folder
        self._keys = keys
        self.findings: list[Finding] = []
        self.facts: dict[str, Fact] = {}

    def run(self) -> None:
        regular = self._regular_files()
        parts = self._read_parts(regular)
        if parts is None:
            return
        try:
            proof, inventory = read_proof(parts["proof.json"]), _read_inventory(parts["inventory.json"])
        except LantaiError as error:
            self.findings.append(finding_from(error, FOLDER))
            return
        self.facts.update(urn=proof.urn, ref=proof.ref, title=proof.title)
        self._check_files(inventory, regular - {f"{FOLDER}/{name}" for name in (*PARTS, MANIFEST)})
        self._check_record(proof, inventory, regular)
        self._check_inventory(proof, inventory, parts["inventory.json"])
        if inventory.history:
            self.facts["history"] = inventory.history
        if keys := self._choose_keys(parts["ledger.pub"]):
            check_chain(f"{FOLDER}/proof.json", proof, keys, self.findings, self.facts)

    def _say(self, code: str, path: str = "", expected: str = "", found: str = "", **facts: Fact) -> None:
        self.findings.append(Finding(code, path, expected, found, facts=facts))

    def _regular_files(self) -> set[str]:
        found = list(walk(self._folder))
        for path, is_regular in found:
            if not is_regular:
                self._say("verify.export.link", path)
        return {path for path, is_regular in found if is_regular}

    def _read_parts(self, regular: set[str]) -> dict[str, bytes] | None:
        missing = [name for name in (*PARTS, MANIFEST) if f"{FOLDER}/{name}" not in regular]
        for name in missing:
            self._say("verify.export.missing", f"{FOLDER}/{name}")
        if missing:
            return None
        parts = {name: (self._folder / FOLDER / name).read_bytes() for name in PARTS}
        manifest = "".join(f"{sha512(parts[name]).hexdigest()}  {name}\n" for name in PARTS)
        if (self._folder / FOLDER / MANIFEST).read_bytes() != manifest.encode():
            self._say("verify.export.manifest", f"{FOLDER}/{MANIFEST}")
        return parts

    def _check_files(self, inventory: _Inventory, present: set[str]) -> None:
        for path in sorted(present - set(inventory.state)):
            self._say("verify.export.extra", path)
        for path in sorted(set(inventory.state) - present):
            self._say("verify.export.missing", path)
        paths = sorted(present & set(inventory.state))
        total = 0
        for path, (size, digest) in zip(paths, _digests(self._folder / each for each in paths), strict=True):
            total += size
            if digest != inventory.state[path]:
                self._say("verify.export.changed", path, inventory.state[path], digest)
        self.facts.update(files=len(paths), bytes=total)

    def _check_record(self, proof: Proof, inventory: _Inventory, regular: set[str]) -> None:
        """Compare what the proof is said to be about with the preserved description."""
        if RECORD not in inventory.state or RECORD not in regular:
            self._say("verify.record.missing", RECORD)
            return
        try:
            record = json.loads((self._folder / RECORD).read_bytes().decode("utf-8"))
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            self._say("verify.record.unreadable", RECORD)
            return
        values = record.get("values")
        for name, told in (("urn", proof.urn), ("ref", proof.ref), ("title", proof.title)):
            held = record.get(name, values.get(name, "") if isinstance(values, dict) else "")
            if held != told:
                self._say("verify.record.differs", RECORD, str(held), told, name=name)

    def _check_inventory(self, proof: Proof, inventory: _Inventory, raw: bytes) -> None:
        digest, path = sha512(raw).hexdigest(), f"{FOLDER}/inventory.json"
        if digest != proof.inventory_sha512:
            self._say("verify.inventory.changed", path, proof.inventory_sha512, digest)
        if (inventory.id, inventory.head) != (proof.object, proof.version):
            expected, found = f"{proof.object} {proof.version}", f"{inventory.id} {inventory.head}"
            self._say("verify.inventory.other", path, expected, found)

    def _choose_keys(self, enclosed: bytes) -> tuple[Key, ...]:
        path = f"{FOLDER}/ledger.pub"
        try:
            came = read_keys(enclosed)
        except LantaiError as error:
            self.findings.append(finding_from(error, path))
            return self._keys
        if not self._keys:
            for key in came:
                facts: dict[str, Fact] = {"fingerprint": key.fingerprint}
                self.findings.append(
                    Finding("verify.key.enclosed", path, severity=Severity.WARNING, facts=facts)
                )
            return came
        if not set(came) & set(self._keys):
            self._say("verify.key.other", path, self._keys[0].fingerprint, came[0].fingerprint)
        return self._keys


def _digests(paths: Iterable[Path]) -> Iterator[tuple[int, str]]:
    """Yield size and SHA-512 of every file, in order, read by two threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(_digest, paths)


def _digest(path: Path) -> tuple[int, str]:
    running, size = sha512(), 0
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            running.update(chunk)
            size += len(chunk)
    return size, running.hexdigest()


def _read_inventory(raw: bytes) -> _Inventory:
    """Return what is needed of an OCFL inventory; ``Corrupt("verify.inventory.form")``."""
    try:
        told = json.loads(raw.decode("utf-8"))
        head = told["head"]
        state = _state(told["versions"][head]["state"])
        name, algorithm = told["id"], told["digestAlgorithm"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Corrupt("verify.inventory.form") from error
    if not isinstance(name, str) or not isinstance(head, str) or algorithm != "sha512":
        raise Corrupt("verify.inventory.form")
    return _Inventory(name, head, state, _history(told["versions"]))


def _history(versions: Mapping[str, Any]) -> str:
    """Return when which version was made, by whom and why, as far as the inventory tells: the oldest first."""
    told = []
    for number in sorted(versions, key=lambda name: (len(name), name)):
        block = versions[number] if isinstance(versions[number], dict) else {}
        user = block.get("user")
        parts = [
            block.get("created"),
            user.get("name") if isinstance(user, dict) else None,
            block.get("message"),
        ]
        if said := " ".join(part for part in parts if isinstance(part, str) and part):
            told.append(f"{number} {said}")
    return "; ".join(told)


def _state(block: Any) -> dict[str, str]:
    if not isinstance(block, dict) or not all(isinstance(paths, list) for paths in block.values()):
        raise TypeError
    state: dict[str, str] = {}
    for digest, paths in block.items():
        for path in paths:
            if not isinstance(path, str) or path in state or path.split("/")[0] == FOLDER:
                raise ValueError(path)
            state[path] = digest.lower()
    return state
