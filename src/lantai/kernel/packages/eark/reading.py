"""E-ARK information packages (CSIP, SIP, also AIP and DIP) read into the one view of packages.

A representation whose data is a DA/T 93 folder (as :mod:`.writing` makes it) is read as that; any other package
is one record: named by OBJID, described by its Dublin Core or EAD, made of its representations' data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.errors import LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.columns import Types, type_of
from lantai.kernel.packages.contents import Contents, lies_in, made_by_desktop, parted
from lantai.kernel.packages.dat93 import dat93_folders, read_dat93
from lantai.kernel.packages.eark.mets import NAME, Mets, read_mets, resolve
from lantai.kernel.packages.model import LIMITS, Component, Level, Package, PackageRecord, Register
from lantai.kernel.packages.telling import finding_of

MISSING = 1000
"""Missing files that are told one by one."""
_DESCRIBED = {
    "title": "title",
    "creator": "author",
    "date": "date",
    "description": "abstract",
    "subject": "keywords",
    "unittitle": "title",
    "origination": "author",
    "unitdate": "date",
    "scopecontent": "abstract",
}
"""Element keys by the names of Dublin Core and of EAD's archdesc."""


def is_eark(contents: Contents, base: str) -> bool:
    """Return whether the folder ``base`` is an information package: METS.xml, or the folders around it."""
    start = f"{base}/" if base else ""
    folders = {f"{start}representations", f"{start}metadata"}
    return start + NAME in contents.files or folders <= set(contents.folders)


def check_structure(contents: Contents, base: str) -> list[Finding]:
    """Return what the folder lacks of CSIP 2.1's structure; only a missing METS.xml is an error.

    Facts: ``requirement`` (``CSIPSTR4`` …).
    """
    start = f"{base}/" if base else ""
    folders = set(contents.folders)
    inside = {f[len(start) :] for f in folders if f.startswith(start)}
    representations = sorted(f for f in inside if f.startswith("representations/") and f.count("/") == 1)
    lacks: list[tuple[str, str]] = []
    if start + NAME not in contents.files:
        lacks.append(("CSIPSTR4", NAME))
    if "metadata" not in inside:
        lacks.append(("CSIPSTR5", "metadata/"))
    else:
        rules = (("CSIPSTR6", "metadata/preservation"), ("CSIPSTR7", "metadata/descriptive"))
        lacks += [(rule, f"{name}/") for rule, name in rules if name not in inside]
    if "representations" not in inside:
        lacks.append(("CSIPSTR9", "representations/"))
    elif not representations:
        lacks.append(("CSIPSTR10", "representations/*/"))
    for name, rule in (("schemas", "CSIPSTR15"), ("documentation", "CSIPSTR16")):
        if name not in inside and not any(f"{r}/{name}" in inside for r in representations):
            lacks.append((rule, f"{name}/"))
    for each in representations:
        lacks += [("CSIPSTR11", f"{each}/data/")] if f"{each}/data" not in inside else []
        lacks += [("CSIPSTR12", f"{each}/{NAME}")] if f"{start}{each}/{NAME}" not in contents.files else []
        lacks += [("CSIPSTR13", f"{each}/metadata/")] if f"{each}/metadata" not in inside else []
    return [
        Finding(
            "packages.eark.structure",
            base,
            place,
            severity=Severity.ERROR if rule == "CSIPSTR4" else Severity.WARNING,
            facts={"requirement": rule},
        )
        for rule, place in lacks
    ]


def read_eark(contents: Contents, base: str, types: Types, limit: int = LIMITS.files) -> Package:
    """Return the package in the folder ``base``; what is wrong is in its findings.

    Of what all its METS files list no more than ``limit`` references are followed.
    """
    return _Reading(contents, base, types, limit).run()


@dataclass(slots=True)
class _Described:
    """What a descriptive metadata file tells."""

    values: dict[str, str]
    level: Level = "item"


