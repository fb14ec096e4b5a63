"""Packages as they arrive and as they are built: archives, BagIt, the DA/T 93 folder, list and files."""

from __future__ import annotations

from lantai.kernel.packages.model import (
    Component,
    Container,
    Draft,
    DraftFile,
    DraftRecord,
    Limits,
    Member,
    Package,
    PackageFile,
    PackageRecord,
    Register,
)

__all__ = [
    "Component",
    "Container",
    "Draft",
    "DraftFile",
    "DraftRecord",
    "Limits",
    "Member",
    "Package",
    "PackageFile",
    "PackageRecord",
    "Register",
]
