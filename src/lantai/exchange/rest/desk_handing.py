"""What is asked and answered about the hand-overs of a unit's desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lantai.exchange.rest.deliveries import RefusalDoc
from lantai.exchange.rest.desk_items import UNIT
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHandOvers(Paged):
    """Whose hand-overs; all that the caller sees without a unit."""

    unit: str = told("Code of the unit.", default="", most=40)


@dataclass(frozen=True, slots=True)
class HandOverDoc:
    """A hand-over: ``outcome`` tells where it is on its whole way, the archives' part of it included."""

    number: str
    fonds: str
    outcome: str
    since: datetime
    items: int
    files: int
    bytes: int
    mends: str
    transfer: str


@dataclass(frozen=True, slots=True)
class HandOverPage:
    """A page of hand-overs, newest first."""

    items: tuple[HandOverDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class SendingDoc:
    """A package on its way to archives elsewhere: ``offset`` of ``size`` bytes have arrived."""

    target: str
    archives: str
    state: str
    offset: int
    size: int
    rate: int
    next_at: datetime
    problem: RefusalDoc | None
    transfer: str


@dataclass(frozen=True, slots=True)
class HandOverWholeDoc:
    """A hand-over whole; ``unsaid`` is how many records lack a statement, ``progress`` how much of the package is done."""

    hand_over: HandOverDoc
    unit: str
    classes: tuple[str, ...]
    form: str
    description: str
    package: str
    size: int
    sm3: str
    sha512: str
    problem: RefusalDoc | None
    mended_by: str
    unsaid: int
    progress: int | None
    sending: SendingDoc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Closed classes of one fonds, by number."""

    classes: tuple[str, ...] = told("Numbers of the classes.", most=1_000)
    unit: str = told(UNIT, default="", most=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementIn:
    """What is said of a record: 公开属性, 开放意见 with its reason, 密级变更 with its document."""

    disclosure: str = told("主动公开, 依申请公开, 不予公开.", default="", most=20)
    opinion: str = told("开放, 控制, 延期开放.", default="", most=20)
    ground: str = told("Why it is not disclosed or opened.", default="", most=1_000)
    secrecy: str = told("无变更, 已解密, 其他变更.", default="", most=20)
    document: str = told("What changed its secrecy, and when.", default="", most=1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Statements by the place of a record in the hand-over (from "1"); ``rest`` fills the gaps of all others."""

    records: Mapping[str, StatementIn] = told("Statements by place.", default={}, most=2_000)
    rest: StatementIn | None = told("What holds where nothing is said.", default=None)


@dataclass(frozen=True, slots=True)
class StatedDoc:
    """A record of a hand-over and what is said of it."""

    order: int
    item: str
    ref: str
    title: str
    disclosure: str
    opinion: str
    ground: str
    secrecy: str
    document: str


@dataclass(frozen=True, slots=True)
class StatedPage:
    """A page of records in their order."""

    items: tuple[StatedDoc, ...]
    next: str


@dataclass(frozen=True, slots=True)
class ChangedDoc:
    """How many records changed."""

    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPackage:
    """How the package is to be."""

    description: str = told("内容描述.", most=2_000)
    form: Literal["dat93", "eep", "bagit", "eark"] = told("Form of the package.", default="dat93")
    carrier: str = told("Number of the carrier, if it goes on one.", default="", most=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Where the package goes: this site without a target, else archives that the unit registered."""

    target: str = told("uuid of a target of the unit.", default="", most=40)
    rate: int = told("At most so many bytes a second; 0 = no limit.", default=0, least=0)


@dataclass(frozen=True, slots=True)
class DefectDoc:
    """A point of the work list; ``ref`` "" when it is about the whole, ``mended_by`` "" while it is open."""

    key: str
    item: str
    name: str
    ref: str
    message: str
    expected: str
    found: str
    mended_by: str
    note: str


@dataclass(frozen=True, slots=True)
class WorkListDoc:
    """What is to be mended before the hand-over goes again."""

    items: tuple[DefectDoc, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """How a defect was mended."""

    note: str = told("How.", default="", most=1_000)
