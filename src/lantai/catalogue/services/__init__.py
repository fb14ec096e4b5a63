"""Writes of the catalogue desk."""

from lantai.catalogue.models import AUTOMATIC
from lantai.catalogue.services.advance import (
    Advanced,
    advance,
    advance_all,
    others_work,
)
from lantai.catalogue.services.order import cancel, order_run, resume, set_mapping, undo
from lantai.catalogue.services.receive import collect_imports, receive
from lantai.catalogue.services.register import free_urn, register_catalogue, urn_of

__all__ = [
    "AUTOMATIC",
    "Advanced",
    "advance",
    "advance_all",
    "cancel",
    "collect_imports",
    "free_urn",
    "order_run",
    "others_work",
    "receive",
    "register_catalogue",
    "resume",
    "set_mapping",
    "undo",
    "urn_of",
]
