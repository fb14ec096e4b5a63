"""What faces for machines and the command line read of the desk beside its lists: proposals, work lists, registers."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.desk.handing import Defect, HandOverLine, RegisterView
from lantai.desk.proposing import propose
from lantai.desk.queries_hand_over import line, row_of
from lantai.desk.register import register
from lantai.desk.statements import Statement
from lantai.desk.worklist import defects

__all__ = ["Defect", "HandOverLine", "RegisterView", "Statement", "propose", "register", "work_list"]


def work_list(actor: Actor, number: str) -> list[Defect]:
    """Return what is to be mended of a hand-over, nothing while it did not fail or come back."""
    row = row_of(actor, number)
    return defects(row) if line(row).came_back else []
