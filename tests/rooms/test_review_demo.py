"""The sample district must not touch a site that somebody works with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lantai.cli.demo import DEMO


def _lantai(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANTAI_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-m", "lantai", *arguments], env=environment, capture_output=True, text=True
    )


def test_a_site_with_units_of_its_own_is_left_alone(tmp_path: Path) -> None:
    assert _lantai(tmp_path, "init").returncode == 0
    assert _lantai(tmp_path, "unit", "add", "DAJ", "区档案局").returncode == 0
    for arguments in (("demo",), ("demo", "--fresh")):
        refused = _lantai(tmp_path, *arguments)
        assert refused.returncode != 0, refused.stdout
        assert not (tmp_path / DEMO).exists()
        assert (tmp_path / "lantai.sqlite3").exists()
