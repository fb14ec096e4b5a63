"""Whether another site's seal under a register is what it says: the entry, its place, the checkpoint, the key.

What is asked of the other site is no more than what it signed: the text of the entry in which it signed the register, and the
path from there to the root of its signed checkpoint. The key is the one that it told when the two sites first met.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from lantai.kernel.errors import Corrupt, LantaiError
from lantai.kernel.tlog import leaf_hash, open_checkpoint, parse_verifier, verify_inclusion

HOLDS, UNPROVED, WRONG, OTHER_KEY = "holds", "unproved", "wrong", "other_key"

TEXT_MOST, NOTE_MOST, PATH_MOST, KEYS_MOST, KEY_MOST = 60_000, 4_000, 64, 8, 200
"""Characters of an entry and of a checkpoint, steps of a path, keys of a site, characters of a key."""

_HASH = 64


@dataclass(frozen=True, slots=True)
class Proof:
    """What the other site tells beside its signature (see :class:`lantai.ledger.queries_seals.SealProof`)."""

    text: str
    path: tuple[str, ...]
    note: str
    keys: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as it is kept and told."""
        return asdict(self) | {"path": list(self.path), "keys": list(self.keys)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a seal stands: ``state`` is holds, unproved (nothing to verify it by), wrong, or other_key.

    ``fingerprint`` is that of the key that sealed, ``known`` that of the key this site was told first; ``problem`` is
    ``{"code", "facts"}`` of what is wrong.
    """

    state: str
    fingerprint: str = ""
    known: str = ""
    problem: dict[str, Any] | None = None

    @property
    def holds(self) -> bool:
        return self.state == HOLDS

    @property
    def alarms(self) -> bool:
        """Whether somebody must look: another key than before, or a seal that does not fit."""
        return self.state in {WRONG, OTHER_KEY}


class Sealed(Protocol):
    """A signature under a register as the other site told it."""

    @property
    def side(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def sm3(self) -> str: ...
    @property
    def sha512(self) -> str: ...
    @property
    def entry(self) -> object: ...
    @property
    def index(self) -> int | None: ...
    @property
    def origin(self) -> str: ...
    @property
    def seal(self) -> str: ...


def proof_from(told: object) -> Proof | None:
    """Return a proof as another site told it, None where it told none or something that can be none."""
    if not isinstance(told, Mapping):
        return None
    text, note, path, keys = (told.get(name) for name in ("text", "note", "path", "keys"))
    if not isinstance(text, str) or not isinstance(note, str) or not 0 < len(text) <= TEXT_MOST:
        return None
    steps, lines = _lines(path, PATH_MOST, _HASH), _lines(keys, KEYS_MOST, KEY_MOST)
    if steps is None or not lines or len(note) > NOTE_MOST:
        return None
    return Proof(text, steps, note, lines)


def _lines(told: object, most: int, longest: int) -> tuple[str, ...] | None:
    if not isinstance(told, list | tuple) or len(told) > most:
        return None
    if not all(isinstance(one, str) and len(one) <= longest for one in told):
        return None
    return tuple(told)


def fingerprint_of(key: str) -> str:
    """Return the fingerprint of a public key, "" for none and for what is no key."""
    try:
        return parse_verifier(key).fingerprint if key else ""
    except LantaiError:
        return ""


def judge(signed: Sealed, proof: Proof | None, known: str) -> Verdict:
    """Return how the other site's seal stands; ``known`` is the key that it told first ("" for none)."""
    pinned = fingerprint_of(known)
    if proof is None or not signed.seal or signed.index is None:
        return Verdict(UNPROVED, known=pinned)
    try:
        mine = parse_verifier(proof.keys[0]).fingerprint
        _fits(signed, signed.index, proof)
    except LantaiError as wrong:
        return Verdict(WRONG, fingerprint_of(proof.keys[0]), pinned, _told(wrong))
    except (ValueError, KeyError, TypeError, RecursionError):
        return Verdict(WRONG, fingerprint_of(proof.keys[0]), pinned, _told(Corrupt("desk.seal.says")))
    return Verdict(HOLDS if mine == pinned else OTHER_KEY, mine, pinned)


def _told(wrong: LantaiError) -> dict[str, Any]:
    return {"code": wrong.code, "facts": {name: str(fact) for name, fact in wrong.facts.items()}}


def _fits(signed: Sealed, index: int, proof: Proof) -> None:
    """Raise ``Corrupt`` (``desk.seal.`` seal, place, says, or what a checkpoint is refused for) for what does not fit."""
    note = proof.note.encode()
    checkpoints = [open_checkpoint(note, parse_verifier(key), signed.origin) for key in proof.keys]
    _text, _blank, lines = proof.note.rpartition("\n\n")
    if signed.seal not in {line.rsplit(" ", 1)[-1] for line in lines.splitlines()}:
        raise Corrupt("desk.seal.seal")
    size, root = checkpoints[0].size, checkpoints[0].root
    path, leaf = [bytes.fromhex(step) for step in proof.path], leaf_hash(proof.text.encode())
    if size != index + 1 or not verify_inclusion(leaf, index, size, path, root):
        raise Corrupt("desk.seal.place")
    entry = json.loads(proof.text)
    said = entry["data"]
    found = (said["side"], said["name"], said["sm3"], said["sha512"], entry["id"])
    if found != (signed.side, signed.name, signed.sm3, signed.sha512, str(signed.entry)):
        raise Corrupt("desk.seal.says")
    if datetime.fromisoformat(said["at"]) != signed.at:
        raise Corrupt("desk.seal.says")
