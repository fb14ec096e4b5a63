"""Writes of the catalogue desk."""

from lantai.catalogue.models import AUTOMATIC
from lantai.catalogue.services.advance import (
    advance,
    advance_all,
    others_work,
)
from lantai.catalogue.services.export_orders import (
    again,
    cancel_export,
    discard_export,
    order_export,
    order_print,
    soon,
)
from lantai.catalogue.services.export_work import (
    advance_exports,
    collect_exports,
    kept_days,
    others_export,
)
from lantai.catalogue.services.order import cancel, order_run, resume, set_mapping, undo
from lantai.catalogue.services.receive import collect_imports, receive
from lantai.catalogue.services.register import free_urn, register_catalogue, urn_of

__all__ = [
    "AUTOMATIC",
    "advance",
    "advance_all",
    "advance_exports",
    "again",
    "cancel",
    "cancel_export",
    "collect_exports",
    "collect_imports",
    "discard_export",
    "free_urn",
    "kept_days",
    "order_export",
    "order_print",
    "order_run",
    "others_export",
    "others_work",
    "receive",
    "register_catalogue",
    "resume",
    "set_mapping",
    "soon",
    "undo",
    "urn_of",
]
