"""Whether a vault's objects are those that its ledger tells of: none dropped, none rewritten, none slipped in.

An object can be exchanged for another that is whole in itself, and the ledger stays whole, too. So the two
are compared: ledger entry → list of its batch (``batches/``) → inventory of every object in the list.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha512
from pathlib import Path
from typing import Any

from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.witness.answers import Item, Kind, answer
from lantai.kernel.witness.folder import Folder
from lantai.kernel.witness.hashing import leaf, root_of
from lantai.kernel.witness.ledger import entries_of, read_entry
from lantai.kernel.witness.notes import read_head
from lantai.kernel.witness.proof import DEPOSIT


def check_deposits(vault: Path) -> Item:
    """Compare the lists of all deposits with ledger and objects. Facts: batches, objects.

    The ledger must have been checked before. Nothing is said of objects that no list names but a warning:
    a deposit that was killed before it was registered leaves such, and it is finished later.
    """
    check = _Check(Folder(vault))
    check.run()
    facts: dict[str, Fact] = {"batches": check.batches, "objects": len(check.known)}
    return answer(str(vault), Kind.DEPOSITS, check.findings, facts)


@dataclass(slots=True)
class _Check:
    vault: Folder
    batches: int = 0
    known: dict[str, int] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def run(self) -> None:
        ledger = Folder(self.vault.root / "ledger")
        self.objects = {name: folder for folder, name in _objects(self.vault.root / "ocfl")}
        size = read_head(ledger.read("checkpoint") or b"").size
        for _, told in entries_of(ledger, size, DEPOSIT):
            self.batches += 1
            data = told.get("data")
            for held in self._list(data if isinstance(data, dict) else {}):
                self._look_at(held)
        unlisted = 0
        for name, folder in self.objects.items():
            newest = self.known.get(name)
            if newest is None:
                unlisted += 1
            elif (found := _number(read_entry(self._read(folder)).get("head"))) > newest:
                self._say("verify.deposit.newer", name, f"v{newest}", f"v{found}")
        if unlisted:
            facts = {"count": unlisted}
            self.findings.append(Finding("verify.deposit.unlisted", severity=Severity.WARNING, facts=facts))

    def _say(self, code: str, path: str, expected: str = "", found: str = "") -> None:
        self.findings.append(Finding(code, path, expected, found))

    def _read(self, folder: str, version: str = "") -> bytes:
        return self.vault.read(f"{folder}/{version}/inventory.json".replace("//", "/")) or b""

    def _list(self, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the leaves of the list that a ledger entry tells of, [] when it is not that list."""
        name = f"batches/{str(told.get('batch')).replace(':', '/')}.jsonl"
        data = self.vault.read(name) if ".." not in name.split("/") else None
        if data is None:
            self._say("verify.batch.missing", name)
            return []
        lines = data.splitlines()
        root = root_of([leaf(line) for line in lines]).hex()
        if root != told.get("list_root"):
            self._say("verify.batch.differs", name, str(told.get("list_root")), root)
            return []
        return [read_entry(line) for line in lines]

    def _look_at(self, held: Mapping[str, Any]) -> None:
        name, version, digest = (str(held.get(part)) for part in ("object", "version", "inventory_sha512"))
        self.known[name] = max(self.known.get(name, 0), _number(version))
        inventory = self._read(self.objects[name], version) if name in self.objects else b""
        if not inventory:
            self._say("verify.deposit.dropped", name, version)
        elif (found := sha512(inventory).hexdigest()) != digest:
            self._say("verify.deposit.rewritten", name, digest, found)


def _number(version: object) -> int:
    return int(version[1:]) if isinstance(version, str) and version[1:].isdecimal() else 0


def _objects(root: Path) -> Iterator[tuple[str, str]]:
    """Yield folder and id of every object in a storage root, whatever its layout; links are not followed."""
    for folder, inside, files in os.walk(root):
        if any(name.startswith("0=ocfl_object_") for name in files):
            inside.clear()
            place = Path(folder)
            try:
                name = json.loads((place / "inventory.json").read_bytes())["id"]
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                continue
            yield place.relative_to(root.parent).as_posix(), str(name)
