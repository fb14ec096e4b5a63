"""One builder behind all written forms: DA/T 93 folder, EEP files, BagIt bag, E-ARK SIP; each a folder or a zip.

Equal drafts (and moments) give equal bytes, whatever the clock. Nothing that exists is written over; after an
error nothing is left. Content is read once and streams through.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from lantai.kernel.digests import FileDigests
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.eark.writing import lay_sip
from lantai.kernel.packages.eep.packing import lay_eeps
from lantai.kernel.packages.laying import Laying
from lantai.kernel.packages.model import Draft
from lantai.kernel.packages.sinks import Sink, Watch, Watched, write_package

WrittenForm = Literal["dat93", "eep", "bagit", "eark"]
FORMS: tuple[WrittenForm, ...] = get_args(WrittenForm)

TIMELESS = datetime(1980, 1, 1, tzinfo=UTC)
"""The moment of packages that nobody gave one."""

_BAG_ALGORITHMS = ("sha512", "sm3")


def build(
    draft: Draft,
    out: Path,
    types: Types,
    *,
    form: WrittenForm = "dat93",
    archive: bool = False,
    moment: datetime = TIMELESS,
    watch: Watch | None = None,
) -> dict[str, FileDigests]:
    """Write the draft as a package ``out`` of the form, one zip with ``archive``; return its files' digests.

    ``moment`` (aware) is when the package says it was made; DA/T 93 and BagIt say nothing of it. ``watch`` is told how
    many bytes were written after each block; what it raises ends the writing, and nothing is left.

    Raises Conflict ``packages.target.exists``; NotFound ``packages.draft.source_missing``; Invalid
    ``packages.draft.ref``, ``.ref_twice``, ``.parent``, ``.file_name``, ``packages.name.*``,
    ``packages.eep.volume``; Unavailable ``packages.source.changed``, ``packages.disk.*``.
    """

    def lay(plain: Sink) -> dict[str, FileDigests]:
        sink = plain if watch is None else Watched(plain, watch)
        if form == "eep":
            return lay_eeps(draft, sink, types, moment)
        if form == "eark":
            return lay_sip(draft, sink, types, moment, wrapped=archive)
        if form == "bagit":
            return _lay_bag(draft, sink, types)
        return Laying(draft, sink, types).run()

    return write_package(out, archive, lay)


def build_dat93(draft: Draft, out: Path, types: Types, *, archive: bool = False) -> dict[str, FileDigests]:
    """Write the draft as a DA/T 93 folder ``out``, or as one zip with ``archive``; see :func:`build`."""
    return build(draft, out, types, form="dat93", archive=archive)


def build_bagit(draft: Draft, out: Path, types: Types, *, archive: bool = False) -> dict[str, FileDigests]:
    """Write the draft as a bag whose payload is its DA/T 93 folder; see :func:`build`."""
    return build(draft, out, types, form="bagit", archive=archive)


def _lay_bag(draft: Draft, sink: Sink, types: Types) -> dict[str, FileDigests]:
    """Lay a BagIt 1.0 bag; manifests in SHA-512 and SM3."""
    laying = Laying(draft, sink, types, "data/")
    files = laying.run()
    oxum = f"{sum(f.size for f in files.values())}.{len(files)}"
    info = {
        "Source-Organization": draft.sender,
        "External-Identifier": draft.fonds,
        "External-Description": draft.description.get("内容描述", ""),
        "Payload-Oxum": oxum,
    }
    papers = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{k}: {_one_line(v)}\n" for k, v in info.items() if v).encode(),
        **{f"manifest-{a}.txt": _manifest(files, a) for a in _BAG_ALGORITHMS},
    }
    tags = {path: sink.put(path, (data,), len(data)) for path, data in papers.items()}
    for algorithm in _BAG_ALGORITHMS:
        data = _manifest(tags, algorithm)
        files[f"tagmanifest-{algorithm}.txt"] = sink.put(f"tagmanifest-{algorithm}.txt", (data,), len(data))
    return files | tags


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _manifest(files: Mapping[str, FileDigests], algorithm: str) -> bytes:
    lines = []
    for path in sorted(files):
        name = path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
        lines.append(f"{files[path].digests[algorithm]}  {name}\n")
    return "".join(lines).encode("utf-8")
