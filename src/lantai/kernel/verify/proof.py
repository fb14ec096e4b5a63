"""What ``proof.json`` of an exported record says (docs/formats/exported-record.md), read without mercy.

The file is canonical JSON, digests and audit paths are lower-case hexadecimal: one value has one spelling,
so that no byte of the file can change unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantai.kernel import canonical
from lantai.kernel.errors import Corrupt, LantaiError

SCHEMA = "lantai.proof/1"
LONGEST = 1 << 20

_SHA512 = re.compile(r"[0-9a-f]{128}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"v0*[1-9][0-9]*")
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ProvenObject:
    """The OCFL object at its head: ``version`` such as ``v3``, SHA-512 of its inventory in hexadecimal."""

    id: str
    version: str
    inventory_sha512: str


@dataclass(frozen=True, slots=True)
class ProvenDeposit:
    """The object's leaf (canonical JSON text) in the list of its batch, with its audit path (hex)."""

    leaf: str
    index: int
    size: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """The ledger entry of the batch: its canonical JSON text, index, and audit path (hex)."""

    text: str
    index: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All of ``proof.json``; ``exported_at`` (RFC 3339, UTC, microseconds) is said, not proven."""

    urn: str
    ref: str
    title: str
    exported_at: str
    object: ProvenObject
    deposit: ProvenDeposit
    entry: ProvenEntry
    checkpoint: str

    def dumps(self) -> bytes:
        """Return the bytes of ``proof.json``."""
        held, deposit, entry = self.object, self.deposit, self.entry
        return canonical.dumps(
            {
                "schema": SCHEMA,
                "urn": self.urn,
                "ref": self.ref,
                "title": self.title,
                "exported_at": self.exported_at,
                "object": {
                    "id": held.id,
                    "version": held.version,
                    "inventory_sha512": held.inventory_sha512,
                },
                "deposit": {
                    "leaf": deposit.leaf,
                    "index": deposit.index,
                    "size": deposit.size,
                    "path": deposit.path,
                },
                "entry": {"text": entry.text, "index": entry.index},
                "ledger": {"path": entry.path},
                "checkpoint": self.checkpoint,
            }
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger entry says: act, actor, time (RFC 3339), subject, and the list it fixed."""

    act: str
    actor: str
    at: str
    subject: str
    list_root: str
    list_size: int


def loads(data: bytes) -> Proof:
    """Return the proof in the bytes of ``proof.json``; ``Corrupt("verify.proof.form", reason=…)``."""
    if len(data) > LONGEST:
        raise Corrupt("verify.proof.form", reason=f"> {LONGEST} bytes")
    top = _Fields(_object(data, "verify.proof.form"), "verify.proof.form", "")
    if top.text("schema") != SCHEMA:
        raise Corrupt("verify.proof.form", reason="schema")
    held, deposit, entry, ledger = (top.part(name) for name in ("object", "deposit", "entry", "ledger"))
    proof = Proof(
        top.text("urn"),
        top.text("ref"),
        top.text("title"),
        top.text("exported_at", _AT),
        ProvenObject(held.text("id"), held.text("version", _VERSION), held.text("inventory_sha512", _SHA512)),
        ProvenDeposit(
            deposit.text("leaf"), deposit.number("index"), deposit.number("size"), deposit.hashes("path")
        ),
        ProvenEntry(entry.text("text"), entry.number("index"), ledger.hashes("path")),
        top.text("checkpoint"),
    )
    for part in (top, held, deposit, entry, ledger):
        part.end()
    return proof


def read_entry(text: str) -> Told:
    """Return what a ledger entry says; ``Corrupt("verify.entry.form", reason=…)``."""
    entry = _Fields(_object(text.encode(), "verify.entry.form"), "verify.entry.form", "")
    data = entry.mapping("data")
    entry.text("id")
    told = Told(
        entry.text("act"),
        entry.text("actor"),
        entry.text("at", _AT),
        entry.text("subject"),
        _Fields(data, "verify.entry.form", "data.").text("list_root", _SHA256),
        _Fields(data, "verify.entry.form", "data.").number("list_size"),
    )
    entry.end()
    return told


def _object(data: bytes, code: str) -> Mapping[str, Any]:
    try:
        value = canonical.loads(data)
    except LantaiError as error:
        raise Corrupt(code, reason=error.code) from error
    if not isinstance(value, dict):
        raise Corrupt(code, reason="{}")
    return value


class _Fields:
    """One JSON object whose members are asked for by name and type; ``end`` refuses what nobody asked for."""

    def __init__(self, value: Mapping[str, Any], code: str, where: str) -> None:
        self._value = value
        self._code = code
        self._where = where
        self._asked: set[str] = set()

    def text(self, name: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._get(name)
        if not isinstance(value, str) or (pattern is not None and not pattern.fullmatch(value)):
            raise self._wrong(name)
        return value

    def number(self, name: str) -> int:
        value = self._get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name)
        return value

    def hashes(self, name: str) -> tuple[str, ...]:
        value = self._get(name)
        if not isinstance(value, list) or len(value) > 64:
            raise self._wrong(name)
        if not all(isinstance(each, str) and _SHA256.fullmatch(each) for each in value):
            raise self._wrong(name)
        return tuple(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self._get(name)
        if not isinstance(value, dict):
            raise self._wrong(name)
        return value

    def part(self, name: str) -> _Fields:
        return _Fields(self.mapping(name), self._code, f"{self._where}{name}.")

    def end(self) -> None:
        for name in sorted(set(self._value) - self._asked):
            raise self._wrong(name)

    def _get(self, name: str) -> object:
        self._asked.add(name)
        return self._value.get(name)

    def _wrong(self, name: str) -> Corrupt:
        return Corrupt(self._code, reason=f"{self._where}{name}")
