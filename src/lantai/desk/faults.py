"""The report of a check at filing as its page shows it: by the four properties, and fault by fault where it is mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from lantai.base.errors import reader_language
from lantai.checks.queries import PROPERTIES, RunView, Signed
from lantai.desk.arranging import OF_CLASS, kind_of
from lantai.desk.models import Item
from lantai.desk.queries_checks import ANSWERED, BLOCKING, CheckView, infected, named, told
from lantai.kernel.fourprops import Report

SHOWN = 20
"""Findings of one item that the page shows; the printed report has all that were kept."""

_SERIOUS = frozenset({"error", "warning"})
_OF_FIELD = {"fourprops.pages.differ": "pages", "fourprops.record.alike": "title"}
"""Findings about one element that do not name it in their facts."""

_MISSING = frozenset({"fourprops.attachment.missing", "fourprops.record.no_files"})
"""Findings that another file mends."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in the reader's words."""

    path: str
    message: str
    expected: str
    found: str
    severity: str


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item of the scheme with its outcome, what was found, and what a person answered.

    ``open``: a person may answer it; ``blocks``: it stands in the way of the numbers; ``malware``: it cannot be answered.
    """

    code: str
    name: str
    method: str
    property: str
    outcome: str
    findings: tuple[Found, ...]
    more: int
    signed: Signed | None
    open: bool
    blocks: bool
    malware: bool


@dataclass(frozen=True, slots=True)
class PropertyShown:
    """One of the four properties with its items."""

    key: str
    items: tuple[ItemShown, ...]

    def count(self, *outcomes: str) -> int:
        """Return how many items have one of these outcomes."""
        return sum(one.outcome in outcomes for one in self.items)

    @property
    def passed(self) -> int:
        return self.count("pass", "warn")

    @property
    def failed(self) -> int:
        return self.count("fail")

    @property
    def waiting(self) -> int:
        return self.count("manual", "error")

    @property
    def rest(self) -> int:
        return self.count("not_applicable")


@dataclass(frozen=True, slots=True)
class FileFault:
    """A file at fault: where it is (``capture`` and ``order`` there) and what is wrong with it."""

    capture: str
    order: int
    name: str
    role: str
    said: tuple[str, ...]


@dataclass(slots=True)
class RecordFault:
    """A 件 with everything that is wrong with it; ``fields`` by element key. Of a 案卷 ``volume`` is its uuid, ``item`` "".

    ``changed``: it is not what was checked any more; ``beyond`` are faults that neither a field nor a file mends;
    ``lacks``: another file mends one of them. ``severe``: one of them fails the check.
    """

    item: str
    order: int
    ref: str
    title: str
    revision: int
    changed: bool
    captures: tuple[str, ...]
    volume: str = ""
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, FileFault] = field(default_factory=dict)
    beyond: list[str] = field(default_factory=list)
    lacks: bool = False
    severe: bool = False


def properties(check: CheckView, subject: Mapping[str, Any] | None = None) -> list[PropertyShown]:
    """Return the report of a check by property, in the order of the standard; nothing before it has one.

    ``subject`` is the document that was checked where the caller has read it.
    """
    run = check.run
    if run is None:
        return []
    shown_paths = {one["path"] for item in run.report["items"] for one in item["findings"][:SHOWN]}
    names = named(subject or told(check.content), shown_paths)
    answers = {one.code: one for one in run.signed}
    shown = [_item(one, answers.get(one["code"]), names) for one in report_of(run)["items"]]
    return [PropertyShown(name, tuple(one for one in shown if one.property == name)) for name in PROPERTIES]


def report_of(run: RunView) -> Mapping[str, Any]:
    """Return the report in the reader's language; it is kept in Chinese, with what a translation needs."""
    return run.report if reader_language() == "zh" else Report.from_json(run.report).as_json("en")


def _item(item: Mapping[str, Any], answer: Signed | None, names: Mapping[str, str]) -> ItemShown:
    findings = item["findings"]
    malware = infected(item)
    return ItemShown(
        code=item["code"],
        name=item["name"],
        method=item["method"],
        property=item["property"],
        outcome=item["outcome"],
        findings=tuple(_found(one, names) for one in findings[:SHOWN]),
        more=max(0, int(item["evidence"].get("findings", len(findings))) - SHOWN),
        signed=answer,
        open=item["outcome"] in ANSWERED and answer is None and not malware,
        blocks=item["outcome"] in BLOCKING and (answer is None or malware),
        malware=malware,
    )