class _Reading:
    def __init__(self, contents: Contents, base: str, types: Types, limit: int) -> None:
        self.contents = contents
        self.base = base
        self.start = f"{base}/" if base else ""
        self.types = types
        self.findings = [*contents.findings, *check_structure(contents, base)]
        self.digests: dict[str, dict[str, str]] = {}
        self.limit = limit
        self.references = self.missing = 0
        self.listed: set[str] = set()
        self.described: list[str] = []

    def run(self) -> Package:
        top = self._mets(self.start + NAME)
        folders = self._representations()
        for folder in folders:
            self._mets(f"{folder}/{NAME}")
        self._unlisted(folders)
        data = [f"{folder}/data" for folder in folders]
        marked = dat93_folders(self.contents)
        parts = parted(self.contents, {folder for folder in data if folder in marked})
        inner = [read_dat93(parts[folder], folder, self.types) for folder in data if folder in parts]
        if inner:
            return self._wrapped(top, inner)
        record = self._record(top, data)
        return self._package(top, (record,), Register(unit=top.creator), "", {})

    def _package(
        self,
        top: Mets,
        records: tuple[PackageRecord, ...],
        register: Register,
        fonds: str,
        description: dict[str, str],
    ) -> Package:
        told = {"OBJID": top.identifier, "LABEL": top.label, "TYPE": top.type, "OAISPACKAGETYPE": top.kind}
        return Package(
            form="eark",
            root=self.contents.root,
            files=tuple(self.contents.files.values()),
            records=records,
            register=register,
            declared={},
            findings=tuple(self.findings),
            fonds=fonds,
            sender=register.unit or top.creator,
            description={name: text for name, text in told.items() if text} | description,
            base=self.base,
            digests=self.digests,
        )

    def _wrapped(self, top: Mets, inner: list[Package]) -> Package:
        """Return the package with what lies in the DA/T 93 folders of its representations."""
        for package in inner:
            self.findings.extend(package.findings)
            for path, digests in package.digests.items():
                self._declare(path, digests)
        first = inner[0]
        records = tuple(record for package in inner for record in package.records)
        description = dict(first.description)
        whole = self._package(top, records, first.register, first.fonds, description)
        declared = {ref: row for package in inner for ref, row in package.declared.items()}
        return replace(whole, declared=declared, sender=first.sender or top.creator)

    def _representations(self) -> list[str]:
        start = f"{self.start}representations/"
        return [f for f in self.contents.folders if f.startswith(start) and "/" not in f[len(start) :]]

    def _mets(self, path: str) -> Mets:
        """Read a METS file, note what it lists, and tell what is not there."""
        if path not in self.contents.files:
            return Mets()
        mets = read_mets(self.contents.read(path), path)
        self.findings.extend(mets.findings)
        self.listed.add(path)
        folder = path.rpartition("/")[0]
        for reference in mets.references:
            self.references += 1
            if self.references > self.limit:
                if self.references == self.limit + 1:
                    self.findings.append(Finding("packages.eark.references", path, str(self.limit)))
                break
            target = resolve(reference.href, folder, self.contents)
            if target is None:
                finding = Finding("packages.eark.outside", path, "", reference.href[:200], Severity.WARNING)
                self.findings.append(finding)
                continue
            self.listed.add(target)
            file = self.contents.files.get(target)
            # A schema that is missing or another costs no record: real packages list what they do not hold.
            schema = "/schemas/" in f"/{target}"
            severity = Severity.WARNING if schema else Severity.ERROR
            if file is None:
                self._missing(target, severity)
                continue
            if reference.size not in (None, file.size):
                told, found = str(reference.size), str(file.size)
                self.findings.append(Finding("packages.size.differs", target, told, found, severity))
            self._declare(target, reference.digests)
            if reference.kind in ("DC", "EAD") and folder == self.base:
                self.described.append(target)
        return mets

    def _missing(self, target: str, severity: Severity) -> None:
        """Tell what is not there; past :data:`MISSING` only that there is more."""
        self.missing += 1
        if self.missing <= MISSING:
            self.findings.append(Finding("packages.eark.file_missing", target, severity=severity))
        elif self.missing == MISSING + 1:
            self.findings.append(Finding("packages.eark.more_missing", self.base, str(MISSING)))

    def _declare(self, path: str, digests: Mapping[str, str]) -> None:
        """Note digests that the sender declares; two that contradict each other cannot both be checked."""
        known = self.digests.setdefault(path, {})
        for algorithm, digest in digests.items():
            other = known.setdefault(algorithm, digest)
            if other != digest:
                facts = {"algorithm": algorithm}
                self.findings.append(
                    Finding("packages.eark.digests_differ", path, other, digest, facts=facts)
                )

    def _unlisted(self, folders: list[str]) -> None:
        """Tell the files of representations that no METS lists."""
        within = {folder for folder in folders if f"{folder}/{NAME}" in self.contents.files}
        for path in self.contents.files:
            if path not in self.listed and lies_in(path, within) and not made_by_desktop(path):
                self.findings.append(Finding("packages.eark.file_unlisted", path, severity=Severity.WARNING))

    def _record(self, top: Mets, data: list[str]) -> PackageRecord:
        ref = top.identifier or self.base.rpartition("/")[2] or "1"
        found = _Described({})
        for path in self.described:
            read = self._description(path)
            found.values = read.values | found.values
            found.level = read.level
        values = {"title": top.label, **found.values} if top.label else dict(found.values)
        within = set(data)
        paths = [path for path in self.contents.files if lies_in(path, within)]
        parts = tuple(
            Component(path, order=order, declared_digest=self.digests.get(path, {}))
            for order, path in enumerate(paths, 1)
        )
        source = self.described[0] if self.described else ""
        level: Level = "item" if parts else found.level
        return PackageRecord(
            ref, level, type_of(ref, self.types), {**values, "ref": ref}, parts, "", source, 1
        )

    def _description(self, path: str) -> _Described:
        try:
            root = xml.parse(self.contents.read(path), path).root
        except LantaiError as error:
            self.findings.append(finding_of(error, path))
            return _Described({})
        if xml.name(root) != "ead":
            return _Described(_values(root))
        described = root.find("{*}archdesc")
        if described is None:
            return _Described({})
        own = [e for did in described.iterfind("{*}did") for e in did]
        own += list(described.iterfind("{*}scopecontent"))
        level: Level = "item" if described.get("level", "") == "item" else "file"
        return _Described(_named(own), level)


def _values(root: etree._Element) -> dict[str, str]:
    return _named([element for element in root.iter("{*}*") if not len(element)])


def _named(elements: list[etree._Element]) -> dict[str, str]:
    values: dict[str, str] = {}
    for element in elements:
        key = _DESCRIBED.get(xml.name(element), "")
        text = " ".join(xml.value(element).split())
        if key and text and text not in values.get(key, "").split("；"):
            values[key] = f"{values[key]}；{text}" if key in values else text
    return values
