"""Which file of a package is what, and which of the opener's findings belongs to which item."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from lantai.kernel.fourprops.evidence import METADATA, Evidence
from lantai.kernel.fourprops.model import Item, Result
from lantai.kernel.fourprops.results import judged, not_applicable

JUNK = ("thumbs.db", ".ds_store", "desktop.ini", "~$*", "._*", "*.tmp")
_PAPERS = ("说明文件.*", "目录文件.*", "文件目录.*", "案卷目录.*", "其他/*")
FRAME = {
    "dat93": _PAPERS,
    "bagit": (),
    "list": ("*.xlsx", "*.xls", "*.csv"),
    "desk": (),
    "eep": ("其他/*",),
    "eark": (
        "METS.xml",
        "metadata/*",
        "schemas/*",
        "documentation/*",
        "representations/*/METS.xml",
        "representations/*/metadata/*",
        "representations/*/schemas/*",
        "representations/*/documentation/*",
        *(f"representations/*/data/{name}" for name in _PAPERS),
    ),
}
"""What a form keeps beside the records, below the folder in which it was found."""


def structure(evidence: Evidence, item: Item) -> Result:
    """Judge the opener's findings whose codes begin as the item's ``codes`` say.

    With ``rest`` true the item also takes every finding that begins as none of ``elsewhere``, so that none
    is lost.
    """
    if evidence.package.form in item.parameters.get("not_for", ()):
        return not_applicable("fourprops.form.none")
    found = list(evidence.findings_of(*item.parameters.get("codes", ())))
    if item.parameters.get("rest"):
        others = (*item.parameters.get("codes", ()), *item.parameters.get("elsewhere", ()))
        found += [finding for finding in evidence.package.findings if not finding.code.startswith(others)]
    return judged(found, form=evidence.package.form)


def _belonging(evidence: Evidence) -> set[str]:
    """Return the files that records name as content, as metadata or as their source."""
    package = evidence.package
    named = {component.path for record in package.records for component in record.components}
    return named | {record.source for record in package.records}


def _in_frame(evidence: Evidence, path: str) -> bool:
    package = evidence.package
    base = f"{package.base}/" if package.base else ""
    if not path.startswith(base):
        return False
    inner = path.removeprefix(base)
    if package.form == "bagit" and not inner.startswith("data/"):
        return True
    inner = inner.removeprefix("data/") if package.form == "bagit" else inner
    patterns = FRAME["dat93"] if package.form == "bagit" else FRAME[package.form]
    return any(
        fnmatchcase(inner.lower(), pattern.lower()) and ("/" in pattern or "/" not in inner)
        for pattern in patterns
    )


def _is_junk(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    return any(fnmatchcase(name, pattern) for pattern in JUNK)


def strays(evidence: Evidence) -> Iterator[str]:
    """Yield the files that belong neither to a record nor to the package's frame, in order."""
    named = _belonging(evidence)
    for path in sorted(evidence.sizes):
        if path not in named and (_is_junk(path) or not _in_frame(evidence, path)):
            yield path


def orphans(evidence: Evidence) -> list[str]:
    """Return the strays that look like content or metadata: left by a record, not by an operating system."""
    return [path for path in strays(evidence) if not _is_junk(path) and not _is_metadata(path)]


def _is_metadata(path: str) -> bool:
    name = PurePosixPath(path)
    return name.suffix.lower() == ".xml" and any(word in name.stem.lower() for word in METADATA)
