"""Reads of check runs. Whoever asks has been allowed to see the transfer or record they are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.checks.models import Run
from lantai.kernel.errors import NotFound
from lantai.people import queries as people

PROPERTIES = ("authenticity", "integrity", "usability", "security")
"""真实性, 完整性, 可用性, 安全性: the order in which reports show them."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A person's answer to one item; ``by`` is the user name, ``name`` what people are called."""

    code: str
    passed: bool
    note: str
    by: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its report (``lantai.check/1``) and the answers people gave."""

    uuid: UUID
    subject: str
    stage: str
    scheme: str
    verdict: str
    files: int
    bytes: int
    seconds: float
    ended_at: datetime
    report: dict[str, Any]
    signed: tuple[Signed, ...]

    def items(self, outcome: str) -> list[dict[str, Any]]:
        """Return the report's items of one outcome."""
        return [item for item in self.report["items"] if item["outcome"] == outcome]

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The items that wait for a person's answer."""
        answered = {s.code for s in self.signed}
        return [
            item
            for item in self.report["items"]
            if item["outcome"] in {"manual", "error"} and item["code"] not in answered
        ]

    @property
    def refused(self) -> bool:
        """Whether an item failed, by machine or by a person's answer."""
        return self.verdict == "fail" or any(not s.passed for s in self.signed)


def run(uuid: UUID) -> RunView:
    """Return a run; ``NotFound`` when there is none."""
    row = Run.objects.filter(uuid=uuid).first()
    if row is None:
        raise NotFound("checks.run.missing")
    answers = list(row.signoffs.order_by("id"))
    names = people.names({answer.by for answer in answers})
    signed = tuple(Signed(a.code, a.passed, a.note, a.by, names.get(a.by, a.by), a.at) for a in answers)
    return RunView(
        row.uuid,
        row.subject,
        row.stage,
        row.scheme,
        row.verdict,
        row.files,
        row.bytes,
        row.seconds,
        row.ended_at,
        row.report,
        signed,
    )


def newest(subject: str) -> RunView | None:
    """Return the newest run over ``subject``, or None."""
    row = Run.objects.filter(subject=subject).order_by("-id").first()
    return run(row.uuid) if row else None
