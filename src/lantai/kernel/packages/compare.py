"""What the sender declared about files, held against what was computed when they came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lantai.kernel.digests import FileDigests
from lantai.kernel.findings import Finding
from lantai.kernel.packages.model import Package


def compare_digests(package: Package, digests: Mapping[str, FileDigests]) -> list[Finding]:
    """Return the files whose size or digest is not the declared one; ``digests`` are by path.

    Codes: ``packages.digest.differs``, ``packages.size.differs``, ``packages.digest.missing`` (a declared
    file is not there). Declared algorithms that were not computed are not judged.
    """
    findings: list[Finding] = []
    for path, declared in sorted(package.digests.items()):
        if path in digests:
            findings.extend(_differing(path, declared, digests[path]))
        else:
            findings.append(Finding("packages.digest.missing", path))
    for record in package.records:
        for component in record.components:
            found = digests.get(component.path)
            if found is None:
                continue
            if component.declared_size not in (None, found.size):
                size = str(component.declared_size)
                findings.append(Finding("packages.size.differs", component.path, size, str(found.size)))
            if component.declared_digest != package.digests.get(component.path):
                findings.extend(_differing(component.path, component.declared_digest, found))
    return findings


def _differing(path: str, declared: Mapping[str, str], found: FileDigests) -> Iterator[Finding]:
    for algorithm, digest in declared.items():
        computed = found.digests.get(algorithm)
        if computed is not None and computed != digest.lower():
            yield Finding("packages.digest.differs", path, digest, computed, facts={"algorithm": algorithm})
