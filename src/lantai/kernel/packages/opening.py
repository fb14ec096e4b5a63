"""One door for all forms of packages: recognise, then read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lantai.kernel.errors import Invalid, LantaiError
from lantai.kernel.findings import Finding
from lantai.kernel.packages.bagit import Bag, check_completeness, is_bag, read_bag
from lantai.kernel.packages.columns import Types, type_of
from lantai.kernel.packages.contents import Contents, survey
from lantai.kernel.packages.dat93 import is_dat93, read_dat93
from lantai.kernel.packages.eark import is_eark, read_eark
from lantai.kernel.packages.eep import is_eep, read_eeps
from lantai.kernel.packages.lists import read_list
from lantai.kernel.packages.model import Component, Draft, Form, Package, PackageRecord, Register
from lantai.kernel.packages.telling import finding_of

_SHEETS = (".xlsx", ".xls", ".xlsm", ".csv", ".tsv")
_WRAPPINGS = 3


def open_package(root: Path, types: Types) -> Package:
    """Return the package below the folder ``root``; archives often wrap it in a folder or two.

    A BagIt bag is read as what its payload is; EEP files must be unfolded before (:mod:`~.arrival`), or their
    content is told as missing. What is wrong is in the findings: structure and completeness here, digests by
    :func:`~.compare.compare_digests` with those computed at unpacking. A folder that is none of the forms
    comes back as a DA/T 93 folder with ``packages.package.unrecognised``.
    """
    contents = survey(root)
    base = _base(contents)
    form = _form(contents, base)
    if form == "bagit":
        return _bag(contents, base, types)
    if form == "eark":
        return read_eark(contents, base, types)
    if form == "eep":
        return read_eeps(contents, base, types)
    if form == "list":
        return _list(contents, base, _sheet(contents, base), types)
    package = read_dat93(contents, base, types)
    if form == "dat93":
        return package
    finding = Finding("packages.package.unrecognised", base)
    return replace(package, findings=(finding, *package.findings))


def form_of(contents: Contents) -> Form | None:
    """Return the form of what lies below the root, None when it is none of them."""
    return _form(contents, _base(contents))


def _form(contents: Contents, base: str) -> Form | None:
    """Return the first form that shows itself in the folder ``base``; the order is that of trust in its marks."""
    if is_bag(contents, base):
        return "bagit"
    if is_dat93(contents, base):
        return "dat93"
    if is_eark(contents, base):
        return "eark"
    if is_eep(contents, base):
        return "eep"
    return "list" if _sheet(contents, base) else None


def _base(contents: Contents) -> str:
    """Return the folder in which a form shows itself, going down while there is only one folder."""
    base = ""
    for _ in range(_WRAPPINGS):
        if _form(contents, base):
            return base
        start = f"{base}/" if base else ""
        if any("/" not in p[len(start) :] for p in contents.files if p.startswith(start)):
            return ""
        inner = [f for f in contents.folders if f.startswith(start) and "/" not in f[len(start) :]]
        if len(inner) != 1:
            return ""
        base = inner[0]
    return ""


def _bag(contents: Contents, base: str, types: Types) -> Package:
    """Return the bag's payload as a package, with the bag's own findings, digests and description."""
    bag = read_bag(contents, base)
    start = f"{base}/" if base else ""
    findings = check_completeness(bag, contents)
    inner = start + "data"
    package = read_dat93(contents, inner, types)
    known = is_dat93(contents, inner)
    own = [f for f in package.findings if f not in contents.findings] if known else []
    description = {name: "\n".join(values) for name, values in bag.info.items()}
    return replace(
        package,
        form="bagit",
        findings=(*findings, *own),
        base=base,
        description=description | dict(package.description),
        sender=package.sender or description.get("Source-Organization", ""),
        fonds=package.fonds if known else "",
        register=package.register if known else _oxum(bag),
        digests=_merged(package, bag, start),
    )


def _merged(package: Package, bag: Bag, start: str) -> dict[str, dict[str, str]]:
    told = {path: dict(digests) for path, digests in package.digests.items()}
    for path, digests in bag.expected().items():
        told[start + path] = told.get(start + path, {}) | digests
    return told


def _oxum(bag: Bag) -> Register:
    size, _, count = (bag.info.get("Payload-Oxum") or [""])[0].partition(".")
    if not (size.isdecimal() and count.isdecimal() and len(size) < 19 and len(count) < 19):
        return Register()
    return Register(files=int(count), bytes=int(size))


def _sheet(contents: Contents, base: str) -> str:
    """Return the one list that lies at the top, "" when there is none or more than one."""
    start = f"{base}/" if base else ""
    top = [p for p in contents.files if p.startswith(start) and "/" not in p[len(start) :]]
    sheets = [path for path in top if path.lower().endswith(_SHEETS)]
    return sheets[0] if len(sheets) == 1 else ""


def _list(contents: Contents, base: str, sheet: str, types: Types) -> Package:
    folder = contents.root / base
    path = contents.root / sheet
    findings: tuple[Finding, ...]
    try:
        draft = _read(path, folder, types)
        findings = draft.findings
    except LantaiError as error:
        draft = Draft("", "", ())
        findings = (*contents.findings, finding_of(error, sheet))
    start = f"{base}/" if base else ""
    records = tuple(
        PackageRecord(
            ref=record.ref,
            level=record.level,
            type=record.type,
            values=record.values,
            components=tuple(
                Component(start + file.source.relative_to(folder).as_posix(), file.role, order)
                for order, file in enumerate(record.files, 1)
            ),
            parent=record.parent,
            source=sheet,
            order=order,
        )
        for order, record in enumerate(draft.records, 1)
    )
    return Package(
        form="list",
        root=contents.root,
        files=tuple(contents.files.values()),
        records=records,
        register=Register(),
        declared={record.ref: record.values for record in records},
        findings=findings,
        fonds=draft.fonds,
        sender=draft.sender,
        description={},
        base=base,
    )


def _read(sheet: Path, folder: Path, types: Types) -> Draft:
    """Read the list as the type that its first 档号 names, and by the 全宗号 that it begins with."""
    if not types:
        raise Invalid("packages.list.no_types")
    draft = read_list(sheet, folder, types[type_of("", types)], "")
    first = draft.records[0].ref if draft.records else ""
    code = type_of(first, types)
    if code != type_of("", types):
        draft = read_list(sheet, folder, types[code], "")
    return replace(draft, fonds=first.partition("-")[0])
