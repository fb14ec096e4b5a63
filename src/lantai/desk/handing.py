"""What hand-over shows: frozen values of dues, plans, hand-overs, work lists and the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lantai.desk.models import Answer, HandOverState
from lantai.desk.queries_sending import SendingView
from lantai.desk.seals import Proof, Verdict
from lantai.desk.statements import Statement
from lantai.desk.terms import Departure


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of a transfer plan; ``answer_label`` is what the bureau or the archives said to the departure."""

    uuid: UUID
    plan: int
    planned_on: date
    departure: Departure | None
    reason: str
    answer: str
    document: str
    answered_by: str

    @property
    def answer_label(self) -> str:
        return str(Answer(self.answer).label)

    @property
    def agreed(self) -> bool:
        """Whether the other day holds: who must has said yes."""
        return self.departure is not None and self.answer == Answer.GIVEN

    @property
    def waits(self) -> bool:
        return self.answer == Answer.ASKED


@dataclass(frozen=True, slots=True)
class Due:
    """A class of a unit and when it is to be handed over: ``due_on`` by the term, ``by`` the day that holds.

    ``status`` is one of open (not yet numbered), later, due, overdue, moving (in a hand-over), handed, returned.
    ``last`` is the hand-over it is or was in, "" when there is none; ``left`` how many of its items are in none.
    """

    number: str
    unit: str
    unit_name: str
    fonds: str
    type: str
    year: int
    function: str
    retention: str
    size: int
    closed: bool
    due_on: date
    by: date
    status: str
    left: int
    last: str
    line: Planned | None

    @property
    def ready(self) -> bool:
        """Whether a hand-over of it can be begun: numbered, and something of it is left."""
        return self.closed and self.left > 0

    @property
    def goes(self) -> bool:
        """Whether it can be handed over now: numbered, something of it is left, and its day is this year or past."""
        return self.ready and self.status in {"overdue", "due"}


@dataclass(frozen=True, slots=True)
class HandOverLine:
    """A hand-over in lists. ``state`` is that of the desk; ``outcome`` that of the whole way, with the archives' part:
    draft, ordered, failed, built, sent, checking, returned, accepted, closed or cancelled."""

    number: str
    unit: int
    unit_name: str
    fonds: str
    state: str
    outcome: str
    outcome_label: str
    since: datetime
    items: int
    files: int
    bytes: int
    mends: str
    transfer: str

    @property
    def moving(self) -> bool:
        return self.state == HandOverState.ORDERED

    @property
    def came_back(self) -> bool:
        """Whether there is a work list: the check failed here, or the archives returned it."""
        return self.outcome in {"failed", "returned"}


@dataclass(frozen=True, slots=True)
class HandOverView:
    """A hand-over whole. ``problem`` is ``{"code", "facts"}``; ``mended_by`` the number of what corrects it.

    ``sending`` is how it goes to archives elsewhere, None where it went to this site or on a carrier.
    """

    line: HandOverLine
    uuid: UUID
    urn: str
    unit_code: str
    classes: tuple[str, ...]
    made_by: str
    made_at: datetime
    form: str
    carrier: str
    description: str
    package: str
    size: int
    sm3: str
    sha512: str
    run: UUID | None
    problem: dict[str, Any] | None
    sent_by: str
    sent_at: datetime | None
    mended_by: str
    unsaid: int
    progress: tuple[int, int] | None
    sending: SendingView | None = None

    @property
    def waits(self) -> bool:
        """Whether the archives of this site have it and have not decided."""
        return self.sending is None and self.line.outcome in {"sent", "checking"} and bool(self.line.transfer)


@dataclass(frozen=True, slots=True)
class StatedLine:
    """A record of a hand-over with what is said of it; ``record`` is the uuid of its item."""

    order: int
    record: str
    ref: str
    title: str
    said: Statement


@dataclass(frozen=True, slots=True)
class Defect:
    """One point of a work list. ``item`` is the check's code ("" = the archives' reason), ``ref`` the 档号 it is about, "" for
    the whole; ``record`` the uuid of that item, ``volume`` of that 案卷. ``mended_by`` and ``note`` are set once it is mended.
    """

    key: str
    item: str
    name: str
    ref: str
    title: str
    record: str
    path: str
    message: str
    expected: str
    found: str
    mended_by: str = ""
    note: str = ""
    volume: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A side's signature: ``seal`` is the site's Ed25519 signature over the ledger that ends with it, "" at first.

    ``proof`` is what shows it, None until there is a seal; ``verdict`` how the seal of another site stands, None for our own.
    """

    side: str
    name: str
    at: datetime
    sm3: str
    entry: str
    index: int | None
    origin: str
    seal: str
    proof: Proof | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class RegisterView:
    """移交接收登记表 as data: the document both sides sign, its digests, the signatures there are."""

    number: str
    document: dict[str, Any]
    sm3: str
    sha512: str
    signatures: tuple[Signed, ...]

    def of(self, side: str) -> Signed | None:
        """Return the signature of ``unit`` or ``archives``."""
        return next((one for one in self.signatures if one.side == side), None)
