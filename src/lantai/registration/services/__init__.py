"""Writes of this room."""

from lantai.registration.services.deciding import accept, return_deposit
from lantai.registration.services.deposits import Brought, submit_backup
from lantai.registration.services.receiving import advance_all, collect_left, others_receive
from lantai.registration.services.sampling import draw, read_samples
from lantai.registration.services.stating import (
    Stating,
    Wanted,
    begin,
    confirm,
    remind,
    return_statement,
    save,
    submit,
)
from lantai.registration.services.using import approve, ask, deliver, refuse

__all__ = [
    "Brought",
    "Stating",
    "Wanted",
    "accept",
    "advance_all",
    "approve",
    "ask",
    "begin",
    "collect_left",
    "confirm",
    "deliver",
    "draw",
    "others_receive",
    "read_samples",
    "refuse",
    "remind",
    "return_deposit",
    "return_statement",
    "save",
    "submit",
    "submit_backup",
]
