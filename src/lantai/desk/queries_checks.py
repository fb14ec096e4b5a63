"""Reads of checks at filing: whether one holds for a class as it is, how far one is, what it found, what was answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.checks import queries as runs
from lantai.checks.queries import RunView, Signed
from lantai.desk import store
from lantai.desk.models import AT_WORK, CheckAnswer, CheckState, FilingCheck, FilingClass, Replacement
from lantai.desk.queries_arrangement import classes_of
from lantai.kernel.errors import NotFound
from lantai.people import queries as people

BLOCKING = frozenset({"fail", "error"})
"""Outcomes that a person must answer before the class is numbered: failed, could not be checked."""

ANSWERED = BLOCKING | {"manual"}
"""Outcomes that a person may say something about."""

MALWARE = "GD-4-2"
"""The item that nobody can answer away once it failed: what carries malware is replaced."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check of a class as it was at ``revision``. ``current``: it is still like that; ``waiting``: what stands in the way.

    ``progress`` is (done, total) while it is at work; ``problem`` says by code and facts why it stands still, was stopped
    or did not close the class. ``told`` is the document that was checked.
    """

    uuid: UUID
    state: str
    revision: int
    closing: bool
    current: bool
    content: str
    items: int
    files: int
    bytes: int
    ordered_at: datetime
    ordered_by: str
    done_at: datetime | None
    problem: Mapping[str, Any] | None
    register: str
    run: RunView | None
    waiting: tuple[str, ...]
    progress: tuple[int, int] | None

    @property
    def at_work(self) -> bool:
        """Whether the worker moves it on."""
        return self.state in AT_WORK

    @property
    def holds(self) -> bool:
        """Whether the class, as it is, may be numbered by it."""
        return self.current and self.state == CheckState.DONE and self.run is not None and not self.waiting


def folder_of(uuid: UUID) -> Path:
    """Return the folder in which the files of a check are laid out while it runs."""
    return home().root / "packages" / f"check-{uuid}"


def folders() -> list[Path]:
    """Return the folders of checks that are there."""
    return sorted((home().root / "packages").glob("check-*"))


def told_progress(uuid: UUID) -> tuple[int, int] | None:
    """Return how far the worker is (done, total) by its last sign of life; None when there is none."""
    try:
        done, total = (folder_of(uuid) / "progress").read_text("ascii").split()
    except (FileNotFoundError, ValueError):
        return None
    return int(done), int(total)


def states() -> tuple[tuple[str, str], ...]:
    """Return uuid and state of every check: for the machinery, to see whether anything moved."""
    rows = FilingCheck.objects.order_by("id").values_list("uuid", "state")
    return tuple((str(uuid), state) for uuid, state in rows)


def holding(row: FilingClass) -> FilingCheck | None:
    """Return the check by which a class, exactly as it is, may be numbered; None when there is none."""
    done = (CheckState.DONE, CheckState.CLOSING)
    found = (
        row.checks.filter(revision=row.revision, state__in=done, run__isnull=False).order_by("-id").first()
    )
    return found if found is not None and not waiting(run_of(found)) else None


def waiting(run: RunView | None) -> tuple[str, ...]:
    """Return the codes of a done check that failed or could not be checked and that nobody has answered."""
    if run is None:
        return ()
    answered = {one.code for one in run.signed}
    return tuple(
        item["code"]
        for item in run.report["items"]
        if item["outcome"] in BLOCKING and (item["code"] not in answered or infected(item))
    )


def refs_checked(row: FilingCheck) -> dict[str, str]:
    """Return the 档号 that a check gave each item, by its urn: of volumes they depend on other classes, too."""
    return {one["urn"]: one["ref"] for one in told(row.content)["records"]}


def infected(item: Mapping[str, Any]) -> bool:
    """Return whether an item of a report says that malware was found."""
    return (item["code"], item["outcome"]) == (MALWARE, "fail")


def checks_of(actor: Actor, number: str) -> tuple[CheckView | None, CheckView | None]:
    """Return the newest check of a class, and the newest that has a report; None where there is none.

    ``NotFound("desk.class.missing")`` when there is no such class or the actor may not see it.
    """
    row = _class(actor, number)
    newest = row.checks.order_by("-id").first()
    if newest is None:
        return None, None
    shown = view(newest, row)
    if newest.run is not None:
        return shown, shown
    reported = row.checks.filter(run__isnull=False).order_by("-id").first()
    return shown, view(reported, row) if reported else None


def registered(actor: Actor, number: str) -> bool:
    """Return whether a class has a 归档登记表 that can be printed: that of the check that numbered it."""
    row = _class(actor, number)
    return bool(row.content) and row.checks.exclude(register="").exists()


def view(row: FilingCheck, place: FilingClass) -> CheckView:
    """Return a check of the class ``place`` with its run and the answers as signatures of the run."""
    run = run_of(row)
    return CheckView(
        uuid=row.uuid,
        state=row.state,
        revision=row.revision,
        closing=row.closing,
        current=row.revision == place.revision,
        content=row.content,
        items=row.items,
        files=row.files,
        bytes=row.bytes,
        ordered_at=row.ordered_at,
        ordered_by=row.ordered_by,
        done_at=row.done_at,
        problem=row.problem,
        register=row.register,
        run=run,
        waiting=waiting(run),
        progress=told_progress(row.uuid) if row.state in AT_WORK else None,
    )


def run_of(row: FilingCheck) -> RunView | None:
    """Return the run of a check with what people answered at the desk; None while it has none."""
    if row.run is None:
        return None
    found = runs.run(row.run)
    answers = list(row.answers.order_by("id"))
    names = people.names({one.by for one in answers})
    signed = tuple(_signed(one, names) for one in answers)
    return RunView(
        found.uuid,
        found.subject,
        found.stage,
        found.scheme,
        found.verdict,
        found.files,
        found.bytes,
        found.seconds,
        found.ended_at,
        found.report,
        signed,
    )


def _signed(one: CheckAnswer, names: Mapping[str, str]) -> Signed:
    return Signed(one.code, True, one.reason, one.by, names.get(one.by, one.by), one.at)


def told(content: str) -> dict[str, Any]:
    """Return the document of that digest."""
    found: dict[str, Any] = json.loads(store.read(content))
    return found


def named(document: Mapping[str, Any], paths: Set[str]) -> dict[str, str]:
    """Return what paths of findings are to people: the 档号 and title of a record, the 档号 and name of a file.

    ``document`` is the one that was checked.
    """
    found = {}
    for one in (*document["volumes"], *document["records"]):
        if one["ref"] in paths:
            found[one["ref"]] = f"{one['ref']} {one['title'][:60]}"
        for file in one.get("files", ()):
            if file["path"] in paths:
                found[file["path"]] = f"{one['ref']} / {file['name']}"
    return found


def closing_check(actor: Actor, number: str) -> FilingCheck:
    """Return the check that numbered a class; ``NotFound("desk.filing_register.early")`` while it is open."""
    row = _class(actor, number)
    found = row.checks.exclude(register="").order_by("-id").first() if row.content else None
    if found is None:
        raise NotFound("desk.filing_register.early", number=number[:40])
    return found


def reported(actor: Actor, number: str) -> FilingCheck:
    """Return the newest check of a class that has a report; ``NotFound("desk.check.early")`` when none has."""
    row = _class(actor, number)
    found = row.checks.filter(run__isnull=False).order_by("-id").first()
    if found is None:
        raise NotFound("desk.check.early", number=number[:40])
    return found


def replaced_by(capture: str) -> str:
    """Return the number of the document that took a captured document's place, "" when none did."""
    found = Replacement.objects.filter(old__number=capture).values_list("new__number", flat=True).first()
    return str(found or "")


def replaces(capture: str) -> str:
    """Return the number of the document whose place a captured document took, "" when it took none."""
    found = Replacement.objects.filter(new__number=capture).values_list("old__number", flat=True).first()
    return str(found or "")


def _class(actor: Actor, number: str) -> FilingClass:
    row = classes_of(actor).filter(number=number).first()
    if row is None:
        raise NotFound("desk.class.missing", number=number[:40])
    return row
