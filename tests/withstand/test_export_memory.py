"""An export of fifty thousand records takes no more memory than one of a few."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MANY = 50_000
FEW = 1_000
MORE = 24 << 20


def taken(form: str, count: int, home: Path) -> int:
    """Write ``count`` records in a process of its own and return its peak memory."""
    environment = {**os.environ, "LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.site.settings"}
    command = [sys.executable, "-m", "tests.withstand.export_many", form, str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    written, _size, peak, _seconds = done.stdout.split()
    assert int(written) == count
    return int(peak)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx", "xml", "dc"])
def test_memory_is_flat(form: str, tmp_path: Path) -> None:
    home = tmp_path / "site"
    assert taken(form, MANY, home) - taken(form, FEW, home) < MORE