def _found(one: Mapping[str, Any], names: Mapping[str, str]) -> Found:
    path = names.get(one["path"], one["path"])
    return Found(path, one["message"], one["expected"], one["found"], one["severity"])


def records(check: CheckView, type: str, subject: Mapping[str, Any] | None = None) -> list[RecordFault]:
    """Return the items of a class at which the check found something, those that fail it first, else in their order.

    ``subject`` is the document that was checked where the caller has read it.
    """
    if check.run is None:
        return []
    subject = subject or told(check.content)
    report = report_of(check.run)
    paths = {
        one["path"] for item in report["items"] for one in item["findings"] if one["severity"] in _SERIOUS
    }
    index = {**_volumes(subject["volumes"]), **_index(_met(subject["records"], paths), subject["class"])}
    known = kind_of(type).by_key
    for item in report["items"]:
        for one, record, file in _at(item, index):
            _put(one, record, file, known)
            record.severe = record.severe or (item["outcome"] == "fail" and one["severity"] == "error")
    found = {record.item or record.volume: record for record, _file in index.values() if _faulty(record)}
    return sorted(found.values(), key=lambda one: (not one.severe, one.order))


def capped(run: RunView) -> bool:
    """Return whether a check found more than its report keeps, so that there may be more records at fault than are told."""
    items = run.report["items"]
    return any(int(one["evidence"].get("findings") or 0) > len(one["findings"]) for one in items)


def _met(told_of: Sequence[Mapping[str, Any]], paths: Set[str]) -> list[Mapping[str, Any]]:
    """Return the records of which a finding says anything."""
    return [
        one for one in told_of if one["ref"] in paths or any(file["path"] in paths for file in one["files"])
    ]


def _uuid(urn: str) -> str:
    return urn.removeprefix("urn:uuid:")


def _faulty(record: RecordFault) -> bool:
    return bool(record.fields or record.files or record.beyond)


Place = tuple[RecordFault, Mapping[str, Any] | None]


def _index(told_of: Sequence[Mapping[str, Any]], place: str) -> dict[str, Place]:
    """Return what each path of a finding is about: a record by its 档号, a file of one by its path."""
    index: dict[str, Place] = {}
    rows = Item.objects.filter(
        filing_class__uuid=_uuid(place), uuid__in=[_uuid(one["urn"]) for one in told_of]
    )
    now = {str(uuid): revision for uuid, revision in rows.values_list("uuid", "revision")}
    for one in told_of:
        item = _uuid(one["urn"])
        record = RecordFault(
            item=item,
            order=one["order"],
            ref=one["ref"],
            title=one["title"],
            revision=now.get(item, 0),
            changed=now.get(item) != one["revision"],
            captures=tuple(one["captures"]),
        )
        index.setdefault(one["ref"], (record, None))
        index |= {file["path"]: (record, file) for file in one["files"]}
    return index


def _volumes(told_of: Sequence[Mapping[str, Any]]) -> dict[str, Place]:
    """Return the 案卷 by their 档号: what is wrong with them is mended on their own page."""
    return {
        one["ref"]: (
            RecordFault("", one["order"], one["ref"], one["title"], 0, False, (), volume=_uuid(one["urn"])),
            None,
        )
        for one in told_of
    }


def _at(
    item: Mapping[str, Any], index: Mapping[str, Place]
) -> Iterator[tuple[Mapping[str, Any], RecordFault, Mapping[str, Any] | None]]:
    for one in item["findings"]:
        if one["severity"] in _SERIOUS and one["path"] in index:
            yield (one, *index[one["path"]])


def _put(
    one: Mapping[str, Any], record: RecordFault, file: Mapping[str, Any] | None, known: Mapping[str, Any]
) -> None:
    said = one["message"]
    if file is not None:
        before = record.files.get(file["path"])
        told_of = dict.fromkeys((*(before.said if before else ()), said))
        record.files[file["path"]] = FileFault(
            file["capture"], file["component"], file["name"], file["role"], tuple(told_of)
        )
        return
    key = str(one["facts"].get("key", "")) or _OF_FIELD.get(one["code"], "")
    if key in known and key not in OF_CLASS and not record.volume:
        told_here = record.fields.setdefault(key, [])
    else:
        told_here = record.beyond
        record.lacks = record.lacks or one["code"] in _MISSING
    if said not in told_here:
        told_here.append(said)
