"""Filing a document at its source: whole, checked and durable, or refused with every reason; once per 电子文件号."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from lantai.base.actors import Actor
from lantai.base.numbers import next_number
from lantai.desk import queries, store
from lantai.desk.checking import Weighed, said, weigh
from lantai.desk.departments import department_of, year_of
from lantai.desk.errors import Refused
from lantai.desk.filing import Filing, KeptFile, Receipt
from lantai.desk.models import Capture, Component, Department, Part, State
from lantai.desk.opening import open_all
from lantai.desk.queries_departments import own_departments
from lantai.desk.reading import counted_pages, hints_of, marked
from lantai.kernel import canonical
from lantai.kernel.errors import Conflict, Forbidden
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.formats import Examined
from lantai.kernel.storage.store import Source as Bytes
from lantai.kernel.storage.store import Taken
from lantai.ledger.acts import act, record, unchanged
from lantai.people.models import Unit
from lantai.people.policies import may, require
from lantai.people.queries import unit as find_unit

SCHEMA = "lantai.capture/1"


@dataclass(frozen=True, slots=True)
class _Checked:
    """What passed: the canonical document that says all, its SHA-512, the files, what is told of them, hints."""

    document: dict[str, Any]
    content: str
    files: tuple[KeptFile, ...]
    notes: list[Finding]
    hints: list[dict[str, Any]]


def capture(
    actor: Actor,
    filing: Filing,
    *,
    told: Sequence[Finding] = (),
    notes: Sequence[Finding] = (),
    then: Callable[[str], None] | None = None,
) -> Receipt:
    """File one document of a unit and return its receipt; its files are given away.

    Raises :class:`~lantai.desk.errors.Refused` with every reason at once, those of ``told`` (what the face already
    found about how it was written) among them, and nothing is kept; ``notes`` of the face do not refuse it. The
    电子文件号 makes it happen once: the same document again gets the same receipt, another one
    ``Conflict("desk.capture.differs")`` that names what differs. The bytes are durable before the row is: killed at
    any moment there is the whole document or none, and sending it again completes it. ``then`` is what is done at once
    with the number of the document: when it is refused there is no document.
    """
    unit = find_unit(filing.unit)
    require(actor, "capture.file", unit.id)
    _refuse_homeless(actor, unit.id)
    weighed = weigh(filing)
    named = {finding.path for finding in told}
    reasons = [*told, *(one for one in weighed.reasons if one.path not in named)]
    if not unit.is_open:
        reasons.append(Finding("desk.unit.closed", "unit", found=unit.name))
    known = _known(unit.id, filing.external_id)
    if known is not None and (not reasons or (not told and _same(known, filing, weighed))):
        return _again(actor, known, _document(filing, weighed), then)
    weighed.notes.extend(notes)
    checked = _opened(filing, weighed, reasons, unit.name)
    _keep(filing, checked)
    try:
        with transaction.atomic():
            number = _file(actor, filing, checked, weighed)
            if then is not None:
                then(number)
        return queries.receipt(actor, number)
    except IntegrityError:
        # The same 电子文件号 came twice at the same moment and the other one was first.
        known = _known(unit.id, filing.external_id)
        if known is None:
            raise
        return _again(actor, known, checked.document, then)


def _refuse_homeless(actor: Actor, unit: int) -> None:
    """Raise ``Forbidden`` for who files for departments only and belongs to none: she would not see what she brought."""
    if not may(actor, "capture.see", unit) and actor.kind != "system":
        own = own_departments(actor, unit).get(unit)
        if own is None or not Department.objects.filter(pk=own, is_open=True).exists():
            raise Forbidden("desk.department.none")


def _department(actor: Actor, unit: Unit, values: Mapping[str, str]) -> Department | None:
    """Return whose the document is: the department of who brings it, else the one that it names."""
    own = own_departments(actor, unit.pk).get(unit.pk) if not may(actor, "capture.see", unit.pk) else None
    if own is not None:
        return Department.objects.get(pk=own)
    return department_of(values, unit.name, unit.departments.all())


def _known(unit: int, external: str) -> Capture | None:
    return Capture.objects.filter(unit=unit, external_id=external).first()


def _same(known: Capture, filing: Filing, weighed: Weighed) -> bool:
    """Return whether what came is what was filed: then no rule made since then refuses it.

    Nothing else may have come with it: that the face tells, the content does not.
    """
    return None not in weighed.found and known.content == _content(_document(filing, weighed))


def _opened(filing: Filing, weighed: Weighed, reasons: list[Finding], body: str) -> _Checked:
    """Open the files that came whole and are not empty; raise with all reasons when there is any."""
    parts = list(zip(filing.components, weighed.found, strict=True))
    opened = {n: file.path for n, (file, found) in enumerate(parts) if file.path and found and found.size}
    examined, bad, notes = open_all(list(opened.values()))
    declassified = said(filing.type, filing.values, "security", "解密")
    for place, one in enumerate(examined):
        for mark in marked(f"components[{place}]", one.pages, declassified=declassified):
            (bad if mark.severity is Severity.ERROR else notes).append(mark)
    reasons = [*reasons, *(_at(one, list(opened)) for one in bad)]
    if reasons:
        raise Refused(filing.external_id, reasons)
    document = _document(filing, weighed)
    told = dict(zip(opened, examined, strict=True))
    files = _files(filing, weighed, told)
    main = told.get(next(n for n, role in enumerate(weighed.roles) if role == Part.MAIN))
    hints = [*hints_of(main.pages, [body]), *counted_pages(main.inspection.pages)] if main else []
    return _Checked(document, _content(document), files, [*weighed.notes, *notes], hints)


def _files(filing: Filing, weighed: Weighed, examined: Mapping[int, Examined]) -> tuple[KeptFile, ...]:
    files = []
    for n, (file, found) in enumerate(zip(filing.components, weighed.found, strict=True)):
        assert found is not None
        role = weighed.roles[n]
        form = examined[n].format if n in examined else file.known
        assert form is not None
        files.append(
            KeptFile(
                n + 1,
                role,
                str(Part(role).label),
                file.name,
                found.size,
                found.sha512,
                found.sm3,
                form.puid,
                form.mime,
            )
        )
    return tuple(files)


def _at(finding: Finding, places: Sequence[int]) -> Finding:
    """Return a finding about the n-th opened file as one about the component it is."""
    n = int(finding.path.removeprefix("components[").removesuffix("]"))
    return replace(finding, path=f"components[{places[n]}]")


def _document(filing: Filing, weighed: Weighed) -> dict[str, Any]:
    """Return all that was brought, as canonical JSON data."""
    return {
        "schema": SCHEMA,
        "unit": filing.unit,
        "external_id": filing.external_id,
        "type": filing.type,
        "values": weighed.values,
        "process": weighed.process,
        "signatures": weighed.signatures,
        "components": [
            {
                "role": role,
                "name": file.name,
                "bytes": found.size,
                "sha512": found.sha512,
                "sm3": found.sm3,
            }
            for file, role, found in zip(filing.components, weighed.roles, weighed.found, strict=True)
            if found is not None
        ],
    }


def _content(document: dict[str, Any]) -> str:
    return hashlib.sha512(canonical.dumps(document)).hexdigest()


def _keep(filing: Filing, checked: _Checked) -> None:
    sources: dict[str, Bytes] = {checked.content: canonical.dumps(checked.document)}
    for kept, file in zip(checked.files, filing.components, strict=True):
        if file.known is not None:
            continue
        assert file.path is not None
        sources[kept.sha512] = Taken(file.path)
    store.keep(sources)


@act("desk.capture.file")
def _file(actor: Actor, filing: Filing, checked: _Checked, weighed: Weighed) -> str:
    """Write the rows and the entry of a checked document whose bytes are durable; return its number."""
    unit = Unit.objects.get(code=filing.unit)
    known = _known(unit.pk, filing.external_id)
    if known is not None:
        if known.content != checked.content:
            _refuse_hidden(actor, known)
            raise _differs(known, checked.document)
        unchanged()
        return known.number
    now = timezone.now()
    row = Capture(
        uuid=uuid.uuid4(),
        number=next_number(Capture.objects.all(), f"C{timezone.localdate().year}-"),
        unit=unit,
        external_id=filing.external_id,
        source=filing.source,
        state=State.TRAY,
        type=filing.type,
        title=weighed.values["title"],
        values=weighed.values,
        process=weighed.process,
        signatures=weighed.signatures,
        notes=[_note(one) for one in checked.notes],
        hints=checked.hints,
        files=len(checked.files),
        bytes=sum(one.bytes for one in checked.files),
        content=checked.content,
        department=_department(actor, unit, weighed.values),
        year=year_of(weighed.values, now),
        received_at=now,
        received_by=actor.username,
    )
    row.entry = record(row.urn, _told(row, filing)).uuid
    row.save(force_insert=True)
    Component.objects.bulk_create(_component(row, one) for one in checked.files)
    return row.number


def _told(row: Capture, filing: Filing) -> dict[str, Any]:
    """Return what the ledger says: enough to make the rows again from the document of that digest."""
    return {
        "number": row.number,
        "unit": filing.unit,
        "department": row.department.code if row.department else "",
        "external_id": row.external_id,
        "source": row.source,
        "content": row.content,
        "files": row.files,
        "bytes": row.bytes,
        "received_at": row.received_at.isoformat(),
    }


def _note(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "path": finding.path,
        "expected": finding.expected,
        "found": finding.found,
        "severity": finding.severity.value,
        "facts": dict(finding.facts),
    }


def _component(row: Capture, one: KeptFile) -> Component:
    return Component(
        capture=row,
        order=one.order,
        role=one.role,
        name=one.name,
        bytes=one.bytes,
        sha512=one.sha512,
        sm3=one.sm3,
        puid=one.puid,
        mime=one.mime,
    )


def _again(
    actor: Actor, known: Capture, document: dict[str, Any], then: Callable[[str], None] | None
) -> Receipt:
    _refuse_hidden(actor, known)
    if known.content != _content(document):
        raise _differs(known, document)
    if then is not None:
        then(known.number)
    return queries.receipt(actor, known.number)


def _refuse_hidden(actor: Actor, known: Capture) -> None:
    """Say no more of what another department filed than that this 电子文件号 is taken."""
    if not queries.visible(actor).filter(pk=known.pk).exists():
        raise Conflict("desk.capture.elsewhere", external=known.external_id)


def _differs(known: Capture, document: dict[str, Any]) -> Conflict:
    """Return the conflict that names the fields in which ``document`` is not what was filed."""
    before: dict[str, Any] = json.loads(store.read(known.content))
    fields = [name for name in ("type", "process", "signatures") if before[name] != document[name]]
    old, new = before["values"], document["values"]
    fields += [f"values.{key}" for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    was, now = before["components"], document["components"]
    fields += [f"components[{n}]" for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b]
    if len(was) != len(now):
        fields.append("components")
    return Conflict(
        "desk.capture.differs",
        external=known.external_id,
        number=known.number,
        fields=", ".join(fields)[:1000],
    )
