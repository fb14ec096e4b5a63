"""Editing in bulk and find and replace: a plan that shows every change, then the run of exactly that plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lantai.base.actors import Actor
from lantai.catalogue.selection import Selection
from lantai.catalogue.services import bulk
from lantai.catalogue.services.replace import Replace
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.rest.arranging import EntryDoc
from lantai.exchange.rest.choosing import SelectionDoc, selection
from lantai.exchange.rest.documents import Paged
from lantai.exchange.shapes import told


@dataclass(frozen=True, slots=True, kw_only=True)
class EditDoc:
    """One edit of one element."""

    verb: Literal["set", "clear", "append", "prefix", "suffix"] = told("What to do.")
    key: str = told("Element.", most=60)
    text: str = told("With what.", default="", most=5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceDoc:
    """Find and replace in some elements."""

    find: str = told("What to find.", most=500)
    put: str = told("What to put there.", default="", most=500)
    keys: tuple[str, ...] = told("Elements.", most=100)
    how: Literal["inside", "word", "whole"] = told(
        "Anywhere, as a word, or the whole value.", default="inside"
    )
    wildcards: bool = told("``?`` one sign, ``*`` some.", default=False)
    folded: bool = told("Case and width do not matter.", default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBulk:
    """What to do with which records: edits first, then replacements."""

    selection: SelectionDoc = told("The records.")
    edits: tuple[EditDoc, ...] = told("Edits.", default=(), most=20)
    replacements: tuple[ReplaceDoc, ...] = told("Replacements.", default=(), most=20)


@dataclass(frozen=True, slots=True)
class BulkPlanDoc:
    """A plan; ``digest`` fixes its rows."""

    plan: str
    digest: str
    changed: int
    same: int
    refused: int


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """An element before and after."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PlanRowDoc:
    """One record of a plan: what would change, or the codes of why not."""

    urn: str
    ref: str
    title: str
    version: int
    kind: str
    changes: Mapping[str, BeforeAfter]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanRows:
    """A page of the rows of a plan."""

    items: tuple[PlanRowDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRows(Paged):
    """Rows of one kind or of all."""

    kind: Literal["", "changed", "same", "refused"] = told("Kind.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBulk:
    """Which state of the plan is to be run."""

    digest: str = told("From the plan.", most=64)
    reason: str = told("Why.", default="", most=1_000)
    leave_refused: bool = told("Refused rows are left as they are.", default=False)


def _urns(actor: Actor, meant: Selection) -> Iterator[str]:
    return (record.urn for record in meant.records(actor))


def _plan(call: Call) -> Answer:
    asked: PlanBulk = call.body
    operations: list[bulk.Operation] = [bulk.Edit(one.verb, one.key, one.text) for one in asked.edits]
    operations += [
        Replace(one.find, one.put, one.keys, one.how, one.wildcards, one.folded) for one in asked.replacements
    ]
    made = bulk.plan_bulk(call.actor, _urns(call.actor, selection(asked.selection)), operations)
    return Answer(_told(made), 201)


def _told(plan: bulk.BulkPlan) -> BulkPlanDoc:
    return BulkPlanDoc(plan.id, plan.digest, plan.changed, plan.same, plan.refused)


def _known(call: Call) -> Answer:
    return Answer(_told(bulk.bulk_plan(call.actor, call.path["plan"])))


def _rows(call: Call) -> Answer:
    asked: AskRows = call.query
    found = bulk.plan_rows(
        call.actor, call.path["plan"], kind=asked.kind, after=asked.cursor, size=asked.limit
    )
    items = tuple(
        PlanRowDoc(
            row.urn,
            row.ref,
            row.title,
            row.version,
            row.kind,
            {name: BeforeAfter(*both) for name, both in row.changes.items()},
            tuple(finding.code for finding in row.findings),
        )
        for row in found.items
    )
    return Answer(PlanRows(items, found.after))


def _run(call: Call) -> Answer:
    asked: RunBulk = call.body
    entry = bulk.run_bulk(
        call.actor,
        call.path["plan"],
        digest=asked.digest,
        reason=asked.reason,
        leave_refused=asked.leave_refused,
    )
    return Answer(EntryDoc(entry))


def _drop(call: Call) -> Answer:
    bulk.drop_plan(call.actor, call.path["plan"])
    return Answer(status=204)


_PLAN = {"plan": "Number of the plan."}

ENDPOINTS = (
    Endpoint(
        "POST",
        "bulk",
        "bulk_plan",
        "批量修改的方案 · plan a bulk edit",
        _plan,
        BulkPlanDoc,
        body=PlanBulk,
        scope="catalogue",
        status=201,
        lasting=True,
    ),
    Endpoint(
        "GET",
        "bulk/{plan}",
        "bulk",
        "一个方案 · one plan",
        _known,
        BulkPlanDoc,
        scope="catalogue",
        people=True,
        parts=_PLAN,
    ),
    Endpoint(
        "GET",
        "bulk/{plan}/rows",
        "bulk_rows",
        "方案的各条 · its rows",
        _rows,
        PlanRows,
        query=AskRows,
        scope="catalogue",
        people=True,
        parts=_PLAN,
    ),
    Endpoint(
        "POST",
        "bulk/{plan}/run",
        "bulk_run",
        "执行方案 · run it",
        _run,
        EntryDoc,
        body=RunBulk,
        scope="catalogue",
        parts=_PLAN,
    ),
    Endpoint(
        "DELETE",
        "bulk/{plan}",
        "bulk_drop",
        "放弃方案 · drop it",
        _drop,
        BulkPlanDoc,
        scope="catalogue",
        status=204,
        parts=_PLAN,
    ),
)
