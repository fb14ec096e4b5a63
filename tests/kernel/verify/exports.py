"""A synthetic exported record, made with the real log and a hand-made inventory."""

from __future__ import annotations

import json
from hashlib import sha512
from pathlib import Path

from lantai.kernel import canonical
from lantai.kernel.proofs import Proof, ProvenDeposit, ProvenEntry, ProvenObject, write_proof
from lantai.kernel.storage import MemoryStore
from lantai.kernel.tlog import Ed25519Signer, HashTree, Log, leaf_hash
from lantai.kernel.witness.notes import read_key

ORIGIN = "lantai.example/ledger"
SIGNER = Ed25519Signer(ORIGIN, bytes(range(32)))
KEY = SIGNER.verifier
TRUSTED = (read_key(str(KEY)),)
URN = "urn:uuid:0b8f6c1e-0000-4000-8000-000000000007"
REF = "X043-WS·2021-Y-BGS-0007"
TITLE = "关于“三定”方案的通知"

FILES = {
    "record.json": json.dumps(
        {"schema": "lantai.record/1", "urn": URN, "ref": REF, "values": {"title": TITLE}}, ensure_ascii=False
    ).encode(),
    "manifest-sm3.txt": b"00  files/0001.ofd\n",
    "files/0001.ofd": b"one",
    "files/附件/说明.txt": b"two",
    "files/copy.txt": b"two",
}


def inventory_of(files: dict[str, bytes], head: str = "v2", name: str = URN) -> bytes:
    state: dict[str, list[str]] = {}
    for path, data in files.items():
        state.setdefault(sha512(data).hexdigest(), []).append(path)
    manifest = {digest: [f"v1/content/{paths[0]}"] for digest, paths in state.items()}
    return json.dumps(
        {
            "id": name,
            "type": "https://ocfl.io/1.1/spec/#inventory",
            "digestAlgorithm": "sha512",
            "head": head,
            "manifest": manifest,
            "versions": {
                "v1": {
                    "state": {},
                    "created": "2026-11-20T03:04:05Z",
                    "message": "进馆",
                    "user": {"name": "陆安"},
                },
                head: {"state": state},
            },
        },
        ensure_ascii=False,
    ).encode()


def entry_text(index: int, data: dict[str, object]) -> str:
    entry = {
        "act": "vault.batch.deposit",
        "actor": "wangfang",
        "at": "2026-11-22T03:04:05.678901Z",
        "data": data,
        "id": f"00000000-0000-4000-8000-{index:012d}",
        "subject": "urn:lantai:batch:1",
    }
    return canonical.dumps(entry).decode()


def make_proof(inventory: bytes, *, title: str = TITLE, entries: int = 700, at: int = 300) -> Proof:
    """Return the proof of a deposit that is the 7th of 11 in its list and entry ``at`` of the ledger."""
    digest = sha512(inventory).hexdigest()
    leaf = canonical.dumps({"inventory_sha512": digest, "object": URN, "version": "v2"})
    leaves = [*(f"other {n}".encode() for n in range(6)), leaf, *(f"more {n}".encode() for n in range(4))]
    tree = HashTree([leaf_hash(each) for each in leaves])
    texts = [entry_text(n, {"n": n}) for n in range(entries)]
    texts[at] = entry_text(at, {"batch": "1", "list_root": tree.root().hex(), "list_size": len(leaves)})
    log = Log(MemoryStore(), ORIGIN)
    log.append([text.encode() for text in texts])
    checkpoint = log.publish(SIGNER)
    return Proof(
        URN,
        REF,
        title,
        "2026-11-23T00:00:00.000000Z",
        ProvenObject(URN, "v2", digest),
        ProvenDeposit(leaf.decode(), 6, len(leaves), tuple(h.hex() for h in tree.inclusion_proof(6))),
        ProvenEntry(texts[at], at, tuple(h.hex() for h in log.inclusion_proof(at))),
        checkpoint.note,
    )


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def make_export(folder: Path) -> Path:
    """Write a whole export into the new ``folder``."""
    inventory = inventory_of(FILES)
    write_files(folder, FILES)
    write_proof(folder, make_proof(inventory), inventory, str(KEY))
    return folder
