"""Whether a vault's objects are those that its ledger tells of: none dropped, none rewritten, none slipped in.

An object can be exchanged for another that is whole in itself, and the ledger stays whole, too. So the two
are compared: ledger entry → list of its batch (``batches/``) → inventory of every object in the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha512
from pathlib import Path
from typing import Any

from lantai.kernel import canonical
from lantai.kernel.errors import Fact, LantaiError, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.ocfl import Repository
from lantai.kernel.storage import LocalStore, ReadOnlyStore, Store, read
from lantai.kernel.storage.keys import check_key
from lantai.kernel.tlog import HashTree, Log, leaf_hash, peek_checkpoint
from lantai.kernel.verify.report import Item, Kind, answer

ACT = "vault.batch.deposit"


def check_deposits(vault: Path) -> Item:
    """Compare the lists of all deposits with ledger and objects. Facts: batches, objects.

    The ledger must have been checked before. Nothing is said of objects that no list names but a warning:
    a deposit that was killed before it was registered leaves such, and it is finished later.
    """
    check = _Check(vault)
    check.run()
    facts: dict[str, Fact] = {"batches": check.batches, "objects": len(check.known)}
    return answer(str(vault), Kind.DEPOSITS, check.findings, facts)


@dataclass(slots=True)
class _Check:
    vault: Path
    batches: int = 0
    known: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def run(self) -> None:
        lists = ReadOnlyStore(LocalStore(self.vault / "batches"))
        objects = Repository(ReadOnlyStore(LocalStore(self.vault / "ocfl")))
        for told in _deposits(ReadOnlyStore(LocalStore(self.vault / "ledger"))):
            self.batches += 1
            for leaf in self._list(lists, told):
                self._look_at(objects, leaf)
        unlisted = 0
        for object_id in objects.objects():
            newest = self.known.get(object_id)
            if newest is None:
                unlisted += 1
            elif (found := objects.inventory(object_id).version_number) > newest:
                self._say("verify.deposit.newer", object_id, f"v{newest}", f"v{found}")
        if unlisted:
            facts = {"count": unlisted}
            self.findings.append(Finding("verify.deposit.unlisted", severity=Severity.WARNING, facts=facts))

    def _say(self, code: str, path: str, expected: str = "", found: str = "") -> None:
        self.findings.append(Finding(code, path, expected, found))

    def _list(self, lists: Store, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the leaves of the list that a ledger entry tells of, [] when it is not that list."""
        key = f"{str(told.get('batch')).replace(':', '/')}.jsonl"
        try:
            lines = read(lists, check_key(key)).splitlines()
        except NotFound:
            self._say("verify.batch.missing", f"batches/{key}")
            return []
        root = HashTree([leaf_hash(line) for line in lines]).root().hex()
        if root != told.get("list_root"):
            self._say("verify.batch.differs", f"batches/{key}", str(told.get("list_root")), root)
            return []
        return [_mapping(line) for line in lines]

    def _look_at(self, objects: Repository, leaf: Mapping[str, Any]) -> None:
        object_id, version, digest = (
            str(leaf.get(name)) for name in ("object", "version", "inventory_sha512")
        )
        number = int(version[1:]) if version[1:].isdecimal() else 0
        self.known[object_id] = max(self.known.get(object_id, 0), number)
        key = f"{objects.prefix(object_id)}/{version}/inventory.json"
        try:
            found = sha512(read(objects.store, key)).hexdigest()
        except NotFound:
            self._say("verify.deposit.dropped", object_id, version)
            return
        if found != digest:
            self._say("verify.deposit.rewritten", object_id, digest, found)


def _deposits(store: Store) -> Iterator[Mapping[str, Any]]:
    """Yield the data of every ledger entry that tells of a deposit; entries are read one bundle at a time."""
    log = Log(store, peek_checkpoint(read(store, "checkpoint")).origin)
    for entry in log.entries():
        if f'"{ACT}"'.encode() in entry and (told := _mapping(entry)).get("act") == ACT:
            data = told.get("data")
            yield data if isinstance(data, dict) else {}


def _mapping(data: bytes) -> dict[str, Any]:
    try:
        told = canonical.loads(data)
    except LantaiError:
        return {}
    return told if isinstance(told, dict) else {}
