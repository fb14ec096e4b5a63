"""Editing in bulk: a plan that shows every change before it is made, then the run of exactly that plan.

A plan lies in the site's folder ``bulk/`` as files of JSON lines, one for the records that change, one for those
that stay, one for those that are refused: it can be made and read however long it is. It is derived, belongs
to who made it, and is forgotten after some days.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, Protocol
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import orjson

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.base.paging import Page, cursor, key
from lantai.catalogue.services.register import preserve
from lantai.catalogue.services.replace import Spans
from lantai.holdings.queries import types
from lantai.holdings.services import Current, Revision, Weigher, current, refuse_stale, revise_many
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Conflict, Invalid, NotFound
from lantai.kernel.findings import Finding, Severity
from lantai.people.policies import require

Kind = Literal["changed", "same", "refused"]
KINDS: tuple[Kind, ...] = ("changed", "refused", "same")

CHUNK = 1_000
KEPT = 7 * 24 * 3600
"""Seconds after which a plan is forgotten."""

REVISIONS = "revisions.jsonl"


class Operation(Protocol):
    """What a bulk edit does to one record."""

    def check(self) -> None:
        """Raise ``Invalid`` when it makes no sense."""
        ...

    def apply(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the wanted values of the elements it would change, given the present ones."""
        ...

    def marks(self, values: Mapping[str, str]) -> dict[str, Spans]:
        """Return the spans of the present values that it found, by element."""
        ...

    def told(self) -> dict[str, str]:
        """Return it as data, for the plan's head."""
        ...


