"""Writing a record's proof beside its files (docs/formats/exported-record.md)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha512
from pathlib import Path

from lantai.kernel.errors import Conflict
from lantai.kernel.proofs.documents import Proof

FOLDER = "proof"
MANIFEST = "manifest-sha512.txt"
PARTS = ("README.txt", "inventory.json", "ledger.pub", "proof.json")


def write_proof(folder: Path, proof: Proof, inventory: bytes, key: str) -> None:
    """Write ``proof/`` into ``folder``, beside the record's files.

    ``inventory`` are the exact bytes of the object's root inventory, ``key`` is the text of the public keys
    that signed the checkpoint, a line each. ``Conflict("verify.export.exists")`` when there is a ``proof`` already.
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
