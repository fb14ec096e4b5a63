"""Tables of the desk, one module per part of its work."""

from lantai.desk.models.arrangement import (
    ClassState,
    FilingClass,
    Item,
    ItemCapture,
    ItemState,
    Schedule,
    ScheduleState,
    Scheme,
)
from lantai.desk.models.captures import Capture, Component, Part, Source, State

__all__ = [
    "Capture",
    "ClassState",
    "Component",
    "FilingClass",
    "Item",
    "ItemCapture",
    "ItemState",
    "Part",
    "Schedule",
    "ScheduleState",
    "Scheme",
    "Source",
    "State",
]
