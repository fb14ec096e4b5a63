"""Record types (门类) as data: the language, its loader and the checks of values. See docs/recordtypes.md."""

from __future__ import annotations

from lantai.kernel.recordtypes.model import (
    KINDS,
    LEVELS,
    SCOPES,
    STAGES,
    Condition,
    Element,
    Label,
    RecordType,
    Search,
    Term,
    Vocabulary,
)

__all__ = [
    "KINDS",
    "LEVELS",
    "SCOPES",
    "STAGES",
    "Condition",
    "Element",
    "Label",
    "RecordType",
    "Search",
    "Term",
    "Vocabulary",
]
