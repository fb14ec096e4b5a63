"""The text of workbooks that are no Office Open XML (.xls, .xlsb, .et): cells read in a process of their own."""

from __future__ import annotations

from pathlib import Path

from lantai.kernel.errors import Corrupt, Invalid
from lantai.kernel.sources.model import SourceLimits
from lantai.kernel.sources.workbooks import spool_workbook

MOST_SHEETS = 64
_LIMITS = SourceLimits(workbook=128 << 20, unpacked=1 << 30, columns=16_384, seconds=30, spool=1 << 30)


def texts(path: Path, limit: int) -> list[str]:
    """Return the cells of each visible sheet, rows as lines, cells parted by tabs; ``Corrupt`` as elsewhere."""
    try:
        shown, names, text = _sheet(path, "", limit)
        told, left = {shown: text}, limit - len(text)
        for name in names[:MOST_SHEETS]:
            if name not in told and left > 0:
                told[name] = _sheet(path, name, left)[2]
                left -= len(told[name])
    except Invalid as problem:
        raise Corrupt("formats.text.unreadable", path=path.name, reason=problem.code) from problem
    return [told.get(name, "") for name in names]


def _sheet(path: Path, name: str, left: int) -> tuple[str, list[str], str]:
    """Return the name of the sheet that was read, of all visible sheets, and at most ``left`` characters."""
    spooled = spool_workbook(path, name, _LIMITS)
    lines: list[str] = []
    size = 0
    for _, cells in spooled.numbered():
        line = "\t".join(cells).strip()
        if line:
            lines.append(line)
            size += len(line) + 1
        if size > left:
            break
    return spooled.report["sheet"], list(spooled.report["sheets"]), "\n".join(lines)[:left]
