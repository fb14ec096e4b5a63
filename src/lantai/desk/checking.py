"""What refuses a document at the desk: every reason is found, each named by the field it is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lantai.desk.filing import Brought, Filing
from lantai.desk.models import Part, Source
from lantai.holdings.queries import types
from lantai.kernel.digests import FileDigests, digest_file
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.hints import secrecy_marks
from lantai.kernel.recordtypes import RecordType, check_required, classified, validate
from lantai.kernel.recordtypes.compiled import RowChecker

STAGE = "GD"
GIVEN_LATER = frozenset(
    {"ref", "retention", "year", "aggregation", "document_aggregation", "unit", "record_code"}
)
"""What a record must have to be filed and gets at the desk, when it is arranged: not asked of an office system."""

MARKS = frozenset(
    {"hints.secrecy.mark", "hints.secrecy.mark_open", "hints.secrecy.labelled"}
    | {"hints.secrecy.bracketed", "hints.secrecy.leading"}
)
"""Hints that say a text carries the mark of a state secret, not only the word."""

BY_HAND = frozenset({Source.FOLDER, Source.MAIL, Source.UPLOAD, Source.TELEPHONE})
"""Ways in whose documents may lack metadata but 题名: people add it in the tray."""

LACKING = "recordtypes.element.missing"
ALGORITHMS = ("sha512", "sm3")
MOST_FILES = 2_000
MOST_STEPS = 500
_ID, _NAME, _VALUE = 200, 255, 10_000
_DEFAULTS = {"business_status": "历史行为", "agent_type": "个人"}
_SCOPES = {"process": frozenset({"event", "agent"}), "signatures": frozenset({"signature"})}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A filing as it will be kept: canonical values by element key, roles by key, digests of every file.

    ``reasons`` refuse it, ``notes`` do not; ``found`` has the digests of each file, None where it did not come.
    """

    values: dict[str, str]
    process: list[dict[str, str]]
    signatures: list[dict[str, str]]
    roles: list[str]
    found: list[FileDigests | None]
    reasons: list[Finding]
    notes: list[Finding]


def weigh(filing: Filing) -> Weighed:
    """Return everything that can be said without opening a file."""
    made = Weighed({}, [], [], [], [], [], [])
    _about_itself(filing, made)
    kind = types().get(filing.type)
    if kind is None:
        made.reasons.append(Finding("desk.type.unknown", "type", " ".join(types()), filing.type[:60]))
    else:
        _weigh_values(kind, filing.values, made)
    documents = types()["WS"]
    for name, entries, kept in (
        ("process", filing.process, made.process),
        ("signatures", filing.signatures, made.signatures),
    ):
        _weigh_entries(documents, name, entries, kept, made)
    _weigh_files(filing.components, made)
    if filing.source in BY_HAND:
        _leave_for_later(made)
    return made


def weigh_values(kind: RecordType, given: Mapping[str, str]) -> Weighed:
    """Return the values of a record alone, weighed as those of a filing: ``values``, ``reasons`` and ``notes``."""
    made = Weighed({}, [], [], [], [], [], [])
    _weigh_values(kind, given, made)
    return made


def said(type: str, values: Mapping[str, str], key: str, word: str) -> bool:
    """Return whether the value given for ``key``, under whichever of its names, has ``word`` in it as it was written."""
    kind = types().get(type)
    named = (
        ((kind.by_key.get(name) or kind.column(name), text) for name, text in values.items()) if kind else ()
    )
    return any(element is not None and element.key == key and word in text for element, text in named)


def _leave_for_later(made: Weighed) -> None:
    """Let what a person brings come without what only an office system knows: it is described at the desk."""
    lacking = [one for one in made.reasons if one.code == LACKING and one.path.startswith("values.")]
    made.reasons[:] = [one for one in made.reasons if one not in lacking]
    made.notes.extend(replace(one, severity=Severity.WARNING) for one in lacking)


def _about_itself(filing: Filing, made: Weighed) -> None:
    told = filing.external_id
    if not told.strip():
        made.reasons.append(Finding("desk.external.missing", "external_id"))
    elif told != told.strip() or len(told) > _ID or not told.isprintable():
        made.reasons.append(Finding("desk.external.wrong", "external_id", str(_ID), told[:60]))
    if filing.source not in Source.values:
        made.reasons.append(
            Finding("desk.source.unknown", "source", " ".join(Source.values), filing.source[:20])
        )


def _weigh_values(kind: RecordType, given: Mapping[str, str], made: Weighed) -> None:
    named = _named(kind, "values", given, frozenset({"record"}), made.reasons)
    values, findings = RowChecker(kind, STAGE).check({key: text for key, (text, _) in named.items()})
    made.values.update({key: text for key, text in values.items() if text})
    if not made.values.get("title"):
        made.reasons.append(Finding("desk.title.missing", "values.title"))
    if classified(made.values):
        made.reasons.append(
            Finding("desk.secret.refused", "values.security", found=made.values["security"][:20])
        )
    for finding in findings:
        key = str(finding.facts["key"])
        if key == "title" and not made.values.get("title"):
            continue
        if key in GIVEN_LATER and not made.values.get(key):
            continue
        told = replace(finding, path=f"values.{key}")
        (made.reasons if finding.severity is Severity.ERROR else made.notes).append(told)
    for key, text in made.values.items():
        if key != "security":
            made.reasons.extend(_secret(f"values.{key}", text))


