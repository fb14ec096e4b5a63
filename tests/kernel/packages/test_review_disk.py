"""An archive that promises more than the disk holds is not begun."""

from __future__ import annotations

import shutil
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from lantai.kernel.errors import Unavailable
from lantai.kernel.packages import unpack

_Usage = namedtuple("_Usage", ["total", "used", "free"])


def test_what_the_disk_cannot_hold_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "big.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("a/大.bin", bytes(1 << 20))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(0, 0, 1 << 19))
    with pytest.raises(Unavailable, match="disk"):
        unpack(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
