"""The virus scanner of this machine, if one is named."""

from __future__ import annotations

import os

from lantai.kernel.antivirus import Scanner


def scanner() -> Scanner | None:
    """Return the clamd that ``LANTAI_CLAMD`` (socket path or host:port) names, or None."""
    address = os.environ.get("LANTAI_CLAMD", "")
    return Scanner(address) if address else None
