"""One check per kind of thing; each returns the answer as an item, and cannot be asked for what it cannot tell."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from lantai.kernel import recordtypes
from lantai.kernel.digests import FileDigests, digest_files
from lantai.kernel.errors import Fact, LantaiError, Unavailable
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.ocfl import validate_object, validate_root
from lantai.kernel.ocfl.roots import object_folders
from lantai.kernel.packages.arrival import arrive, needs_unfolding
from lantai.kernel.packages.bagit import validate_bag
from lantai.kernel.packages.compare import compare_digests
from lantai.kernel.packages.model import Package
from lantai.kernel.packages.opening import open_package
from lantai.kernel.storage import LocalStore, ReadOnlyStore, Store
from lantai.kernel.verify.deposits import check_deposits
from lantai.kernel.verify.detect import Shape, inner, shape_of
from lantai.kernel.verify.exported import check_export
from lantai.kernel.witness import kept
from lantai.kernel.witness.answers import Item, Kind, Verdict, answer, finding_from
from lantai.kernel.witness.documents import check_document
from lantai.kernel.witness.folder import Folder
from lantai.kernel.witness.kept import Given

ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sm3"})
"""Digests that can be computed here, for what a sender may have declared."""

THREADS = 2
IN_FLIGHT = 64

Progress = Callable[[str, int, int], None]
"""Told while something large is read: what, how many done, how many in all (0 = not known)."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the caller gave: what he trusts and kept from earlier, and ears for progress."""

    given: Given
    progress: Progress


def examine(path: Path, means: Means) -> Iterator[Item]:
    """Yield the answers about ``path``, an existing file or folder: one, or one per part of a vault."""
    if not path.is_file() and not path.is_dir():
        yield Item(str(path), Kind.UNKNOWN, Verdict.UNKNOWN, {}, (Finding("verify.path.unknown", str(path)),))
        return
    try:
        shape = shape_of(path)
    except OSError as error:
        yield _unreadable(path, Kind.UNKNOWN, error)
        return
    if shape is Shape.VAULT:
        if (
            path / "ocfl"
        ).is_dir():  # a vault without any object has none; one that lost them is told by deposits
            yield _guarded(path / "ocfl", Kind.OCFL_ROOT, check_root, means)
        ledger = _guarded(path / "ledger", Kind.LEDGER, check_ledger, means)
        yield ledger
        if ledger.verdict is not Verdict.NO:
            deposits = _guarded(path, Kind.DEPOSITS, check_vault, means)
            if deposits.facts.get("batches") or deposits.verdict is not Verdict.YES:
                yield deposits
    elif shape is Shape.ARCHIVE:
        yield _guarded(path, Kind.PACKAGE, check_archive, means)
    else:
        kind, check = CHECKS[shape]
        yield _guarded(path, kind, check, means)


Check = Callable[[Path, Means], Item]


def _guarded(path: Path, kind: Kind, check: Check, means: Means) -> Item:
    """Return the answer; what stopped the check becomes its only finding."""
    try:
        item = check(path, means)
        if means.given.since and kind not in (Kind.LEDGER, Kind.OCFL_ROOT, Kind.DEPOSITS):
            unused = Finding("verify.since.unused", severity=Severity.WARNING)
            item = replace(item, findings=(*item.findings, unused))
        return item
    except OSError as error:
        return _unreadable(path, kind, error)
    except Unavailable as error:
        return Item(str(path), kind, Verdict.UNKNOWN, {}, (finding_from(error, str(path)),))
    except LantaiError as error:
        return Item(str(path), kind, Verdict.NO, {}, (finding_from(error, str(path)),))


def _unreadable(path: Path, kind: Kind, error: OSError) -> Item:
    reason = error.strerror or str(error)
    finding = Finding("verify.path.unreadable", str(error.filename or path), facts={"reason": reason})
    return Item(str(path), kind, Verdict.UNKNOWN, {}, (finding,))


def check_exported(path: Path, means: Means) -> Item:
    """Check an exported record with its proof."""
    return check_export(path, means.given.keys)


def check_ledger(path: Path, means: Means) -> Item:
    """Check a ledger: see :func:`lantai.kernel.witness.kept.check_ledger`."""
    name = str(path)
    return kept.check_ledger(
        name, Folder(path), means.given, lambda done, size: means.progress(name, done, size)
    )


def check_proof(path: Path, means: Means) -> Item:
    """Check a proof that came as one file."""
    return check_document(str(path), path.read_bytes(), means.given.keys)


def _of(findings: Sequence[Finding], *codes: str) -> bool:
    return any(finding.code in codes for finding in findings)


def check_vault(path: Path, means: Means) -> Item:
    """Compare a vault's objects with what its ledger tells of them."""
    return check_deposits(path)


