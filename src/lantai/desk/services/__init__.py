"""Writes of the desk."""

from lantai.desk.arranging import Where
from lantai.desk.darkroom import Taken
from lantai.desk.filing import Brought, Filing, KeptFile, Receipt, Stated
from lantai.desk.lending import Terms as LoanTerms
from lantai.desk.queries_checks import states as check_states
from lantai.desk.queries_hand_over import states as hand_over_states
from lantai.desk.searchable import engine as own_engine
from lantai.desk.services.capture import capture
from lantai.desk.services.classes import (
    arrange_by,
    close,
    fonds_named,
    fonds_of,
    move,
    reopen,
    set_scheme,
    sort,
)
from lantai.desk.services.filing_check_run import advance_filing_checks, collect_checks, others_check
from lantai.desk.services.filing_checks import answer, close_or_check, order_check, recheck
from lantai.desk.services.hand_over_build import advance_hand_overs, collect_packages, others_build
from lantai.desk.services.items import Putting, dissolve, edit, form, place, put, take_out
from lantai.desk.services.own_index import own_follower, rebuild_own_index
from lantai.desk.services.schedules import (
    approve_schedule,
    bring_schedule,
    return_schedule,
    submit_schedule,
)
from lantai.desk.services.volumes import (
    Said,
    dissolve_volume,
    edit_volume,
    make_volume,
    move_volume,
    put_into,
    sort_volume,
    take_from_volumes,
)
from lantai.desk.store import stores

__all__ = [
    "Brought",
    "Filing",
    "KeptFile",
    "LoanTerms",
    "Putting",
    "Receipt",
    "Said",
    "Stated",
    "Taken",
    "Where",
    "advance_filing_checks",
    "advance_hand_overs",
    "answer",
    "approve_schedule",
    "arrange_by",
    "bring_schedule",
    "capture",
    "check_states",
    "close",
    "close_or_check",
    "collect_checks",
    "collect_packages",
    "dissolve",
    "dissolve_volume",
    "edit",
    "edit_volume",
    "fonds_named",
    "fonds_of",
    "form",
    "hand_over_states",
    "make_volume",
    "move",
    "move_volume",
    "order_check",
    "others_build",
    "others_check",
    "own_engine",
    "own_follower",
    "place",
    "put",
    "put_into",
    "rebuild_own_index",
    "recheck",
    "reopen",
    "return_schedule",
    "set_scheme",
    "sort",
    "sort_volume",
    "stores",
    "submit_schedule",
    "take_from_volumes",
    "take_out",
]
