"""Packages as they arrive and as they are built: archives, BagIt, DA/T 93, EEP, E-ARK, list and files."""

from __future__ import annotations

from lantai.kernel.packages.arrival import arrive, needs_unfolding, opened, with_parts
from lantai.kernel.packages.bagit import Bag, read_bag, validate_bag
from lantai.kernel.packages.building import (
    FORMS,
    TIMELESS,
    WrittenForm,
    build,
    build_bagit,
    build_dat93,
)
from lantai.kernel.packages.compare import compare_digests
from lantai.kernel.packages.eep import unfold
from lantai.kernel.packages.folders import copy_folder
from lantai.kernel.packages.lists import read_list
from lantai.kernel.packages.metadata_xml import read_metadata, write_metadata
from lantai.kernel.packages.model import (
    LIMITS,
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
from lantai.kernel.packages.opening import open_package
from lantai.kernel.packages.unpack import unpack

__all__ = [
    "FORMS",
    "LIMITS",
    "TIMELESS",
    "Bag",
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
    "WrittenForm",
    "arrive",
    "build",
    "build_bagit",
    "build_dat93",
    "compare_digests",
    "copy_folder",
    "needs_unfolding",
    "open_package",
    "opened",
    "read_bag",
    "read_list",
    "read_metadata",
    "unfold",
    "unpack",
    "validate_bag",
    "with_parts",
    "write_metadata",
]
