"""OCFL 1.1 and 1.0: layouts, inventories, a repository, an independent validator."""

from lantai.kernel.ocfl.inventory import Content, Inventory, NewVersion
from lantai.kernel.ocfl.repository import Repository
from lantai.kernel.ocfl.roots import validate_root, validate_root_path
from lantai.kernel.ocfl.validator import validate_inventory, validate_object, validate_object_path

__all__ = [
    "Content",
    "Inventory",
    "NewVersion",
    "Repository",
    "validate_inventory",
    "validate_object",
    "validate_object_path",
    "validate_root",
    "validate_root_path",
]
