"""received → planned: the file is opened, its columns are understood, every row is looked at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid5

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue.codes import CodeReader
from lantai.catalogue.columns import Column, complete, fingerprint, follows, level_of, propose
from lantai.catalogue.marks import IGNORED, OTHER
from lantai.catalogue.models import ColumnMapping, Import, ImportBatch, State
from lantai.catalogue.readers import ALONE_BYTES, read_alone, read_with_all_cores
from lantai.catalogue.rows import STAGE, Draft, Frame
from lantai.catalogue.services.planner import Planner
from lantai.catalogue.services.states import GoOn, move
from lantai.catalogue.workshop import Workshop, workshop
from lantai.holdings import queries as holdings
from lantai.holdings.models import Fonds
from lantai.kernel.digests import digest_file
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding
from lantai.kernel.recordtypes import RecordType, site_rules
from lantai.kernel.sources import Row, Source, open_source
from lantai.ledger.acts import act, record

EXAMPLES = 3
SAMPLE_ROWS = 200
_READ = ("tolerant", "type", "columns", "mapping", "level", "kind", "encoding", "sheet", "sheets")
USUAL = "WS"
"""Type of the records of another house's source (EAD, MARC …) that nobody gave one."""

HOUSE = "dat93"
"""The one hierarchical kind whose rows follow the rules of this house: they are read as strictly as sheets."""

_EMPTY = frozenset({"sources.oai.no_records", "sources.oai.deleted"})
"""A sound answer of another house without rows, about itself or of deleted records alone: the plan says so."""


def plan(row: Import, go_on: GoOn) -> bool:
    """Take the import to ``planned``, or to ``unmapped`` when nobody knows where title and 档号 are.

    Returns whether it came there; ``go_on`` may stop it at a checkpoint, from which the next call goes on.
    """
    shop = workshop(row.uuid)
    source = _open(row, shop)
    if not row.columns:
        _read_columns(row, source)
    empty = not row.columns or not any(True for _ in source.rows())
    if empty and not any(finding.code in _EMPTY for finding in source.findings):
        raise Invalid("catalogue.source.no_rows", name=row.name)
    if not empty and not complete(row.mapping, named_types(row, row.mapping)):
        move(row, State.UNMAPPED)  # nothing is decided: a person is asked
        return True
    frame = _frame(row, source)
    planner = Planner(row, shop, frame, source)
    own = home().types if home().types.is_dir() else None

    def read(chunks: Iterator[list[Row]]) -> Iterator[list[Draft]]:
        if row.size <= ALONE_BYTES:
            return read_alone(chunks, frame, holdings.types(), site_rules(own))
        return read_with_all_cores(chunks, frame, own)

    def pulse(done: int) -> bool:
        shop.tell(State.RECEIVED, done, 0)
        return go_on(done)

    if not planner.make(read, pulse):
        return False
    _planned(SYSTEM, row, planner, shop, _notices(row, source, planner))
    return True


def types_of(row: Import) -> list[RecordType]:
    """Return the record types whose words the columns of an import may use, the likeliest first."""
    known = holdings.types()
    if row.type in known:
        return [known[row.type]]
    return sorted(known.values(), key=lambda type: (type.code != USUAL, type.code))


def named_types(row: Import, mapping: Mapping[str, str]) -> list[RecordType]:
    """Return the record types that the first 档号 of an import name by themselves, else all of :func:`types_of`."""
    known, own = holdings.types(), home().types
    if row.type in known:
        return [known[row.type]]
    codes = CodeReader(known, site_rules(own if own.is_dir() else None))
    columns = (Column.from_json(told) for told in row.columns)
    refs = [ref for one in columns if mapping.get(one.name) == "ref" for ref in one.examples]
    named = dict.fromkeys(codes.read(ref, row.level).type for ref in refs)
    return [known[code] for code in named if code in known] or types_of(row)


def _open(row: Import, shop: Workshop) -> Source:
    scratch = shop.root / "scratch"
    scratch.mkdir(exist_ok=True)
    known = types_of(row)
    return open_source(
        shop.source(),
        sheet=row.sheet,
        table=row.sheet,
        heading_known=lambda text: any(type.column(text) is not None for type in known),
        types=holdings.types(),
        scratch=scratch,
    )


