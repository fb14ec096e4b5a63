"""A record given away with its proof: writing the proof beside the files, and checking all of it without a
server.

The chain, in the order it is followed: every file has the SHA-512 of the inventory's newest state → the
inventory is the one the deposit named → the deposit is in the list of its batch → the list's root is in a
ledger entry → the entry is in the ledger → the ledger's checkpoint is signed. See
docs/formats/exported-record.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path
from typing import Any

from lantai.kernel import canonical
from lantai.kernel.digests import digest_files
from lantai.kernel.errors import Conflict, Corrupt, Fact, LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.tlog import (
    Ed25519Verifier,
    finding_from,
    leaf_hash,
    open_checkpoint,
    parse_verifier,
    verify_inclusion,
)
from lantai.kernel.verify import proof as proofs
from lantai.kernel.verify.deposits import ACT
from lantai.kernel.verify.folder import walk
from lantai.kernel.verify.proof import Proof, ProvenDeposit, ProvenEntry, ProvenObject, Told
from lantai.kernel.verify.report import Item, Kind, answer

__all__ = [
    "FOLDER",
    "Proof",
    "ProvenDeposit",
    "ProvenEntry",
    "ProvenObject",
    "check_export",
    "read_key",
    "write_proof",
]

FOLDER = "proof"
MANIFEST = "manifest-sha512.txt"
PARTS = ("README.txt", "inventory.json", "ledger.pub", "proof.json")
RECORD = "record.json"
THREADS = 2


def write_proof(folder: Path, proof: Proof, inventory: bytes, key: str) -> None:
    """Write ``proof/`` into ``folder``, beside the record's files.

    ``inventory`` are the exact bytes of the object's root inventory, ``key`` is the text of the public key
    that signed the checkpoint. ``Conflict("verify.export.exists")`` when there is a ``proof`` already.
    """
    parts = {
        "README.txt": _readme(proof),
        "inventory.json": inventory,
        "ledger.pub": f"{key}\n".encode(),
        "proof.json": proof.dumps(),
    }
    try:
        (folder / FOLDER).mkdir()
    except FileExistsError as error:
        raise Conflict("verify.export.exists", path=str(folder)) from error
    for name, data in parts.items():
        (folder / FOLDER / name).write_bytes(data)
    (folder / FOLDER / MANIFEST).write_bytes(_manifest(parts))


def _manifest(parts: Mapping[str, bytes]) -> bytes:
    """Return the digests of the proof's parts as ``sha512sum -c`` reads them."""
    return "".join(f"{sha512(parts[name]).hexdigest()}  {name}\n" for name in PARTS).encode()


def _readme(proof: Proof) -> bytes:
    template = (Path(__file__).parent / "readme.txt").read_text("utf-8")
    told = {"urn": proof.urn, "ref": proof.ref, "title": proof.title, "exported_at": proof.exported_at}
    for name, value in told.items():
        template = template.replace("{" + name + "}", value)
    return template.encode()


def check_export(folder: Path, key: Ed25519Verifier | None) -> Item:
    """Return the answer about an exported record; ``key`` is the ledger's key the caller trusts.

    Without ``key`` the enclosed one is used, and a warning says that its fingerprint is to be compared with
    the published one. Facts: urn, ref, title, received_at, received_by, entry, size, origin, fingerprint,
    files, bytes. ``OSError`` when something cannot be read.
    """
    check = _Check(folder, key)
    check.run()
    return answer(str(folder), Kind.EXPORT, check.findings, check.facts)


@dataclass(frozen=True, slots=True)
class _Inventory:
    id: str
    head: str
    state: Mapping[str, str]


