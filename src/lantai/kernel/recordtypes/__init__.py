"""Record types (门类) as data: the language, its loader and the checks of values. See docs/recordtypes.md."""

from __future__ import annotations

from lantai.kernel.recordtypes.characters import strange
from lantai.kernel.recordtypes.checks import (
    check_characters,
    check_kind,
    check_length,
    check_required,
    check_sense,
    check_vocabulary,
    validate,
)
from lantai.kernel.recordtypes.dates import Day, Period, read_duration, read_moment, read_period
from lantai.kernel.recordtypes.loader import load
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
from lantai.kernel.recordtypes.values import classified, normalise, pieces, read_size

__all__ = [
    "KINDS",
    "LEVELS",
    "SCOPES",
    "STAGES",
    "Condition",
    "Day",
    "Element",
    "Label",
    "Period",
    "RecordType",
    "Search",
    "Term",
    "Vocabulary",
    "check_characters",
    "check_kind",
    "check_length",
    "check_required",
    "check_sense",
    "check_vocabulary",
    "classified",
    "load",
    "normalise",
    "pieces",
    "read_duration",
    "read_moment",
    "read_period",
    "read_size",
    "strange",
    "validate",
]