def _named(
    kind: RecordType,
    at: str,
    given: Mapping[str, str],
    scopes: frozenset[str],
    reasons: list[Finding],
) -> dict[str, tuple[str, str]]:
    """Return the values by element key, each with the name it came under; strangers and doubles are reasons."""
    found: dict[str, tuple[str, str]] = {}
    for name, text in given.items():
        element = kind.by_key.get(name) or kind.column(name)
        field = f"{at}.{name[:80]}"
        if element is None or element.scope not in scopes or element.kind == "container":
            reasons.append(
                Finding("desk.value.unknown", field, found=name[:60], facts={"type": kind.label.zh})
            )
        elif element.key in found:
            reasons.append(Finding("desk.value.twice", field, found[element.key][1], name[:60]))
        elif len(text) > _VALUE:
            reasons.append(Finding("desk.value.long", field, str(_VALUE), str(len(text))))
        else:
            found[element.key] = (text, name)
    return found


def _weigh_entries(
    kind: RecordType,
    name: str,
    entries: Sequence[Mapping[str, str]],
    kept: list[dict[str, str]],
    made: Weighed,
) -> None:
    """Weigh business entities, or signature blocks: these stay as they came, to the last sign."""
    if len(entries) > MOST_STEPS:
        made.reasons.append(Finding("desk.list.long", name, str(MOST_STEPS), str(len(entries))))
        return
    for place, entry in enumerate(entries):
        at = f"{name}[{place}]"
        values = {
            key: text for key, (text, _) in _named(kind, at, entry, _SCOPES[name], made.reasons).items()
        }
        if name == "process":
            values = {**_DEFAULTS, **{key: text.strip() for key, text in values.items() if text.strip()}}
            findings = [
                *check_required(kind, values, STAGE, scope="agent"),
                *validate(kind, values, STAGE, scope="event"),
            ]
            for finding in findings:
                told = replace(finding, path=f"{at}.{finding.facts['key']}")
                (made.reasons if finding.severity is Severity.ERROR else made.notes).append(told)
            for key, text in values.items():
                made.reasons.extend(_secret(f"{at}.{key}", text))
        kept.append(values)


def _secret(field: str, text: str) -> Iterator[Finding]:
    for hint in secrecy_marks("", text):
        if hint.code in MARKS:
            yield Finding("desk.secret.refused", field, found=hint.value[:20])


def _weigh_files(files: Sequence[Brought], made: Weighed) -> None:
    if len(files) > MOST_FILES:
        made.reasons.append(Finding("desk.list.long", "components", str(MOST_FILES), str(len(files))))
        return
    names: dict[str, int] = {}
    for place, file in enumerate(files):
        at = f"components[{place}]"
        made.roles.append(_role(at, file.role, made.reasons))
        made.reasons.extend(_name(at, file.name))
        first = names.setdefault(unicodedata.normalize("NFC", file.name).casefold(), place)
        if first != place:
            made.reasons.append(
                Finding("desk.file.name_twice", f"{at}.name", f"components[{first}]", file.name[:60])
            )
        found = file.found or (digest_file(file.path, ALGORITHMS) if file.path else None)
        made.found.append(found)
        if found is None:
            made.reasons.append(Finding("desk.file.missing", at, found=file.name[:60]))
        else:
            made.reasons.extend(_bytes(at, file, found))
    if Part.MAIN not in made.roles:
        made.reasons.append(Finding("desk.main.missing", "components"))


def _role(at: str, told: str, reasons: list[Finding]) -> str:
    for part in Part:
        if told in {part.value, part.label}:
            return part.value
    known = " ".join(f"{part.value}={part.label}" for part in Part)
    reasons.append(Finding("desk.role.unknown", f"{at}.role", known, told[:40]))
    return ""


def _name(at: str, name: str) -> Iterator[Finding]:
    safe = name.strip() and name.isprintable() and not set(name) & set("/\\") and name not in {".", ".."}
    if not safe or len(name) > _NAME or len(name.encode()) > _NAME:
        yield Finding("desk.file.name_wrong", f"{at}.name", str(_NAME), name[:60])
    else:
        yield from _secret(f"{at}.name", name)


def _bytes(at: str, file: Brought, found: FileDigests) -> Iterator[Finding]:
    if not found.size:
        yield Finding("desk.file.empty", at, found=file.name[:60])
    if file.stated.size is not None and file.stated.size != found.size:
        yield Finding("desk.file.size_differs", f"{at}.size", str(file.stated.size), str(found.size))
    for algorithm in ALGORITHMS:
        stated = getattr(file.stated, algorithm).strip().lower()
        if stated and stated != found.digests[algorithm]:
            yield Finding(
                "desk.file.digest_differs", f"{at}.{algorithm}", stated[:128], found.digests[algorithm]
            )
