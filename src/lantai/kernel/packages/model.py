"""What a received package is, whatever its form; what a draft is from which packages are built.

Paths are '/'-separated, relative to the package's root, exactly as the names stand on the disk: never
normalised, never case-folded.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity

Form = Literal["dat93", "bagit", "list", "eep", "eark", "desk"]
"""How a package is laid out; "desk" is none: records and files as a unit's desk has them, to be checked there."""

ContainerKind = Literal["zip", "tar", "folder", "file"]
Level = Literal["file", "item"]

GIB = 1 << 30
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask of the machine.

    ``bytes`` counts what is written, not what a header promises. ``ratio`` is written bytes by read bytes and
    only judged once ``ratio_floor`` bytes are written: small blank pages may shrink a thousandfold.
    """

    files: int = 200_000
    bytes: int = 200 * GIB
    ratio: int = 200
    ratio_floor: int = 64 << 20
    depth: int = 64
    name_bytes: int = 255
    path_bytes: int = 4000


LIMITS = Limits()
"""What holds where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file of a container: ``path`` on disk, ``raw`` name bytes as received, place in order."""

    path: str
    raw: bytes
    size: int
    order: int

    def as_json(self) -> dict[str, object]:
        """Return the document form; ``raw`` (base64) only where it is not the path's UTF-8."""
        told: dict[str, object] = {"path": self.path, "size": self.size}
        if self.raw != self.path.encode("utf-8"):
            told["raw"] = base64.b64encode(self.raw).decode("ascii")
        return told


@dataclass(frozen=True, slots=True)
class Container:
    """How a package arrived: the archive, folder or single file, its members in their order, digests if asked for.

    ``size`` is the archive's size in bytes, for a folder the sum of its files. ``sha512`` and ``sm3`` are
    those of the archive, "" for folders. ``digests`` by path may hold more than the members: also what was
    decoded out of them (:func:`~.arrival.with_parts`). ``encoding`` is what member names were read as. ``empty_folders``
    are the folders that hold nothing.
    """

    kind: ContainerKind
    name: str
    size: int
    sha512: str
    sm3: str
    members: tuple[Member, ...]
    encoding: str = "utf-8"
    empty_folders: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    digests: Mapping[str, FileDigests] = field(default_factory=dict)

    def as_json(self, *, digests: bool = False) -> dict[str, object]:
        """Return the document form; file digests only when asked, since the vault keeps them anyway."""
        told: dict[str, object] = {
            "kind": self.kind,
            "name": self.name,
            "size": self.size,
            "sha512": self.sha512,
            "sm3": self.sm3,
            "encoding": self.encoding,
            "members": [member.as_json() for member in self.members],
            "empty_folders": list(self.empty_folders),
            "findings": [_finding_as_json(finding) for finding in self.findings],
        }
        if digests:
            told["digests"] = {p: {"size": d.size, **d.digests} for p, d in self.digests.items()}
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, object]) -> Container:
        """Return the container of :meth:`as_json`; ``KeyError`` or ``ValueError`` for another document."""
        members = cast(list[dict[str, object]], told["members"])
        digests = cast(dict[str, dict[str, object]], told.get("digests", {}))
        return cls(
            kind=cast(ContainerKind, told["kind"]),
            name=str(told["name"]),
            size=cast(int, told["size"]),
            sha512=str(told["sha512"]),
            sm3=str(told["sm3"]),
            encoding=str(told["encoding"]),
            members=tuple(_member_from_json(order, member) for order, member in enumerate(members)),
            empty_folders=tuple(cast(list[str], told["empty_folders"])),
            findings=tuple(
                _finding_from_json(finding) for finding in cast(list[dict[str, object]], told["findings"])
            ),
            digests={path: _digests_from_json(told_of) for path, told_of in digests.items()},
        )


def _member_from_json(order: int, told: Mapping[str, object]) -> Member:
    path = str(told["path"])
    raw = base64.b64decode(str(told["raw"])) if "raw" in told else path.encode("utf-8")
    return Member(path, raw, cast(int, told["size"]), order)


def _digests_from_json(told: Mapping[str, object]) -> FileDigests:
    return FileDigests(cast(int, told["size"]), {n: str(v) for n, v in told.items() if n != "size"})


def _finding_as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "path": finding.path,
        "expected": finding.expected,
        "found": finding.found,
        "severity": finding.severity.value,
        "facts": dict(finding.facts),
    }


def _finding_from_json(told: Mapping[str, object]) -> Finding:
    return Finding(
        str(told["code"]),
        str(told["path"]),
        str(told["expected"]),
        str(told["found"]),
        Severity(str(told["severity"])),
        cast(dict[str, Fact], told["facts"]),
    )


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A regular file below the package's root."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Component:
    """A content file of a record with what the sender says about it (None, "" and {} = says nothing)."""

    path: str
    role: str = ""
    order: int = 0
    declared_size: int | None = None
    declared_format: str = ""
    declared_digest: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """A 案卷 ("file") or 件 ("item") that the package describes.

    ``values`` is by element key; ``source`` is the path of the document that told them; ``parent`` is the
    档号 of the 案卷 an item lies in.
    """

    ref: str
    level: Level
    type: str
    values: Mapping[str, str]
    components: tuple[Component, ...] = ()
    parent: str = ""
    source: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class Register:
    """What the sender declared of the whole: counts (None = not declared), 移交单位, first and last 档号."""

    items: int | None = None
    files: int | None = None
    bytes: int | None = None
    unit: str = ""
    first_ref: str = ""
    last_ref: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """One view of all package forms.

    ``base`` is the folder below ``root`` in which the form was found ("" = root itself; archives are often
    wrapped in one folder). ``declared`` holds, by 档号, the catalogue's row by element key. ``digests``
    holds, by path, the digests that the sender declared. ``description`` is the sender's note by its own
    names. ``findings`` are about structure: digests are compared by :func:`~.compare.compare_digests`.
    """

    form: Form
    root: Path
    files: tuple[PackageFile, ...]
    records: tuple[PackageRecord, ...]
    register: Register
    declared: Mapping[str, Mapping[str, str]]
    findings: tuple[Finding, ...]
    fonds: str
    sender: str
    description: Mapping[str, str]
    base: str = ""
    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file to be put into a package: where it lies and its path inside the record's folder.

    Where ``digests`` are known, the builder refuses a source that no longer has them.
    """

    source: Path
    name: str
    role: str = ""
    format: str = ""
    digests: FileDigests | None = None


@dataclass(frozen=True, slots=True)
class DraftRecord:
    """A record to be packed, its files in order; ``parent`` is the 档号 of its 案卷 in the same draft."""

    ref: str
    level: Level
    type: str
    values: Mapping[str, str]
    files: tuple[DraftFile, ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a builder needs.

    ``description`` is by the Chinese names of 说明文件 (内容描述, 软硬件环境, 载体编号 …) and goes over what
    the builder counts itself. ``others`` are further files for 其他/ by name. ``findings`` are what a reader
    of a list met on the way.
    """

    fonds: str
    sender: str
    records: tuple[DraftRecord, ...]
    description: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Path] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
