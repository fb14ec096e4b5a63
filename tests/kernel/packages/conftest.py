"""What tests of packages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.kernel.packages import build
from tests.kernel.packages.eeps import MOMENT, single
from tests.kernel.packages.samples import types


@pytest.fixture
def eep(tmp_path: Path) -> Path:
    """Return a folder with one EEP file in it."""
    build(single(tmp_path / "in"), tmp_path / "out", types(), form="eep", moment=MOMENT)
    return tmp_path / "out"