def _read_columns(row: Import, source: Source) -> None:
    """Note the columns, and what each becomes by its heading or by what was decided before."""
    if source.hierarchical and source.kind != HOUSE:
        row.tolerant, row.type = True, row.type or USUAL
    types = types_of(row)
    found = propose(source.headings, types, remembered(row, source.headings), keys=source.hierarchical)
    examples: list[list[str]] = [[] for _ in source.headings]
    for number, one in enumerate(source.rows()):
        if number >= SAMPLE_ROWS:
            break
        for place, cell in enumerate(one.cells):
            text = cell.strip()
            if text and len(examples[place]) < EXAMPLES and text[:80] not in examples[place]:
                examples[place].append(text[:80])
    row.columns = [
        Column(name, tuple(examples[n]), *found[name], bool(examples[n])).as_json()
        for n, name in enumerate(source.headings)
    ]
    row.mapping = {name: key for name, (key, _) in found.items()}
    row.level = row.level or level_of(row.mapping)
    row.kind, row.encoding, row.sheet = source.kind, source.encoding, source.sheet
    row.sheets = list(source.sheets)
    row.save(update_fields=_READ)  # nothing else: it may be cancelled at this moment


def remembered(row: Import, headings: Sequence[str]) -> Mapping[str, str]:
    """Return what the columns of such a list became the last time: for the unit, else for anybody."""
    rows = ColumnMapping.objects.filter(fingerprint=fingerprint(headings), type=row.type)
    for owner in (row.unit_id, None):
        found = rows.filter(unit=owner).first()
        if found is not None:
            return {name: key for name, key in found.mapping.items() if name in headings}
    return {}


def _frame(row: Import, source: Source) -> Frame:
    fonds = Fonds.objects.all()
    if row.unit_id is not None:
        fonds = fonds.filter(unit=row.unit_id)
    return Frame(
        columns=tuple((name, row.mapping.get(name, "")) for name in source.headings),
        type=row.type,
        fonds=row.fonds,
        level=row.level,
        tolerant=row.tolerant,
        known_fonds=frozenset(fonds.values_list("number", flat=True)),
    )


def _notices(row: Import, source: Source, planner: Planner) -> list[dict[str, Any]]:
    """Return what there is to know of the list as a whole: ``{"code", "facts", "severity"}``."""
    told = [_notice(finding, row.name) for finding in source.findings]
    columns = [Column.from_json(one) for one in row.columns]
    for place, column in enumerate(columns):
        key = row.mapping.get(column.name, "")
        left_out = key in {"", IGNORED} and column.filled
        if (place in planner.filled or left_out) and not follows(column.name):
            example = next(iter(column.examples), "")
            told.append(_told("catalogue.column.left_out", "warning", column=column.name, example=example))
        elif key == OTHER:
            told.append(_told("catalogue.column.kept_as_other", "info", column=column.name))
    keys = set(row.mapping.values())
    level = row.level or "item"
    lacking = [
        element.label.zh
        for element in named_types(row, row.mapping)[0].of_scope()
        if STAGE in element.required
        and not element.default
        and not element.templates
        and level in element.levels
        and element.key not in {*keys, "ref"}
    ]
    if lacking and not source.hierarchical:
        told.append(_told("catalogue.columns.lacking", "warning", columns="、".join(lacking)))
    return told


def _told(code: str, severity: str, **facts: str) -> dict[str, Any]:
    return {"code": code, "severity": severity, "facts": facts}


def _notice(finding: Finding, name: str) -> dict[str, Any]:
    facts = {**finding.facts, "expected": finding.expected, "found": finding.found, "path": name}
    return {"code": finding.code, "severity": finding.severity.value, "facts": {**facts, "name": name}}


@act("catalogue.import.plan")
def _planned(
    actor: Actor, row: Import, planner: Planner, shop: Workshop, notices: list[dict[str, Any]]
) -> None:
    """Take the plan over: its figures and its batches, whose names follow from what is in them."""
    row.batches.all().delete()
    made = []
    for order, (kind, file) in enumerate(planner.files(), 1):
        seen = digest_file(shop.plan / file, ("sha512",))
        made.append(
            ImportBatch(
                owner=row,
                order=order,
                uuid=uuid5(row.uuid, f"{order}:{seen.sha512}"),
                kind="records" if kind in {"files", "items"} else kind,
                file=file,
                rows=len(shop.origins(file)),
                sha512=seen.sha512,
            )
        )
    ImportBatch.objects.bulk_create(made, batch_size=500)
    counts = planner.counts
    row.new, row.changed, row.same, row.refused = (counts[letter] for letter in "NCSR")
    row.rows = planner.place
    row.rows_done = 0
    row.notices = notices
    row.problems = [
        {"code": code, **told} for code, told in sorted(planner.problems.counts.items(), key=_weight)
    ]
    move(row, State.PLANNED)
    shutil.rmtree(shop.root / "scratch", ignore_errors=True)
    figures = {"rows": row.rows, "new": row.new, "changed": row.changed, "same": row.same}
    record(row.urn, {"number": row.number, **figures, "refused": row.refused, "batches": len(made)})


def _weight(item: tuple[str, dict[str, int]]) -> tuple[int, int, str]:
    """Sort what refuses rows first, then by how often it comes."""
    code, counts = item
    return (-counts["error"], -counts["warning"], code)
