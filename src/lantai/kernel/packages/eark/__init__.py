"""E-ARK information packages: read with firm verdicts, written as SIPs around a DA/T 93 folder."""

from __future__ import annotations

from lantai.kernel.packages.eark.mets import Mets, read_mets
from lantai.kernel.packages.eark.reading import check_structure, is_eark, read_eark

__all__ = ["Mets", "check_structure", "is_eark", "read_eark", "read_mets"]
