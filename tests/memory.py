"""How much memory a process ever had. ``ru_maxrss`` will not do: a child starts with the figure of its parent."""

from __future__ import annotations

import re
from pathlib import Path


def peak_bytes() -> int:
    """Return the most memory this process ever had resident (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    if found is None:
        raise RuntimeError("the kernel does not tell VmHWM")
    return int(found[1]) << 10
