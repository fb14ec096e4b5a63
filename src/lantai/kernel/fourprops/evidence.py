"""What the checks look at: the package, and what is computed from its files once and shared by all items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lantai.kernel import digests, formats
from lantai.kernel.digests import FileDigests
from lantai.kernel.findings import Finding
from lantai.kernel.formats import Accepted, Format, Inspection
from lantai.kernel.fourprops.model import Context, Stage
from lantai.kernel.packages.model import Component, Package, PackageRecord
from lantai.kernel.recordtypes import RecordType, normalise

ATTACHED = ("附件", "附录", "attachment", "annex")
METADATA = ("元数据", "metadata")


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was opened: what it is, and what that told."""

    form: Format
    inspection: Inspection


class Evidence:
    """The subject of a run. ``tick`` is called once per file digested, opened or scanned."""

    def __init__(self, package: Package, stage: Stage, context: Context, tick: Callable[[], None]) -> None:
        self.package = package
        self.stage = stage
        self.context = context
        self.tick = tick
        self.accepted: Accepted = context.accepted or formats.load_accepted()
        self._extra: dict[tuple[str, str], str] = {}

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Size in bytes of every file by its path."""
        return {file.path: file.size for file in self.package.files}

    @cached_property
    def items(self) -> tuple[PackageRecord, ...]:
        """The 件 of the package; where it has none, its 案卷."""
        found = tuple(record for record in self.package.records if record.level == "item")
        return found or self.package.records

    def type(self, record: PackageRecord) -> RecordType | None:
        """Return the type of a record, or None when it is not known."""
        return self.context.types.get(record.type)

    def typed(self) -> Iterator[tuple[PackageRecord, RecordType]]:
        """Yield every record whose type is known."""
        for record in self.package.records:
            type = self.type(record)
            if type is not None:
                yield record, type

    @cached_property
    def _meant(self) -> Mapping[int, Mapping[str, str]]:
        return {id(record): normalise(type, record.values) for record, type in self.typed()}

    def meant(self, record: PackageRecord) -> Mapping[str, str]:
        """Return the values of a record of the package in their canonical spelling, where its type is known."""
        return self._meant.get(id(record), record.values)

    def components(self) -> Iterator[tuple[PackageRecord, Component]]:
        """Yield every content file that a record names."""
        for record in self.package.records:
            for component in record.components:
                if not component.role.lower().startswith(METADATA):
                    yield record, component

    @cached_property
    def component_paths(self) -> frozenset[str]:
        """The paths of all content files that records name."""
        return frozenset(component.path for _, component in self.components())

    def where(self, path: str) -> Path:
        """Return where a file of the package lies."""
        return self.package.root / path

    @cached_property
    def digests(self) -> Mapping[str, FileDigests]:
        """The digests of every file: those known on receipt, the others computed now."""
        known = {path: told for path, told in self.context.digests.items() if path in self.sizes}
        lacking = [path for path in self.sizes if path not in known]
        places = (self.where(path) for path in lacking)
        computed = digests.digest_files(places, threads=self.context.threads)
        for path, told in zip(lacking, computed, strict=True):
            known[path] = told
            self.tick()
        return known

    def digest(self, path: str, algorithm: str) -> str:
        """Return one digest of a file; an algorithm that is not computed for all is computed for it alone."""
        told = self.digests[path].digests.get(algorithm)
        if told is not None:
            return told
        key = (path, algorithm)
        if key not in self._extra:
            place = self.where(path)
            self._extra[key] = digests.digest_file(place, (algorithm,)).digests[algorithm]
        return self._extra[key]

    @cached_property
    def seen(self) -> Mapping[str, Seen]:
        """Every file as it was opened, in processes of their own."""
        found: dict[str, Seen] = {}
        shared: dict[object, Seen] = {}
        paths = list(self.sizes)
        opened = formats.inspect_many(map(self.where, paths), self.context.threads)
        for path, told in zip(paths, opened, strict=True):
            form = replace(told.format, basis="")
            seen = Seen(form, told.inspection)
            # Pages of one scanner look alike: one object for all of them keeps memory flat.
            key = (form, replace(told.inspection, findings=())) if not told.inspection.findings else path
            found[path] = shared.setdefault(key, seen)
            self.tick()
        return found

    def formats(self) -> Mapping[str, Format]:
        """Return the formats of the files, by path; empty when no item asked to open them."""
        return {path: seen.form for path, seen in self.seen.items()} if "seen" in vars(self) else {}

    def findings_of(self, *prefixes: str) -> tuple[Finding, ...]:
        """Return what was found when the package was opened, by the beginnings of codes."""
        return tuple(finding for finding in self.package.findings if finding.code.startswith(prefixes))


def attached(component: Component) -> bool:
    """Return whether a component is an attachment, which the page count of a record leaves out."""
    return component.role.lower().startswith(ATTACHED)
