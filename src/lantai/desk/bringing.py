"""Making a filing of files that people bring: roles by name, the sender's own description where there is one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lantai.desk.described import Described
from lantai.desk.filing import Brought, Filing, Stated
from lantai.desk.models import Part
from lantai.kernel.digests import FileDigests
from lantai.kernel.findings import Finding

_WORDS = (
    (Part.MAIN, ("正本", "正文")),
    (Part.FINAL, ("定稿",)),
    (Part.SLIP, ("公文处理单", "处理单", "发文稿纸", "拟办单")),
    (Part.DRAFT, ("修改稿", "草稿")),
    (Part.ATTACHMENT, ("附件", "附表", "附录")),
)
"""How names of files and folders begin that say what the file is to its document."""


@dataclass(frozen=True, slots=True)
class Came:
    """A file that came: its relative path with ``/``, where it lies (it is given away), what was said and found."""

    name: str
    path: Path
    found: FileDigests
    stated: Stated = field(default_factory=Stated)


def roles(names: Sequence[str]) -> list[str]:
    """Return the role of each file of a document: by its name, else the first is the 正本 and the others are 附件."""
    told = [_role(name) for name in names]
    if told and Part.MAIN not in told:
        told[next((n for n, role in enumerate(told) if not role), 0)] = Part.MAIN
    return [str(role or Part.ATTACHMENT) for role in told]


def _role(name: str) -> str:
    for piece in PurePosixPath(name).parts:
        for role, words in _WORDS:
            if piece.startswith(words):
                return role
    return ""


def identifier(files: Sequence[Came]) -> str:
    """Return the 电子文件号 of a document that came without one: the same for the same files, however often sent."""
    told = json.dumps([[one.name, one.found.sha512] for one in files], ensure_ascii=True)
    return f"file-{hashlib.sha256(told.encode()).hexdigest()[:40]}"


def made(
    unit: str, source: str, files: Sequence[Came], told: Described, *, title: str, type: str = "WS"
) -> tuple[Filing, list[Finding]]:
    """Return the filing of one document and what is wrong with its description.

    ``title`` and ``type`` hold where the description gives none.
    """
    faults = list(told.faults)
    if told.unit and told.unit != unit:
        faults.append(Finding("desk.meta.unit", "unit", unit, told.unit[:40]))
    components = _plain(files) if told.listed is None else _listed(files, told, faults)
    values = {key: text for key, text in told.values.items() if text.strip()}
    if not values.keys() & {"title", "题名", "M22"}:
        values["title"] = title
    filing = Filing(
        unit=unit,
        external_id=told.external_id.strip() or identifier(files),
        type=told.type.strip() or type,
        values=values,
        components=components,
        process=told.process,
        signatures=told.signatures,
        source=str(source),
    )
    return filing, faults


def _plain(files: Sequence[Came]) -> list[Brought]:
    told = roles([one.name for one in files])
    return [_brought(one, role, "", one.stated) for one, role in zip(files, told, strict=True)]


def _listed(files: Sequence[Came], told: Described, faults: list[Finding]) -> list[Brought]:
    """Return the files as the description lists them; a file that it does not name is a fault."""
    there = {one.name: one for one in files}
    brought = []
    for listed in told.listed or ():
        one = there.pop(listed.file, None)
        if one is None:
            name = listed.name or listed.file
            brought.append(Brought(listed.role, name, None, listed.stated))
        else:
            brought.append(_brought(one, listed.role, listed.name, listed.stated))
    faults.extend(Finding("desk.meta.unlisted", "components", found=name[:120]) for name in there)
    return brought


def _brought(one: Came, role: str, name: str, stated: Stated) -> Brought:
    """Return a file for the desk; one from a subfolder has the folder in its name."""
    return Brought(role, name or one.name.replace("/", "_"), one.path, stated, one.found)
