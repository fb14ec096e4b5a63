"""The preservation plan: which received file goes into which object, fixed before the first byte moves.

One JSON line per object, in the order of the package: ``{"urn", "record": {…} | null, "files": [[path in
object, received path], …]}``; the last line (``record`` null) is the transfer's own object with all that
belongs to no record. Every received file stands in exactly one line.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from lantai.kernel import recordtypes
from lantai.kernel.digests import FileDigests
from lantai.kernel.formats import Format
from lantai.kernel.packages import Package, PackageRecord


def urn_of(transfer: UUID, ref: str) -> str:
    """Return the permanent name of a record: the same for the same transfer and 档号, however often asked."""
    return f"urn:uuid:{uuid5(transfer, ref)}"


def owners(package: Package) -> dict[str, int]:
    """Return, by received path, the place of the record it belongs to; files of nobody are absent.

    A record owns its components and the document that described it, unless several records share that.
    """
    described_by = Counter(record.source for record in package.records if record.source)
    owned: dict[str, int] = {}
    for place, record in enumerate(package.records):
        paths = [component.path for component in record.components]
        if record.source and described_by[record.source] == 1:
            paths.append(record.source)
        for path in paths:
            owned.setdefault(path, place)
    return owned


def lines(
    package: Package,
    transfer: UUID,
    types: Mapping[str, recordtypes.RecordType],
    digests: Mapping[str, FileDigests],
    formats: Mapping[str, Format],
) -> Iterator[dict[str, Any]]:
    """Yield the plan of a package."""
    owned = owners(package)
    mine: list[list[str]] = [[] for _ in package.records]
    rest: list[str] = []
    for file in package.files:
        place = owned.get(file.path)
        (rest if place is None else mine[place]).append(file.path)
    for record, paths in zip(package.records, mine, strict=True):
        inside = names_inside(paths)
        yield {
            "urn": urn_of(transfer, record.ref),
            "record": _described(record, package, types, inside, digests, formats),
            "files": [[inside[path], path] for path in paths],
        }
    yield {
        "urn": f"urn:uuid:{transfer}",
        "record": None,
        "files": [[f"received/{path}", path] for path in rest],
    }


def names_inside(paths: Sequence[str]) -> dict[str, str]:
    """Return the path inside the object of each received path: below ``files/``, without their common folder."""
    folders = {posixpath.dirname(path) for path in paths}
    common = posixpath.commonpath(folders) if len(folders) > 1 else next(iter(folders), "")
    skip = len(common) + 1 if common else 0
    return {path: f"files/{path[skip:]}" for path in paths}


def _described(
    record: PackageRecord,
    package: Package,
    types: Mapping[str, recordtypes.RecordType],
    inside: Mapping[str, str],
    digests: Mapping[str, FileDigests],
    formats: Mapping[str, Format],
) -> dict[str, Any]:
    kind = types.get(record.type)
    values = recordtypes.normalise(kind, record.values) if kind else dict(record.values)
    parts = []
    for component in sorted(record.components, key=lambda c: c.order):
        if component.path not in inside:
            continue  # a file that another record owns as well is preserved there
        seen = formats.get(component.path)
        parts.append(
            {
                "path": inside[component.path],
                "role": component.role,
                "size": digests[component.path].size,
                "sm3": digests[component.path].sm3,
                "puid": seen.puid if seen else "",
                "mime": seen.mime if seen else "",
                "format": seen.name if seen else "",
            }
        )
    return {
        "ref": record.ref,
        "level": record.level,
        "type": record.type,
        "fonds": package.fonds,
        "parent": record.parent,
        "values": dict(values),
        "parts": parts,
    }
