"""Finding aids in EAD: the records of a fonds in their tree, whatever order they came in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from lantai.base.actors import Actor
from lantai.catalogue.exports.sheaf import Line, Sheaf
from lantai.holdings import queries as holdings
from lantai.kernel.ead import EadNode, write_ead3, write_ead2002
from lantai.kernel.recordtypes import RecordType

WRITERS = {"ead": write_ead3, "ead2002": write_ead2002}


def write_ead(actor: Actor, sheaf: Sheaf, form: str, types: Mapping[str, RecordType], out: BinaryIO) -> int:
    """Write the finding aid of each fonds and return how many: one is the document itself, more a zip archive.

    What lies in a file that is not exported with it stands at the top. The fonds is described as far as the
    actor may see.
    """
    writer = WRITERS[form]
    tags = {element.key: element.ead for kind in types.values() for element in kind.elements if element.ead}
    numbers = sheaf.fonds() or [""]
    if len(numbers) == 1:
        writer(out, _fonds(actor, numbers[0], types), _nodes(sheaf, numbers[0]), tags=tags)
        return 1
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, number in enumerate(numbers, 1):
            with archive.open(_name(number, place), "w", force_zip64=True) as member:
                writer(member, _fonds(actor, number, types), _nodes(sheaf, number), tags=tags)
    return len(numbers)


def _name(number: str, place: int) -> str:
    plain = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in number)
    return f"{place:03d}-{plain[:60]}.xml"


def _fonds(actor: Actor, number: str, types: Mapping[str, RecordType]) -> dict[str, str]:
    if not number:
        return {"ref": "", "title": ""}
    fonds = holdings.fonds(actor, number)
    values = holdings.fonds_values(number)
    if not holdings.sees_by_office(actor, fonds.unit):
        public = {e.key for kind in types.values() for e in kind.elements if e.public and not e.personal}
        values = {key: text for key, text in values.items() if key in public}
    return {**values, "ref": number, "title": fonds.name}


def _nodes(sheaf: Sheaf, number: str) -> Iterator[EadNode]:
    for line in sheaf.tops(number):
        yield from _subtree(sheaf, line, "")


def _subtree(sheaf: Sheaf, line: Line, parent: str) -> Iterator[EadNode]:
    values = {key: value for key, value in line.values.items() if key != "ref"}
    yield EadNode(line.ref, parent, line.level, values)
    if line.level != "item":
        for inner in sheaf.inside(line.ref):
            yield from _subtree(sheaf, inner, line.ref)
