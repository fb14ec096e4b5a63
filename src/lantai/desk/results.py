"""Result files beside what was laid into a drop folder: for machines and for people, receipt or every reason."""

from __future__ import annotations

import json
import logging
import os
import stat
import uuid
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from lantai.base.actors import SYSTEM
from lantai.desk import dropped, notes, queries
from lantai.desk.filing import Receipt
from lantai.desk.models import Arrival

logger = logging.getLogger(__name__)

_FRESH = ".lantai-"
_LONGEST = 230
"""Bytes of a thing's name in the name of its results."""


def lay_receipt(folder: Path, row: Arrival) -> None:
    """Lay the receipt of what was filed beside its thing, take an earlier refusal away."""
    clear_refusal(folder, row)
    place = _place(folder, row, ".receipt")
    receipts = [queries.receipt(SYSTEM, number) for number in row.numbers]
    documents = [_document(one) for one in receipts]
    told = {"schema": "lantai.drop-receipt/1", "name": row.name, "receipts": documents}
    if not _says(place, told):
        _lay(place, told, {"row": row, "receipts": receipts})


def lay_refusal(folder: Path, row: Arrival, *, again: bool) -> None:
    """Lay every reason beside a thing that was not filed; ``again`` where an earlier one may lie there."""
    place = _place(folder, row, ".refused")
    if not again and _lies(place.with_name(f"{place.name}.txt")):
        return
    reasons = []
    for one in row.reasons:
        finding = notes.read({key: value for key, value in one.items() if key != "about"})
        reasons.append(
            {"document": one["about"], "finding": finding, "message": notes.advised(finding, "zh")}
        )
    told = {
        "schema": "lantai.drop-refusal/1",
        "name": row.name,
        "filed": list(row.numbers),
        "reasons": [_reason(one) for one in reasons],
    }
    _lay(place, told, {"row": row, "reasons": reasons})


def clear_refusal(folder: Path, row: Arrival) -> None:
    """Take the refusal beside a thing away."""
    place = _place(folder, row, ".refused")
    for suffix in (".json", ".txt"):
        try:
            place.with_name(place.name + suffix).unlink(missing_ok=True)
        except OSError as problem:
            logger.warning("%s cannot be taken away: %s", place.name, problem)


def sweep(folder: Path) -> None:
    """Remove what a killed process had begun to lay down; one process at a time works in a folder."""
    for left in folder.glob(f"{_FRESH}*.tmp"):
        left.unlink(missing_ok=True)


def _says(place: Path, told: dict[str, Any]) -> bool:
    """Return whether both files lie there and say this already; no link is followed, nothing longer is read."""
    document, text = (place.with_name(place.name + suffix) for suffix in (".json", ".txt"))
    expected = _written(told).encode("utf-8", "replace")
    try:
        with open(dropped.opened(document.parent, document.name), "rb") as there:
            same = os.fstat(there.fileno()).st_size == len(expected)
            return same and there.read(len(expected) + 1) == expected and _lies(text)
    except OSError:
        return False


def _lies(text: Path) -> bool:
    """Return whether a file lies there; a link in its place is none."""
    try:
        return stat.S_ISREG(text.lstat().st_mode)
    except OSError:
        return False


def _written(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _place(folder: Path, row: Arrival, kind: str) -> Path:
    return folder / (row.name.encode()[:_LONGEST].decode("utf-8", "ignore") + kind)


def _document(one: Receipt) -> dict[str, Any]:
    return {
        "number": one.number,
        "urn": one.urn,
        "unit": one.unit,
        "external_id": one.external_id,
        "received_at": one.received_at.isoformat(),
        "entry": one.entry,
        "content": one.content,
        "components": [
            {
                "order": file.order,
                "role": file.role,
                "name": file.name,
                "bytes": file.bytes,
                "sha512": file.sha512,
                "sm3": file.sm3,
                "format": file.puid,
            }
            for file in one.components
        ],
        "notes": [
            {"field": note.path, "code": note.code, "message": note.message("zh"), "en": note.message("en")}
            for note in one.notes
        ],
    }


def _reason(one: dict[str, Any]) -> dict[str, str]:
    finding = one["finding"]
    return {
        "document": one["document"],
        "field": finding.path,
        "code": finding.code,
        "message": one["message"],
        "en": notes.advised(finding, "en"),
        "expected": finding.expected,
        "found": finding.found,
    }


def _lay(place: Path, told: dict[str, Any], shown: dict[str, Any]) -> None:
    """Write both files whole, the readable one last; a folder that cannot be written to loses nothing else."""
    with translation.override("zh-hans"):
        text = render_to_string("desk/result.txt", shown)
    document = _written(told)
    for suffix, content in ((".json", document), (".txt", text)):
        fresh = place.with_name(f"{_FRESH}{uuid.uuid4().hex}.tmp")
        try:
            with open(fresh, "x", encoding="utf-8", errors="replace") as out:
                out.write(content)
            os.replace(fresh, place.with_name(place.name + suffix))
        except OSError as problem:
            logger.warning("%s%s cannot be laid down: %s", place.name, suffix, problem)
            fresh.unlink(missing_ok=True)
