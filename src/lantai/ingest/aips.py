"""Preserved objects as the plan says: what lies in them beside the received files (decision 0001)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lantai.kernel.digests import FileDigests, digest_bytes
from lantai.kernel.storage import Taken
from lantai.vault.services import Aip, Held

BATCH_OBJECTS = 200
BATCH_BYTES = 256 << 20

NOWHERE = Path("/nonexistent")
"""Content folder of an object that has no received files."""


def document(data: Mapping[str, Any]) -> bytes:
    """Return a document as it is preserved: one line of JSON, sorted, UTF-8."""
    return (json.dumps(data, ensure_ascii=False, sort_keys=True) + "\n").encode()


def aip(
    line: Mapping[str, Any],
    content: Path,
    digests: Mapping[str, FileDigests],
    documents: Mapping[str, bytes],
) -> Aip:
    """Return the object of a plan line: its received files, ``documents`` and ``manifest-sm3.txt``."""
    files = {inside: Held(Taken(content / received), digests[received]) for inside, received in line["files"]}
    for path, data in documents.items():
        files[path] = Held(data, digest_bytes(data))
    manifest = "".join(f"{held.digests.sm3}  {path}\n" for path, held in sorted(files.items())).encode()
    files["manifest-sm3.txt"] = Held(manifest, digest_bytes(manifest))
    return Aip(line["urn"], files, kind="transfer" if line["record"] is None else "record")


def record_document(line: Mapping[str, Any], transfer: Mapping[str, Any]) -> bytes:
    """Return ``record.json``: everything needed to describe the record again on an empty database."""
    return document(
        {"schema": "lantai.record/1", "urn": line["urn"], "transfer": dict(transfer), **line["record"]}
    )


def batches(
    plan: Iterator[dict[str, Any]], digests: Mapping[str, FileDigests]
) -> Iterator[list[dict[str, Any]]]:
    """Cut the plan's record lines into batches, the same every time: so many objects, so many bytes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for line in plan:
        if line["record"] is None:
            continue
        own = sum(digests[received].size for _, received in line["files"])
        if batch and (len(batch) >= BATCH_OBJECTS or size + own > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += own
    if batch:
        yield batch
