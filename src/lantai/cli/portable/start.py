"""Becomes ``__main__.py`` of the portable program: unpacks it into a temporary folder and runs it from there.

Its modules read data files beside themselves, which a zip cannot give. Where lxml is not installed, the stand-in
takes its place; what reads Excel is absent until it is asked for.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import types
import zipfile
from pathlib import Path

LEAST = (3, 11)
ABSENT = ("orjson", "python_calamine", "resource")


class Absent(types.ModuleType):
    """A module that is not here: its names can be imported, and are exceptions nobody raises."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


def start() -> int:
    """Run the program that lies in the zip this file is in; return its exit status."""
    if sys.version_info[:2] < LEAST:
        sys.stderr.write("需要 Python 3.11 或更新版本 · Python 3.11 or later is needed\n")
        return 3
    with tempfile.TemporaryDirectory(prefix="lantai-package-") as place:
        with zipfile.ZipFile(Path(__file__).parent) as program:
            program.extractall(place)
        sys.path.insert(0, place)
        sys.path.append(str(Path(place) / "standins"))
        for name in ABSENT:
            if importlib.util.find_spec(name) is None:
                sys.modules[name] = Absent(name)
        from lantai.cli.portable.program import main

        return main()


if __name__ == "__main__":
    sys.exit(start())
