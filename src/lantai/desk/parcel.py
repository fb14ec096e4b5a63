"""A hand-over as one document, and the package that is built from nothing else: equal documents, equal bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lantai.base.tables import cell
from lantai.desk import store
from lantai.desk.arranged import ArrangedItem, ArrangedVolume
from lantai.desk.statements import Statement, remark
from lantai.kernel.digests import FileDigests
from lantai.kernel.packages import Draft, DraftFile, DraftRecord
from lantai.kernel.packages.metadata_xml import FILE_NAME
from lantai.kernel.recordtypes import RecordType

SCHEMA = "lantai.hand-over/1"
OPINIONS = "移交意见表.csv"
_HEAD = ("档号", "题名", "公开属性", "开放意见", "理由", "密级变更", "变更依据")


def entry(item: ArrangedItem, said: Statement) -> dict[str, Any]:
    """Return what the document says of one record; ``volume`` is what it lies in, None where it lies in none."""
    return {
        "item": item.urn,
        "ref": item.ref,
        "type": item.type,
        "values": {**item.values, "ref": item.ref, "title": item.title},
        "captures": list(item.captures),
        "volume": volume(item.volume) if item.volume else None,
        "statement": statement(said),
        "files": [
            {
                "name": name,
                "role": file.role_label,
                "bytes": file.bytes,
                "sha512": file.sha512,
                "sm3": file.sm3,
            }
            for name, file in zip(_names([one.name for one in item.files]), item.files, strict=True)
        ],
    }


def volume(told: ArrangedVolume) -> dict[str, Any]:
    """Return what the document says of a 案卷."""
    return {"item": told.urn, "ref": told.ref, "type": told.type, "values": dict(told.values)}


def statement(said: Statement) -> dict[str, str]:
    """Return what the document tells of a statement."""
    return {
        "disclosure": said.disclosure,
        "opinion": said.opinion,
        "ground": said.ground.strip(),
        "secrecy": said.secrecy,
        "document": said.document.strip(),
    }


def _names(given: Sequence[str]) -> list[str]:
    """Return names for the files of one folder; what another has already gets its place put before."""
    taken = {FILE_NAME.casefold()}
    names = []
    for order, name in enumerate(given, 1):
        fresh = name
        while fresh.casefold() in taken:
            fresh = f"{order:02d}-{fresh}"
        taken.add(fresh.casefold())
        names.append(fresh)
    return names


def document(
    entries: Sequence[dict[str, Any]],
    *,
    unit: str,
    fonds: str,
    form: str,
    at: datetime,
    description: Mapping[str, str],
) -> dict[str, Any]:
    """Return the whole document, canonical JSON data; ``at`` is the moment the package says it was made.

    Records name their volume by ``parent``; ``volumes`` tells each once, before what lies in it.
    """
    volumes = {one["volume"]["ref"]: one["volume"] for one in entries if one["volume"]}
    parents = [{"parent": one["volume"]["ref"]} if one["volume"] else {} for one in entries]
    return {
        "schema": SCHEMA,
        "unit": unit,
        "fonds": fonds,
        "form": form,
        "at": at.isoformat(timespec="seconds"),
        "description": dict(description),
        "volumes": list(volumes.values()),
        "records": [
            {key: value for key, value in one.items() if key != "volume"} | parent
            for one, parent in zip(entries, parents, strict=True)
        ],
    }


def draft(told: Mapping[str, Any], types: Mapping[str, RecordType], others: Mapping[str, Path]) -> Draft:
    """Return the draft of the package that ``told`` describes; its files lie in the desk's store."""
    records: list[DraftRecord] = []
    left = {one["ref"]: one for one in told.get("volumes", ())}
    inside: dict[str, list[Statement]] = {}
    for one in told["records"]:
        inside.setdefault(one.get("parent", ""), []).append(Statement(**one["statement"]))
    for one in told["records"]:
        kind = types[one["type"]]
        if above := left.pop(one.get("parent", ""), None):
            records.append(_volume(above, inside[above["ref"]], kind))
        records.append(_record(one, kind))
    return Draft(told["fonds"], told["unit"], tuple(records), told["description"], others)


def _volume(told: Mapping[str, Any], inside: Sequence[Statement], kind: RecordType) -> DraftRecord:
    """Return the record of a 案卷: open when all in it is, with the 公开属性 that all in it have."""
    open_to_all = all(said.opinion == "开放" for said in inside)
    disclosures = {said.disclosure for said in inside}
    told_of_all = Statement(
        disclosures.pop() if len(disclosures) == 1 else "", "开放" if open_to_all else "控制"
    )
    values = _stated(told["values"], told_of_all, kind)
    return DraftRecord(told["ref"], "file", told["type"], values)


def _stated(told: Mapping[str, str], said: Statement, kind: RecordType) -> dict[str, str]:
    """Return values with what is said in the elements that the type has for it."""
    values = dict(told)
    if "disclosure" in kind.by_key and said.disclosure:
        values["disclosure"] = said.disclosure
    if "control" in kind.by_key:
        values["control"] = "开放" if said.opinion == "开放" else "控制"
    return values


def _record(told: Mapping[str, Any], kind: RecordType) -> DraftRecord:
    said = Statement(**told["statement"])
    known = {element.key for element in kind.elements}
    values = _stated(told["values"], said, kind)
    if "note" in known and (beyond := remark(said)):
        values["note"] = "；".join(filter(None, (values.get("note", ""), beyond)))
    files = tuple(
        DraftFile(
            store.place(one["sha512"]),
            one["name"],
            one["role"],
            digests=FileDigests(one["bytes"], {"sha512": one["sha512"], "sm3": one["sm3"]}),
        )
        for one in told["files"]
    )
    return DraftRecord(told["ref"], "item", told["type"], values, files, told.get("parent", ""))


def opinions(told: Mapping[str, Any]) -> bytes:
    """Return 移交意见表.csv: what the unit says of each record, in their order; no cell is a formula."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(_HEAD)
    for one in told["records"]:
        said = one["statement"]
        words = (said["disclosure"], said["opinion"], said["ground"], said["secrecy"], said["document"])
        writer.writerow([cell(text) for text in (one["ref"], one["values"]["title"], *words)])
    return table.getvalue().encode("utf-8-sig")