@dataclass(frozen=True, slots=True)
class Edit:
    """``verb`` on the element ``key``: set, clear, prefix, suffix; append adds one value to several."""

    verb: Literal["set", "clear", "append", "prefix", "suffix"]
    key: str
    text: str = ""

    def check(self) -> None:
        """Raise ``Invalid("catalogue.bulk.text")`` when the verb needs a text and there is none."""
        if self.verb != "clear" and not self.text.strip():
            raise Invalid("catalogue.bulk.text")

    def apply(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the new value of the element; nothing for one that has the appended value already."""
        before = values.get(self.key, "")
        if self.verb == "append" and self.text in before.split("；"):
            return {}
        made = {
            "set": self.text,
            "clear": "",
            "append": f"{before}；{self.text}" if before else self.text,
            "prefix": self.text + before,
            "suffix": before + self.text,
        }
        return {self.key: made[self.verb]}

    def marks(self, values: Mapping[str, str]) -> dict[str, Spans]:
        """Return nothing: the whole element is meant."""
        return {}

    def told(self) -> dict[str, str]:
        """Return it as data, for the plan's head."""
        return {"verb": self.verb, "key": self.key, "text": self.text}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One record of a plan; ``changes`` key → (before, after), ``marks`` key → spans of the hits in before."""

    urn: str
    ref: str
    title: str
    version: int
    kind: Kind
    changes: Mapping[str, tuple[str, str]]
    marks: Mapping[str, Spans]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """A plan as it was made: counts and the digest that fixes its rows."""

    id: str
    digest: str
    changed: int
    same: int
    refused: int
    operations: tuple[Mapping[str, str], ...]


def plan_bulk(actor: Actor, urns: Iterable[str], operations: Sequence[Operation]) -> BulkPlan:
    """Plan ``operations``, one after the other, on the records; nothing is changed.

    ``urns`` may be a generator: they are read by the thousand. ``Invalid("catalogue.bulk.…")`` for operations
    that make no sense.
    """
    require(actor, "holdings.revise")
    if not operations:
        raise Invalid("catalogue.bulk.nothing")
    for operation in operations:
        operation.check()
    _forget_old()
    number = str(uuid4())
    folder = _folder(number)
    folder.mkdir(parents=True)
    try:
        digest, counts = _write(folder, _rows(actor, urns, operations))
    except BaseException:
        shutil.rmtree(folder)
        raise
    told = tuple(operation.told() for operation in operations)
    plan = BulkPlan(number, digest, counts["changed"], counts["same"], counts["refused"], told)
    head: dict[str, Any] = {"owner": actor.username, "digest": plan.digest, "operations": told}
    head |= {"changed": plan.changed, "same": plan.same, "refused": plan.refused}
    (folder / "plan.json").write_text(json.dumps(head, ensure_ascii=False), "utf-8")
    return plan


def _write(folder: Path, rows: Iterable[PlanRow]) -> tuple[str, dict[Kind, int]]:
    """Write the rows of a plan; return their digest and how many there are of each kind."""
    counts: dict[Kind, int] = {"changed": 0, "same": 0, "refused": 0}
    digest = hashlib.sha256()
    with ExitStack() as stack:
        files = {kind: stack.enter_context(_file(folder, kind).open("wb")) for kind in KINDS}
        for row in rows:
            line = orjson.dumps(_written(row)) + b"\n"
            files[row.kind].write(line)
            counts[row.kind] += 1
            digest.update(line)
    return digest.hexdigest(), counts


def bulk_plan(actor: Actor, plan: str) -> BulkPlan:
    """Return a plan of this actor; ``NotFound("catalogue.bulk.missing")``."""
    require(actor, "holdings.revise")
    path = _folder(plan) / "plan.json"
    head: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if head.get("owner") != actor.username:
        raise NotFound("catalogue.bulk.missing")
    counts = (head["changed"], head["same"], head["refused"])
    return BulkPlan(plan, head["digest"], *counts, tuple(head["operations"]))


def plan_rows(
    actor: Actor, plan: str, *, kind: Kind | Literal[""] = "", after: str = "", size: int = 50
) -> Page[PlanRow]:
    """Return a page of the rows of a plan, of one kind, or of all: changed, refused, same."""
    bulk_plan(actor, plan)
    kinds: Sequence[Kind] = (kind,) if kind else KINDS
    at, offset = key(after, [int, int]) if after else (0, 0)
    found: list[PlanRow] = []
    while 0 <= at < len(kinds):
        with _file(_folder(plan), kinds[at]).open("rb") as lines:
            lines.seek(max(0, offset - 1))
            if offset > 0 and lines.read(1) != b"\n":
                raise Invalid("base.cursor.unreadable")  # no place that a page before came to
            found += [_read(line) for line in islice(_lines(lines), size - len(found))]
            offset = lines.tell()
            more = bool(lines.read(1))
        if not more:
            at, offset = at + 1, 0
        if len(found) >= size:
            break
    return Page(found, cursor([at, offset]) if at < len(kinds) and _any(plan, kinds[at:]) else "")


def run_bulk(actor: Actor, plan: str, *, digest: str, reason: str = "", leave_refused: bool = False) -> str:
    """Make the changes of a plan in one act; return the ledger entry's uuid ("" when nothing differs).

    ``Conflict("catalogue.bulk.outdated")`` for another digest, ``("catalogue.bulk.refused")`` while refused
    rows are not left out knowingly, ``("holdings.record.changed")`` when a record changed since. The list of
    changes is preserved in the vault before it is made.
    """
    known = bulk_plan(actor, plan)
    if known.digest != digest:
        raise Conflict("catalogue.bulk.outdated")
    if known.refused and not leave_refused:
        raise Conflict("catalogue.bulk.refused", count=known.refused)
    with _file(_folder(plan), "changed").open("rb") as lines:
        revisions = [_revision(line) for line in lines]
    entry = ""
    if revisions:
        refuse_stale(actor, revisions)
        batch = _preserve(actor, known, revisions, reason)
        entry = revise_many(actor, batch, revisions, reason=reason)
    drop_plan(actor, plan)
    return entry


def drop_plan(actor: Actor, plan: str) -> None:
    """Forget a plan."""
    bulk_plan(actor, plan)
    shutil.rmtree(_folder(plan))


def _preserve(actor: Actor, plan: BulkPlan, revisions: Sequence[Revision], reason: str) -> UUID:
    lines = b"".join(revision.line() + b"\n" for revision in revisions)
    batch = uuid5(NAMESPACE_URL, digest_bytes(lines, ("sha512",)).sha512)
    head = {
        "schema": "lantai.revisions/1",
        "batch": str(batch),
        "count": len(revisions),
        "source": reason,
        "operations": [dict(told) for told in plan.operations],
    }
    preserve(actor, batch, head, {REVISIONS: lines}, name="revisions.json")
    return batch


def _rows(actor: Actor, urns: Iterable[str], operations: Sequence[Operation]) -> Iterator[PlanRow]:
    weigher, seen, every = Weigher(), set[str](), iter(urns)
    while some := list(islice(every, CHUNK)):
        fresh = [urn for urn in dict.fromkeys(some) if urn not in seen]
        seen.update(fresh)
        for record in current(actor, fresh):
            yield _weighed(weigher, record, operations)


def _weighed(weigher: Weigher, record: Current, operations: Sequence[Operation]) -> PlanRow:
    values, wanted, marks = dict(record.values), dict[str, str](), dict[str, Spans]()
    findings: list[Finding] = []
    for operation in operations:
        findings += _single(record, operation, values)
        fresh = {name: spans for name, spans in operation.marks(values).items() if name not in wanted}
        marks.update(fresh)
        made = operation.apply(values)
        wanted.update(made)
        values.update(made)
    if findings:
        return _row(record, "refused", {}, {}, tuple(findings))
    weighed = weigher.weigh(record, wanted)
    if weighed.refused:
        return _row(record, "refused", weighed.changes, marks, weighed.findings)
    kind: Kind = "changed" if weighed.changes else "same"
    return _row(record, kind, weighed.changes, marks, weighed.findings if weighed.changes else ())


def _row(
    record: Current,
    kind: Kind,
    changes: Mapping[str, tuple[str, str]],
    marks: Mapping[str, Spans],
    findings: tuple[Finding, ...],
) -> PlanRow:
    shown = {name: spans for name, spans in marks.items() if name in changes}
    return PlanRow(record.urn, record.ref, record.title, record.version, kind, changes, shown, findings)


def _single(record: Current, operation: Operation, values: Mapping[str, str]) -> list[Finding]:
    """Return the finding on a second value for an element that has only one."""
    if not isinstance(operation, Edit) or operation.verb != "append" or not values.get(operation.key):
        return []
    kind = types().get(record.type)
    element = kind.by_key.get(operation.key) if kind else None
    if element is None or element.repeat:
        return []
    facts = {"label": element.label.zh, "label_en": element.label.en}
    return [Finding("catalogue.bulk.single", record.ref, facts=facts)]


def _written(row: PlanRow) -> dict[str, Any]:
    told: dict[str, Any] = {"urn": row.urn, "ref": row.ref, "title": row.title, "version": row.version}
    if row.changes:
        told["changes"] = {name: list(both) for name, both in row.changes.items()}
    if row.marks:
        told["marks"] = {name: [list(span) for span in spans] for name, spans in row.marks.items()}
    if row.findings:
        told["findings"] = [
            [one.code, one.path, one.expected, one.found, one.severity.value, dict(one.facts)]
            for one in row.findings
        ]
    return {**told, "kind": row.kind}


def _read(line: bytes) -> PlanRow:
    told = orjson.loads(line)
    return PlanRow(
        urn=told["urn"],
        ref=told["ref"],
        title=told["title"],
        version=told["version"],
        kind=told["kind"],
        changes={name: (both[0], both[1]) for name, both in told.get("changes", {}).items()},
        marks={
            name: tuple((span[0], span[1]) for span in spans) for name, spans in told.get("marks", {}).items()
        },
        findings=tuple(
            Finding(code, path, expected, found, Severity(severity), facts)
            for code, path, expected, found, severity, facts in told.get("findings", ())
        ),
    )


def _revision(line: bytes) -> Revision:
    told = orjson.loads(line)
    return Revision(told["urn"], told["version"], {name: both[1] for name, both in told["changes"].items()})


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield lines by ``readline``, so that the place in the file stays known."""
    while line := file.readline():
        yield line


def _any(plan: str, kinds: Sequence[Kind]) -> bool:
    return any(_file(_folder(plan), kind).stat().st_size for kind in kinds)


def _file(folder: Path, kind: Kind) -> Path:
    return folder / f"{kind}.jsonl"


def _folder(plan: str) -> Path:
    """Return the folder of a plan; ``NotFound`` for what is no name of one."""
    try:
        number = UUID(plan)
    except ValueError as strange:
        raise NotFound("catalogue.bulk.missing") from strange
    return home().root / "bulk" / str(number)


def _forget_old() -> None:
    """Remove plans that nobody ran."""
    eldest = time.time() - KEPT
    folder = home().root / "bulk"
    for old in folder.iterdir() if folder.is_dir() else ():
        if old.stat().st_mtime < eldest:
            shutil.rmtree(old)
