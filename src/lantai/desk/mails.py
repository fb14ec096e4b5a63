"""E-mail as it comes to the desk: the untouched message is the 正本, what is attached the 附件, the headers describe it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lantai.desk.checking import weigh_values
from lantai.desk.filing import Brought, Filing
from lantai.desk.models import Part, Source
from lantai.desk.reading import CHARACTERS, marked
from lantai.holdings.queries import types
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.mail import Address, Message, copy_original, copy_part, read_mail
from lantai.kernel.mail.names import safe

TYPE = "YJ"
"""公务电子邮件."""

_JOINED = 9_000
"""Characters of a list of people that are kept; the message itself has all."""
_NAME, _ID = 200, 200
_TAGS = re.compile(r"<[^>]{0,2000}>")
_STAYS = frozenset({"desk.secret.refused", "desk.title.missing"})

Told = tuple[str, Filing, list[Finding], list[Finding]]


def messages(unit: str, box: Path, folder: Path) -> Iterator[Told]:
    """Yield each message of a mail file: its subject, its filing, reasons against it, remarks.

    Parts are written into ``folder`` as they are asked for. ``Invalid`` as :func:`lantai.kernel.mail.read_mail`.
    """
    for message in read_mail(box):
        values, remarks = _values(message)
        remarks += [one for one in message.findings if one.severity is not Severity.ERROR]
        remarks += [_softened(one) for one in message.findings if one.severity is Severity.ERROR]
        components = list(_components(message, box, folder, remarks))
        words = message.text or _TAGS.sub("\n", message.html)
        faults = list(marked("components[0]", [words[:CHARACTERS]], declassified=False))
        filing = Filing(unit, _identifier(message), TYPE, values, components, source=str(Source.MAIL))
        yield message.subject, filing, faults, remarks


def _softened(finding: Finding) -> Finding:
    """Return a fault of a message as a remark: it is kept as it came, whatever is wrong with it."""
    told = (finding.code, finding.path, finding.expected, finding.found)
    return Finding(*told, severity=Severity.WARNING, facts=finding.facts)


def _identifier(message: Message) -> str:
    told = message.message_id
    usable = told and len(told) <= _ID and told.isprintable() and told == told.strip()
    return told if usable else f"sha256:{message.sha256}"


def _values(message: Message) -> tuple[dict[str, str], list[Finding]]:
    """Return what the headers say, by element key; what its record type refuses is left out and remarked."""
    sender = next(iter(message.senders), Address("", ""))
    day = message.date[:10].replace("-", "")
    told: Mapping[str, str] = {
        "title": " ".join(message.subject.split()) or "（无主题）",
        "sender": (sender.name or sender.address)[:200],
        "author": (sender.name or sender.address)[:200],
        "sender_address": sender.address,
        "receivers": _joined(one.name or one.address for one in message.to),
        "receiver_addresses": _joined(one.address for one in message.to),
        "copy_receivers": _joined(one.name or one.address for one in message.cc),
        "blind_receivers": _joined(one.name or one.address for one in message.bcc),
        "sent_at": message.date,
        "date": day,
        "message_id": message.message_id,
        "attachment_count": str(sum(1 for _ in message.components())),
    }
    kind = types()[TYPE]
    values = {key: text for key, text in told.items() if text and key in kind.by_key}
    weighed = weigh_values(kind, values)
    remarks = []
    for reason in weighed.reasons:
        key = reason.path.removeprefix("values.")
        if key in values and reason.code not in _STAYS:
            del values[key]
            remarks.append(_softened(reason))
    return values, remarks


def _joined(people: Iterable[str]) -> str:
    """Return the people as one value, as many as a value holds."""
    told = ""
    for one in filter(None, people):
        longer = f"{told}；{one}" if told else one
        if len(longer) > _JOINED:
            return told
        told = longer
    return told


def _components(message: Message, box: Path, folder: Path, remarks: list[Finding]) -> Iterator[Brought]:
    """Yield the message and what is attached to it; an empty part is in the message and cannot be a file."""
    original = folder / f"{uuid.uuid4().hex}.eml"
    with open(original, "xb") as out:
        copy_original(box, message, out)
    subject = " ".join(message.subject.split()).replace("/", "_").replace("\\", "_")
    name = safe(f"{subject or '邮件'}.eml", _NAME) or "邮件.eml"
    yield Brought(Part.MAIN, name, original)
    for part in message.components():
        if not part.size:
            remarks.append(Finding("desk.mail.part_empty", found=part.name, severity=Severity.WARNING))
            continue
        place = folder / f"{uuid.uuid4().hex}{Path(part.name).suffix[:11]}"
        with open(place, "xb") as out:
            copy_part(box, part, out)
        own = part.name if part.name.casefold() != name.casefold() else f"{part.number}-{part.name}"
        yield Brought(Part.ATTACHMENT, own, place)
