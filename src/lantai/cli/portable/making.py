"""``python -m lantai.cli.portable.making OUT``: write the portable program, the same bytes from the same sources."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import lantai
from lantai.cli.output import say

_ROOT = Path(lantai.__file__).parent
_PARTS = (
    "__init__.py",
    "cli/__init__.py",
    "cli/output.py",
    "cli/package.py",
    "cli/verbs.py",
    "cli/texts.toml",
    "cli/portable/__init__.py",
    "cli/portable/program.py",
    "cli/portable/texts.toml",
    "kernel/*.py",
    "kernel/texts.toml",
    "kernel/packages/**/*",
    "kernel/recordtypes/**/*",
    "kernel/refcodes/**/*",
    "kernel/sources/**/*",
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def members() -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of what goes into the program, sorted."""
    found = {path for part in _PARTS for path in _ROOT.glob(part) if path.suffix in (".py", ".toml")}
    own = Path(__file__).parent
    inside = {f"lantai/{path.relative_to(_ROOT).as_posix()}": path.read_bytes() for path in found}
    inside["standins/lxml/__init__.py"] = b""
    inside["standins/lxml/etree.py"] = (own / "etree.py").read_bytes()
    inside["__main__.py"] = (own / "start.py").read_bytes()
    yield from sorted(inside.items())


def make(out: Path) -> int:
    """Write the program to ``out``, over an older one; return its bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as program:
        for name, data in members():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            program.writestr(entry, data)
    part.replace(out)
    return out.stat().st_size


if __name__ == "__main__":
    target = Path(sys.argv[1])
    say(f"{target}  {make(target):,} B")
