"""Building the sample district once and finding it again."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lantai.sample.district import (
    ARCHIVES,
    BUREAU,
    FONDS,
    NAME,
    PEOPLE,
    UNITS,
    District,
    Entry,
    SamplePackage,
)
from lantai.sample.entries import catalogue

MARKER = "district.json"
_SOURCES = sorted(path for suffix in ("*.py", "*.typ") for path in Path(__file__).parent.glob(suffix))


def build(out: Path, seed: int = 2026) -> District:
    """Return the district whose packages lie in ``out``, built there unless a complete one is there already.

    Complete means: the marker file, written last, names the same seed and the same program text. Anything
    else below ``out/packages`` and ``out/staging`` is removed first; other files in ``out`` stay.
    """
    wanted = {"seed": seed, "program": _program()}
    told = _marker(out)
    if told is None or told["made_for"] != wanted or not _all_there(out, told):
        _make(out, seed, wanted)
        told = _marker(out)
    if told is None:
        raise RuntimeError("the marker that was just written cannot be read")
    return _district(out, told, seed)


def _make(out: Path, seed: int, wanted: dict[str, Any]) -> None:
    from lantai.sample import transfers

    (out / MARKER).unlink(missing_ok=True)
    for name in ("packages", "staging"):
        shutil.rmtree(out / name, ignore_errors=True)
    (out / "packages").mkdir(parents=True)
    packages, entries = transfers.build(out / "packages", out / "staging", seed)
    shutil.rmtree(out / "staging")
    document = {
        "made_for": wanted,
        "packages": [_package_as_json(package, out) for package in packages],
        "entries": [asdict(entry) for entry in entries],
    }
    part = out / f"{MARKER}.part"
    part.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    part.replace(out / MARKER)


def _all_there(out: Path, told: dict[str, Any]) -> bool:
    paths = [package[key] for package in told["packages"] for key in ("path", "corrected")]
    return all((out / path).exists() for path in paths if path)


def _program() -> str:
    """Return a digest of this package's text: a changed generator makes a new district."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _marker(out: Path) -> dict[str, Any] | None:
    path = out / MARKER
    if not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def _package_as_json(package: SamplePackage, out: Path) -> dict[str, Any]:
    told = asdict(package)
    for key in ("path", "corrected"):
        told[key] = told[key].relative_to(out).as_posix() if told[key] else None
    return told


def _district(out: Path, told: dict[str, Any], seed: int) -> District:
    handed_over = [Entry(**entry) for entry in told["entries"]]
    packages = [
        SamplePackage(
            **{
                **package,
                "path": out / package["path"],
                "corrected": out / package["corrected"] if package["corrected"] else None,
            }
        )
        for package in told["packages"]
    ]
    entries = (*catalogue(seed), *handed_over)
    return District(NAME, UNITS, ARCHIVES, BUREAU, FONDS, PEOPLE, entries, tuple(packages))