def check_root(path: Path, means: Means) -> Item:
    """Check an OCFL storage root: its layout, and every byte of every object, by two threads."""
    store = ReadOnlyStore(LocalStore(path))
    findings = validate_root(store, objects=False)
    folders = (folder for folder, _ in object_folders(store))
    count = 0
    for folder, found in _validated(store, folders):
        count += 1
        findings += [replace(each, path=f"{folder}/{each.path}".rstrip("/")) for each in found]
        means.progress(str(path), count, 0)
    return answer(str(path), Kind.OCFL_ROOT, findings, {"objects": count})


def _validated(store: Store, folders: Iterable[str]) -> Iterator[tuple[str, list[Finding]]]:
    """Yield every folder with its findings; memory does not grow with their number."""
    waiting = iter(folders)
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(waiting, IN_FLIGHT)):
            yield from zip(batch, pool.map(lambda folder: validate_object(store, folder), batch), strict=True)


def check_object(path: Path, means: Means) -> Item:
    """Check one OCFL object."""
    return answer(str(path), Kind.OCFL_OBJECT, validate_object(ReadOnlyStore(LocalStore(path))), {})


def check_bag(path: Path, means: Means) -> Item:
    """Check a bag: structure, completeness, digests."""
    return answer(str(path), Kind.BAG, validate_bag(path), {})


def check_folder(path: Path, means: Means) -> Item:
    """Check a transfer package: its structure and the digests that the sender declared."""
    if needs_unfolding(path):
        return _check_unfolded(path, means)
    return _check_opened(path, means)


def _check_unfolded(path: Path, means: Means) -> Item:
    """Check a folder of EEP files as an unfolded copy: nothing is written beside what is checked."""
    with tempfile.TemporaryDirectory(prefix="lantai-verify-") as place:
        content = Path(place) / "content"
        arrive(path, content, digests=False, threads=THREADS)
        return replace(_check_opened(content, means), path=str(path))


def _check_opened(path: Path, means: Means) -> Item:
    package = open_package(path, recordtypes.load())
    if _of(package.findings, "packages.package.unrecognised"):
        finding = Finding("verify.path.unknown", str(path))
        return Item(str(path), Kind.UNKNOWN, Verdict.UNKNOWN, {}, (finding,))
    declared = _declared(package)
    findings = [*package.findings, *compare_digests(package, _computed(package, declared, means))]
    for algorithm in sorted(declared - ALGORITHMS):
        told = {"algorithm": algorithm}
        findings.append(Finding("verify.digest.unsupported", severity=Severity.WARNING, facts=told))
    return answer(str(path), Kind.PACKAGE, findings, _counts(package))


def _declared(package: Package) -> set[str]:
    """Return the algorithms of all digests that the sender declared."""
    parts = [part.declared_digest for record in package.records for part in record.components]
    return {algorithm for digests in (*package.digests.values(), *parts) for algorithm in digests}


def _computed(package: Package, declared: set[str], means: Means) -> dict[str, FileDigests]:
    """Return size and digests of every file of the package by the declared algorithms, read by two threads."""
    paths = [file.path for file in package.files]
    algorithms = sorted(declared & ALGORITHMS)
    found = digest_files((package.root / path for path in paths), algorithms, THREADS)
    digests = {}
    for path, digest in zip(paths, found, strict=True):
        digests[path] = digest
        means.progress(str(package.root), len(digests), len(paths))
    return digests


def _counts(package: Package) -> dict[str, Fact]:
    size = sum(file.size for file in package.files)
    return {"form": package.form, "records": len(package.records), "files": len(package.files), "bytes": size}


def check_archive(path: Path, means: Means) -> Item:
    """Unpack a zip or tar into a temporary folder and check what is in it."""
    with tempfile.TemporaryDirectory(prefix="lantai-verify-") as place:
        unpacked = Path(place) / "content"
        container = arrive(path, unpacked, digests=False, threads=THREADS)
        inside = inner(unpacked)
        shape = shape_of(inside)
        # What came out of the archive is unfolded already.
        item = (
            CHECKS[shape][1](inside, means)
            if shape in CHECKS and shape is not Shape.FOLDER
            else _check_opened(inside, means)
        )
        return replace(item, path=str(path), findings=(*container.findings, *item.findings))


CHECKS: dict[Shape, tuple[Kind, Check]] = {
    Shape.EXPORT: (Kind.EXPORT, check_exported),
    Shape.LEDGER: (Kind.LEDGER, check_ledger),
    Shape.PROOF: (Kind.PROOF, check_proof),
    Shape.OCFL_ROOT: (Kind.OCFL_ROOT, check_root),
    Shape.OCFL_OBJECT: (Kind.OCFL_OBJECT, check_object),
    Shape.BAG: (Kind.BAG, check_bag),
    Shape.FOLDER: (Kind.PACKAGE, check_folder),
}
