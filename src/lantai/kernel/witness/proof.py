"""Proofs that lie in files (docs/formats/exported-record.md, ledger.md), read without mercy.

They are canonical JSON, digests and audit paths are lower-case hexadecimal: one value has one spelling, so that no
byte of a file can change unnoticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantai.kernel.errors import Corrupt

SCHEMA = "lantai.proof/1"
INCLUSION = "lantai.inclusion/1"
CONSISTENCY = "lantai.consistency/1"
LONGEST = 1 << 20
DEPOSIT = "vault.batch.deposit"

_SHA512 = re.compile(r"[0-9a-f]{128}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"v0*[1-9][0-9]*")
_AT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)

Path = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """``text`` is entry ``index`` of the ledger that stands in the note ``checkpoint``."""

    text: str
    index: int
    path: Path
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Consistency:
    """The ledger in the note ``second`` continues that in the note ``first``."""

    first: str
    second: str
    path: Path


@dataclass(frozen=True, slots=True)
class Proof:
    """All that a record's proof says; ``exported_at`` is said, not proven."""

    urn: str
    ref: str
    title: str
    exported_at: str
    object: str
    version: str
    inventory_sha512: str
    leaf: str
    leaf_index: int
    list_size: int
    leaf_path: Path
    entry: Inclusion


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger entry of a deposit says: act, actor, time (RFC 3339), and the list it fixed."""

    act: str
    actor: str
    at: str
    list_root: bytes
    list_size: int


def schema_of(data: bytes) -> str:
    """Return the schema that a document names, "" when it is none."""
    try:
        told = json.loads(data.decode("utf-8")) if len(data) <= LONGEST and data[:1] == b"{" else None
    except (ValueError, RecursionError):
        return ""
    return str(told.get("schema", "")) if isinstance(told, dict) else ""


def read_proof(data: bytes) -> Proof:
    """Return the proof in the bytes of ``proof.json``; ``Corrupt("verify.proof.form", reason=…)``."""
    top = _top(data, SCHEMA)
    held, deposit, entry, ledger = (top.part(name) for name in ("object", "deposit", "entry", "ledger"))
    proof = Proof(
        top.text("urn"),
        top.text("ref"),
        top.text("title"),
        top.text("exported_at", _AT),
        held.text("id"),
        held.text("version", _VERSION),
        held.text("inventory_sha512", _SHA512),
        deposit.text("leaf"),
        deposit.number("index"),
        deposit.number("size"),
        deposit.hashes("path"),
        Inclusion(entry.text("text"), entry.number("index"), ledger.hashes("path"), top.text("checkpoint")),
    )
    for part in (top, held, deposit, entry, ledger):
        part.end()
    return proof


def read_inclusion(data: bytes) -> Inclusion:
    """Return the proof of one entry, ``lantai.inclusion/1``; ``Corrupt`` as above."""
    top = _top(data, INCLUSION)
    entry, ledger = top.part("entry"), top.part("ledger")
    proof = Inclusion(
        entry.text("text"), entry.number("index"), ledger.hashes("path"), top.text("checkpoint")
    )
    for part in (top, entry, ledger):
        part.end()
    return proof


def read_consistency(data: bytes) -> Consistency:
    """Return the proof that one checkpoint continues another, ``lantai.consistency/1``; ``Corrupt`` as above."""
    top = _top(data, CONSISTENCY)
    proof = Consistency(top.text("first"), top.text("second"), top.hashes("path"))
    top.end()
    return proof


def read_deposit(text: str) -> Told:
    """Return what the ledger entry of a deposit says; ``Corrupt("verify.entry.form", reason=…)``."""
    entry = _Fields(_object(text.encode(), "verify.entry.form"), "verify.entry.form", "")
    data = _Fields(entry.mapping("data"), "verify.entry.form", "data.")
    for name in ("id", "subject"):
        entry.text(name)
    root = bytes.fromhex(data.text("list_root", _SHA256))
    told = Told(entry.text("act"), entry.text("actor"), entry.text("at", _AT), root, data.number("list_size"))
    entry.end()
    return told


def canonical(value: object) -> bytes:
    """Return the one spelling of a value: keys sorted, no blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _top(data: bytes, schema: str) -> _Fields:
    if len(data) > LONGEST:
        raise Corrupt("verify.proof.form", reason=f"> {LONGEST} bytes")
    top = _Fields(_object(data, "verify.proof.form"), "verify.proof.form", "")
    if top.text("schema") != schema:
        raise Corrupt("verify.proof.form", reason="schema")
    return top


def _object(data: bytes, code: str) -> Mapping[str, Any]:
    try:
        value = json.loads(data.decode("utf-8"))
        same = canonical(value) == data
    except (ValueError, RecursionError) as error:
        raise Corrupt(code, reason="JSON") from error
    if not same:
        raise Corrupt(code, reason="canonical JSON")
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

    def hashes(self, name: str) -> Path:
        value = self._get(name)
        if not isinstance(value, list) or len(value) > 128:
            raise self._wrong(name)
        if not all(isinstance(each, str) and _SHA256.fullmatch(each) for each in value):
            raise self._wrong(name)
        return tuple(bytes.fromhex(each) for each in value)

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
