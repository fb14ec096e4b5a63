"""Where the shared test corpora lie, when they do: beside the checkout, or where LANTAI_CORPORA says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def corpora() -> Path | None:
    """Return the folder of all corpora, or None where there is none."""
    told = os.environ.get("LANTAI_CORPORA")
    beside = Path(__file__).resolve().parents[2] / "shared" / "corpora"
    found = Path(told) if told else beside
    return found if found.is_dir() else None


def corpus(name: str) -> Path | None:
    """Return the folder of the corpus ``name`` (such as ``01-bagit``), or None."""
    folder = corpora()
    return folder / name if folder and (folder / name).is_dir() else None


def need(name: str) -> Path:
    """Return the folder of the corpus, or skip the test that asks."""
    folder = corpus(name)
    if folder is None:
        pytest.skip(f"the corpus {name} is not beside the project")
    return folder
