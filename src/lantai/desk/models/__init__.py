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
from lantai.desk.models.hand_over import (
    Answer,
    HandOver,
    HandOverItem,
    HandOverState,
    Mended,
    Outcome,
    PlanLine,
    RegisterSignature,
)
from lantai.desk.models.ways import OPEN_STATES, Arrival, ArrivalState

__all__ = [
    "OPEN_STATES",
    "Answer",
    "Arrival",
    "ArrivalState",
    "Capture",
    "ClassState",
    "Component",
    "FilingClass",
    "HandOver",
    "HandOverItem",
    "HandOverState",
    "Item",
    "ItemCapture",
    "ItemState",
    "Mended",
    "Outcome",
    "Part",
    "PlanLine",
    "RegisterSignature",
    "Schedule",
    "ScheduleState",
    "Scheme",
    "Source",
    "State",
]
