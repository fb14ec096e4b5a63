"""The folder of DA/T 93-2022 and of the 2012 transfer rules (annex 2), read into the one view.

Layout: 说明文件.TXT, 目录文件.XML (2012: 文件目录.XML, 案卷目录.XML), <全宗号>/<门类>/…/<档号>/ (2012:
电子档案/…/) each with a metadata XML and content files, 其他/. A package is bad by its findings, never by an
exception.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.columns import Types, type_of
from lantai.kernel.packages.contents import Contents, made_by_desktop
from lantai.kernel.packages.metadata_xml import FILE_NAME, ToldRecord, read_metadata
from lantai.kernel.packages.model import (
    Component,
    Level,
    Package,
    PackageRecord,
    Register,
)
from lantai.kernel.packages.papers import (
    CATALOGUES,
    DIGESTS,
    NOTE,
    OTHERS,
    Catalogue,
    read_catalogue,
    read_digests,
    read_note,
    register_of,
)

_OLD_ROOT = "电子档案"


def is_dat93(contents: Contents, base: str) -> bool:
    """Return whether the folder ``base`` holds one of the papers that mark this form."""
    return base in dat93_folders(contents)


def dat93_folders(contents: Contents) -> set[str]:
    """Return all folders that hold one of these papers."""
    marks = {name.upper() for name in (NOTE, *CATALOGUES)}
    split = (path.rpartition("/") for path in contents.files)
    return {folder for folder, _, name in split if name.upper() in marks}


def read_dat93(contents: Contents, base: str, types: Types) -> Package:
    """Return the package whose folder is ``base`` ("" = the root itself)."""
    return _Reading(contents, base, types).run()


@dataclass(slots=True)
class _Folder:
    """One record on its way: its folder, what its metadata says, the files that lie in it."""

    path: str
    source: str = ""
    told: ToldRecord = field(default_factory=ToldRecord)
    files: list[str] = field(default_factory=list)


class _Reading:
    def __init__(self, contents: Contents, base: str, types: Types) -> None:
        self.contents = contents
        self.base = base
        self.start = f"{base}/" if base else ""
        self.types = types
        self.findings = list(contents.findings)
        self.inside = [p for p in contents.files if p.startswith(self.start)]
        self.papers: set[str] = set()

    def run(self) -> Package:
        description = self._note()
        catalogue = self._catalogues()
        digests = self._digests()
        folders = self._folders(catalogue)
        self._assign(folders, catalogue)
        records = self._records(folders, catalogue)
        self._compare(records, folders, catalogue)
        register = register_of(description)
        return Package(
            form="dat93",
            root=self.contents.root,
            files=tuple(self.contents.files.values()),
            records=tuple(records),
            register=register if description else Register(),
            declared=catalogue.rows,
            findings=tuple(self.findings),
            fonds=self._fonds(description, records),
            sender=register.unit,
            description=description,
            base=self.base,
            digests=digests,
        )

    # --- papers

    def _paper(self, name: str) -> str:
        """Return the path of a paper whatever the case of its letters, "" when it is not there."""
        wanted = (self.start + name).upper()
        found = [p for p in self.inside if p.upper() == wanted]
        self.papers.update(found)
        return found[0] if found else ""

    def _note(self) -> dict[str, str]:
        path = self._paper(NOTE)
        if not path:
            self.findings.append(Finding("packages.dat93.note_missing", self.start + NOTE))
            return {}
        told, findings = read_note(self.contents.read(path), path)
        self.findings.extend(findings)
        return told

    def _catalogues(self) -> Catalogue:
        rows: dict[str, Mapping[str, str]] = {}
        levels: dict[str, Level] = {}
        names: dict[str, str] = {}
        paths = [path for name in CATALOGUES if (path := self._paper(name))]
        if not paths:
            self.findings.append(Finding("packages.dat93.catalogue_missing", self.start + CATALOGUES[0]))
        for path in paths:
            read = read_catalogue(self.contents.read(path), path, self.types)
            self.findings.extend(read.findings)
            rows |= read.rows
            levels |= read.levels
            names |= read.names
        return Catalogue(rows, levels, names)

    def _digests(self) -> dict[str, dict[str, str]]:
        path = self._paper(f"{OTHERS}/{DIGESTS}")
        if not path:
            return {}
        told, findings = read_digests(self.contents.read(path), path)
        self.findings.extend(findings)
        return {self.start + name: digests for name, digests in told.items()}

    # --- records

    def _folders(self, catalogue: Catalogue) -> dict[str, _Folder]:
        """Return the record folders: those with a metadata file, and those named by a catalogued 档号."""
        folders: dict[str, _Folder] = {}
        others = f"{self.start}{OTHERS}/"
        for path in self.inside:
            name = path.rpartition("/")[2].upper()
            folder = path.rpartition("/")[0]
            if not name.endswith("元数据.XML") or path.startswith(others) or folder == self.base:
                continue
            if folder not in folders or name == FILE_NAME.upper():
                folders[folder] = _Folder(folder, path)
        for folder in self.contents.folders:
            if (
                folder.startswith(self.start)
                and not f"{folder}/".startswith(others)
                and folder.rpartition("/")[2] in catalogue.rows
            ):
                folders.setdefault(folder, _Folder(folder))
        for found in folders.values():
            self._read(found)
        return folders

    def _read(self, folder: _Folder) -> None:
        name = folder.path.rpartition("/")[2]
        if not folder.source:
            self.findings.append(Finding("packages.dat93.metadata_missing", folder.path))
            folder.told = ToldRecord(name, type=type_of(name, self.types))
            return
        told = read_metadata(self.contents.read(folder.source), folder.source, self.types)
        self.findings.extend(told.findings)
        if not told.ref:
            told = replace(told, ref=name, type=told.type or type_of(name, self.types))
            if not told.findings:
                self.findings.append(Finding("packages.dat93.metadata_without_ref", folder.source))
        elif told.ref != name:
            self.findings.append(Finding("packages.dat93.folder_name", folder.path, told.ref, name))
        folder.told = told

    def _assign(self, folders: dict[str, _Folder], catalogue: Catalogue) -> None:
        """Give every file to the nearest record folder above it, else (2012) to the row that names it."""
        named = {name: ref for ref, name in catalogue.names.items() if name}
        named |= {ref: ref for ref in catalogue.rows}
        others = f"{self.start}{OTHERS}/"
        for path in self.inside:
            if path in self.papers or path.startswith(others):
                continue
            above = path.rpartition("/")[0]
            while above and above not in folders:
                above = above.rpartition("/")[0]
            if above in folders:
                if path != folders[above].source:
                    folders[above].files.append(path)
            elif ref := self._named(path, named):
                virtual = f"{path.rpartition('/')[0]}/{ref}"
                folder = folders.get(virtual)
                if folder is None:
                    folder = folders[virtual] = _Folder(virtual)
                    self._read(folder)
                folder.files.append(path)
            else:
                severity = Severity.WARNING if made_by_desktop(path) else Severity.ERROR
                self.findings.append(Finding("packages.dat93.astray", path, severity=severity))

    def _named(self, path: str, named: Mapping[str, str]) -> str:
        name = path.rpartition("/")[2]
        return named.get(name, "") or named.get(name.rpartition(".")[0], "")

    def _records(self, folders: dict[str, _Folder], catalogue: Catalogue) -> list[PackageRecord]:
        places = {ref: order for order, ref in enumerate(catalogue.rows, 1)}
        last = len(places) + 1
        ordered = sorted(
            folders.values(), key=lambda f: (places.get(f.told.ref, last), f.path.encode("utf-8"))
        )
        records = []
        for order, folder in enumerate(ordered, 1):
            told = folder.told
            level = told.level if folder.source and told.values else catalogue.levels.get(told.ref, "item")
            values = told.values or {"ref": told.ref, **catalogue.rows.get(told.ref, {})}
            records.append(
                PackageRecord(
                    ref=told.ref,
                    level=level,
                    type=told.type or type_of(told.ref, self.types),
                    values=values,
                    components=self._components(folder),
                    parent=told.parent or self._above(folder, folders),
                    source=folder.source,
                    order=order,
                )
            )
        return records

    def _above(self, folder: _Folder, folders: dict[str, _Folder]) -> str:
        above = folder.path.rpartition("/")[0]
        while above and above not in folders:
            above = above.rpartition("/")[0]
        return folders[above].told.ref if above in folders else ""

    def _components(self, folder: _Folder) -> tuple[Component, ...]:
        """Return the declared files in their declared order, then those nobody declared."""
        found = set(folder.files)
        parts = []
        for told in folder.told.files:
            path = f"{folder.path}/{told.name}"
            if path not in found:
                self.findings.append(Finding("packages.dat93.component_missing", path))
                continue
            found.discard(path)
            parts.append(Component(path, told.role, told.order, told.size, told.format, dict(told.digests)))
        parts.sort(key=lambda component: component.order)
        for path in folder.files:
            if path in found:
                if folder.told.files:
                    self.findings.append(Finding("packages.dat93.component_extra", path))
                parts.append(Component(path, order=len(parts) + 1))
        return tuple(parts)

    def _compare(
        self, records: list[PackageRecord], folders: dict[str, _Folder], catalogue: Catalogue
    ) -> None:
        counted = Counter(record.ref for record in records)
        for ref, count in counted.items():
            if count > 1:
                self.findings.append(Finding("packages.dat93.ref_twice", ref, "1", str(count)))
            if catalogue.rows and ref not in catalogue.rows:
                self.findings.append(Finding("packages.dat93.folder_extra", ref))
        for ref in catalogue.rows:
            if ref not in counted:
                self.findings.append(Finding("packages.dat93.folder_missing", ref))
        holding = Counter(record.parent for record in records)
        for record in records:
            if not record.components and not (record.level == "file" and holding[record.ref]):
                self.findings.append(Finding("packages.dat93.content_missing", record.ref))

    def _fonds(self, description: Mapping[str, str], records: list[PackageRecord]) -> str:
        if description.get("全宗号"):
            return description["全宗号"]
        for record in records:
            told = record.values.get("fonds") or record.ref.partition("-")[0]
            if told:
                return told
        tops = {p[len(self.start) :].partition("/")[0] for p in self.inside if "/" in p[len(self.start) :]}
        tops -= {OTHERS, _OLD_ROOT}
        return min(tops, default="")
