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
from lantai.kernel.recordtypes.loader import agents, load, relations, site_rules
from lantai.kernel.recordtypes.model import (
    FORMS,
    KINDS,
    LEVELS,
    SCOPES,
    STAGES,
    Column,
    Condition,
    Element,
    Label,
    RecordType,
    Search,
    Subkind,
    Term,
    Vocabulary,
)
from lantai.kernel.recordtypes.references import (
    check_subkind_of_code,
    compose_ref,
    type_of,
    type_of_path,
    values_of,
)
from lantai.kernel.recordtypes.values import classified, normalise, pieces, read_size

__all__ = [
    "FORMS",
    "KINDS",
    "LEVELS",
    "SCOPES",
    "STAGES",
    "Column",
    "Condition",
    "Day",
    "Element",
    "Label",
    "Period",
    "RecordType",
    "Search",
    "Subkind",
    "Term",
    "Vocabulary",
    "agents",
    "check_characters",
    "check_kind",
    "check_length",
    "check_required",
    "check_sense",
    "check_subkind_of_code",
    "check_vocabulary",
    "classified",
    "compose_ref",
    "load",
    "normalise",
    "pieces",
    "read_duration",
    "read_moment",
    "read_period",
    "read_size",
    "relations",
    "site_rules",
    "strange",
    "type_of",
    "type_of_path",
    "validate",
    "values_of",
]
