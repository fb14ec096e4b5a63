"""Exporting one record with its proof, for a court or whoever trusts nobody (docs/formats/exported-record.md)."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.holdings import queries as holdings
from lantai.holdings.queries import RecordView
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Invalid
from lantai.kernel.proofs import Proof, ProvenDeposit, ProvenEntry, ProvenObject, write_proof
from lantai.ledger import queries as ledger
from lantai.ledger.acts import act, record
from lantai.ledger.queries import key_text
from lantai.ledger.services import sequence
from lantai.people.policies import require
from lantai.vault import queries as vault


def _exportable(actor: Actor, what: str) -> RecordView:
    found = holdings.record(actor, what)
    require(actor, "holdings.export", found.unit)
    if not found.object_id:
        raise Invalid("access.record.no_object", ref=found.ref)
    return found


def _proof(found: RecordView) -> Proof:
    sequence()
    held = vault.deposit_view(found.object_id)
    deposit = vault.deposit_proof(found.object_id)
    entry = ledger.proof(str(deposit.entry))
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    with vault.open_file(found.object_id, "record.json") as stream:
        described = json.load(stream)  # what was preserved, whatever the catalogue says today
    return Proof(
        urn=described["urn"],
        ref=described["ref"],
        title=described["values"].get("title", ""),
        exported_at=now,
        object=ProvenObject(held.object_id, held.version, held.inventory_sha512),
        deposit=ProvenDeposit(deposit.leaf, deposit.index, deposit.size, deposit.path),
        entry=ProvenEntry(entry.text, entry.index, entry.path),
        checkpoint=entry.checkpoint,
    )


def proof_document(actor: Actor, what: str) -> dict[str, Any]:
    """Return the proof of a record alone, as the document ``lantai.proof/1``."""
    told = canonical.loads(_proof(_exportable(actor, what)).dumps())
    if not isinstance(told, dict):
        raise TypeError("a proof is a JSON object")
    return told


def export(actor: Actor, what: str, out: Path) -> Path:
    """Write a record's files, description and proof into the folder ``out`` (new or empty) and return it.

    The folder appears whole or not at all; what it holds is read back from the vault, not from a cache.
    """
    found = _exportable(actor, what)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Conflict("access.export.exists", path=str(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".lantai-", dir=out.parent) as temporary:
        fresh = Path(temporary) / "export"
        _write(found, fresh)
        _exported(actor, found)
        if out.exists():
            out.rmdir()
        fresh.rename(out)
    return out


def _write(found: RecordView, folder: Path) -> None:
    inventory, data = vault.inventory(found.object_id)
    for path in inventory.state():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with vault.open_file(found.object_id, path) as source, open(target, "xb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    write_proof(folder, _proof(found), data, key_text())


@act("access.record.export")
def _exported(actor: Actor, found: RecordView) -> None:
    record(found.urn, {"ref": found.ref})


def export_zip(actor: Actor, what: str) -> Path:
    """Write an export as one zip below the inbox and return it; the caller removes it after sending."""
    home().inbox.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="export-", dir=home().inbox) as temporary:
        folder = export(actor, what, Path(temporary) / "record")
        target = home().inbox / f"export-{os.urandom(8).hex()}.zip"
        with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(folder).as_posix())
        return target