class _Check:
    def __init__(self, folder: Path, key: Ed25519Verifier | None) -> None:
        self._folder = folder
        self._key = key
        self.findings: list[Finding] = []
        self.facts: dict[str, Fact] = {}

    def run(self) -> None:
        regular = self._regular_files()
        parts = self._read_parts(regular)
        if parts is None:
            return
        try:
            proof = proofs.loads(parts["proof.json"])
            inventory = _read_inventory(parts["inventory.json"])
        except LantaiError as error:
            self._say_error(error, FOLDER)
            return
        self.facts.update(urn=proof.urn, ref=proof.ref, title=proof.title)
        self._check_files(inventory, regular - {f"{FOLDER}/{name}" for name in (*PARTS, MANIFEST)})
        self._check_record(proof, inventory, regular)
        self._check_inventory(proof, inventory, parts["inventory.json"])
        told = self._check_deposit(proof)
        self._check_ledger(proof, parts["ledger.pub"])
        if told is not None:
            self.facts.update(received_at=told.at, received_by=told.actor, entry=proof.entry.index)

    def _say(self, code: str, path: str = "", expected: str = "", found: str = "", **facts: Fact) -> None:
        self.findings.append(Finding(code, path, expected, found, facts=facts))

    def _say_error(self, error: LantaiError, path: str) -> None:
        self.findings.append(finding_from(error, path))

    def _regular_files(self) -> set[str]:
        regular = set()
        for path, is_regular in walk(self._folder):
            if is_regular:
                regular.add(path)
            else:
                self._say("verify.export.link", path)
        return regular

    def _read_parts(self, regular: set[str]) -> dict[str, bytes] | None:
        missing = [name for name in (*PARTS, MANIFEST) if f"{FOLDER}/{name}" not in regular]
        for name in missing:
            self._say("verify.export.missing", f"{FOLDER}/{name}")
        if missing:
            return None
        parts = {name: (self._folder / FOLDER / name).read_bytes() for name in PARTS}
        if (self._folder / FOLDER / MANIFEST).read_bytes() != _manifest(parts):
            self._say("verify.export.manifest", f"{FOLDER}/{MANIFEST}")
        return parts

    def _check_files(self, inventory: _Inventory, present: set[str]) -> None:
        for path in sorted(present - set(inventory.state)):
            self._say("verify.export.extra", path)
        for path in sorted(set(inventory.state) - present):
            self._say("verify.export.missing", path)
        paths = sorted(present & set(inventory.state))
        size = 0
        digests = digest_files((self._folder / path for path in paths), ("sha512",), THREADS)
        for path, digest in zip(paths, digests, strict=True):
            size += digest.size
            if digest.sha512 != inventory.state[path]:
                self._say("verify.export.changed", path, inventory.state[path], digest.sha512)
        self.facts.update(files=len(paths), bytes=size)

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
        for name in ("urn", "ref", "title"):
            told = getattr(proof, name)
            held = record.get(name, values.get(name, "") if isinstance(values, dict) else "")
            if held != told:
                self._say("verify.record.differs", RECORD, str(held), told, name=name)

    def _check_inventory(self, proof: Proof, inventory: _Inventory, raw: bytes) -> None:
        told, digest = proof.object, sha512(raw).hexdigest()
        path = f"{FOLDER}/inventory.json"
        if digest != told.inventory_sha512:
            self._say("verify.inventory.changed", path, told.inventory_sha512, digest)
        if (inventory.id, inventory.head) != (told.id, told.version):
            expected, found = f"{told.id} {told.version}", f"{inventory.id} {inventory.head}"
            self._say("verify.inventory.other", path, expected, found)

    def _check_deposit(self, proof: Proof) -> Told | None:
        """Follow the chain from the inventory's digest to the ledger entry."""
        path, held, deposit = f"{FOLDER}/proof.json", proof.object, proof.deposit
        leaf = canonical.dumps(
            {"inventory_sha512": held.inventory_sha512, "object": held.id, "version": held.version}
        )
        if deposit.leaf.encode() != leaf:
            self._say("verify.deposit.leaf", path)
        try:
            told = proofs.read_entry(proof.entry.text)
        except LantaiError as error:
            self._say_error(error, path)
            return None
        root = bytes.fromhex(told.list_root)
        if (
            told.act != ACT
            or told.list_size != deposit.size
            or not verify_inclusion(
                leaf_hash(deposit.leaf.encode()), deposit.index, deposit.size, _hashes(deposit.path), root
            )
        ):
            self._say("verify.deposit.path", path)
        return told

    def _check_ledger(self, proof: Proof, enclosed: bytes) -> None:
        """Follow the chain from the ledger entry to the signed checkpoint."""
        key = self._choose_key(enclosed)
        if key is None:
            return
        path = f"{FOLDER}/proof.json"
        try:
            checkpoint = open_checkpoint(proof.checkpoint.encode(), key)
        except LantaiError as error:
            self._say_error(error, path)
            return
        leaf = leaf_hash(proof.entry.text.encode())
        hashes = _hashes(proof.entry.path)
        if not verify_inclusion(leaf, proof.entry.index, checkpoint.size, hashes, checkpoint.root):
            self._say("verify.entry.path", path)
        self.facts.update(size=checkpoint.size, origin=checkpoint.origin, fingerprint=key.fingerprint)

    def _choose_key(self, enclosed: bytes) -> Ed25519Verifier | None:
        path = f"{FOLDER}/ledger.pub"
        try:
            came = read_key(enclosed)
        except LantaiError as error:
            self._say_error(error, path)
            return self._key
        if self._key is None:
            facts = {"fingerprint": came.fingerprint}
            self.findings.append(Finding("verify.key.enclosed", path, severity=Severity.WARNING, facts=facts))
            return came
        if came != self._key:
            self._say("verify.key.other", path, self._key.fingerprint, came.fingerprint)
        return self._key


def read_key(data: bytes) -> Ed25519Verifier:
    """Return the public key of a key file: one line; ``Invalid("tlog.key.unreadable")``, ``tlog.key.private``."""
    text = data.decode("utf-8", "replace")
    return parse_verifier(text[:-1] if text.endswith("\n") else "")


def _hashes(path: tuple[str, ...]) -> list[bytes]:
    return [bytes.fromhex(each) for each in path]


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
    return _Inventory(name, head, state)


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
