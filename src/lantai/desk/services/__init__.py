"""Writes of the desk."""

from lantai.desk.arranging import Where
from lantai.desk.filing import Brought, Filing, KeptFile, Receipt, Stated
from lantai.desk.queries_hand_over import states as hand_over_states
from lantai.desk.services.capture import capture
from lantai.desk.services.classes import close, fonds_of, move, reopen, set_scheme, sort
from lantai.desk.services.hand_over_build import advance_hand_overs, collect_packages, others_build
from lantai.desk.services.items import Putting, dissolve, edit, form, place, put, take_out
from lantai.desk.services.schedules import (
    approve_schedule,
    bring_schedule,
    return_schedule,
    submit_schedule,
)
from lantai.desk.store import stores

__all__ = [
    "Brought",
    "Filing",
    "KeptFile",
    "Putting",
    "Receipt",
    "Stated",
    "Where",
    "advance_hand_overs",
    "approve_schedule",
    "bring_schedule",
    "capture",
    "close",
    "collect_packages",
    "dissolve",
    "edit",
    "fonds_of",
    "form",
    "hand_over_states",
    "move",
    "others_build",
    "place",
    "put",
    "reopen",
    "return_schedule",
    "set_scheme",
    "sort",
    "stores",
    "submit_schedule",
    "take_out",
]
