"""A message as people and catalogues need it, from its parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.mail import addresses, charsets, dates, headers, names, transfer, walking
from lantai.kernel.mail.headers import Headers
from lantai.kernel.mail.model import LIMITS, Address, MailLimits, Message, Part, Role, Span
from lantai.kernel.mail.walking import Entity

_TOLD = (
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "received",
    "sender",
    "mime-version",
    "content-type",
)
"""One of these stands in every message; a file without them is none."""
_SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_FEW = 200
"""Findings that one message keeps; thousands of damaged parts say no more than that."""


@dataclass(slots=True)
class _Reading:
    """What grows while one file's message is read, the messages inside it included."""

    stream: BinaryIO
    limits: MailLimits
    quoted: bool
    findings: list[Finding] = field(default_factory=list)


def read_message(path: Path, limits: MailLimits = LIMITS) -> Message:
    """Return the one message of an EML or MHTML file.

    Broken messages are read as far as they go, with findings. Raises Invalid: ``mail.file.none`` (no header
    of a message), ``mail.file.too_large``.
    """
    with open(path, "rb") as stream:
        return read_span(stream, Span(0, path.stat().st_size), limits, path.name)


def read_span(
    stream: BinaryIO, span: Span, limits: MailLimits = LIMITS, name: str = "", *, quoted: bool = False
) -> Message:
    """Return the message in ``span``; ``quoted``: the box put ">" before lines of text that begin with "From "."""
    if span.size > limits.message:
        raise Invalid("mail.file.too_large", name=name, size=span.size, limit=limits.message)
    walk = walking.Walk(stream, span, limits)
    entity = walk.whole()
    if not any(key in _TOLD for key, _ in entity.headers.fields) and not quoted:
        raise Invalid("mail.file.none", name=name)
    reading = _Reading(stream, limits, quoted, walk.findings)
    return _message(reading, entity, span)


def _message(reading: _Reading, entity: Entity, span: Span, path: str = "") -> Message:
    told = entity.headers
    findings = reading.findings if not path else []
    declared = headers.parameter(entity.parameters, "charset")
    subject = headers.words(told.first("subject"), declared, findings, "subject")
    stated = headers.words(told.first("date"), declared)
    date, zoned = dates.normalised(stated)
    senders = _people(reading, told, "from", declared) or _people(reading, told, "sender", declared)
    if not path:
        findings += _lacking(stated, date, zoned, senders)
    parts, text, html = _parts(reading, entity)
    return Message(
        message_id=next(iter(_ids(told.first("message-id"))), ""),
        subject=subject,
        senders=senders,
        to=_people(reading, told, "to", declared),
        cc=_people(reading, told, "cc", declared),
        bcc=_people(reading, told, "bcc", declared),
        reply_to=_people(reading, told, "reply-to", declared),
        date_stated=stated,
        date=date,
        in_reply_to=_ids(told.first("in-reply-to")),
        references=_ids(told.first("references")),
        text=text,
        html=html,
        parts=parts,
        span=span,
        sha256=_digest(transfer.raw(reading.stream, span))[1],
        findings=tuple(findings[:_FEW]),
    )


def _lacking(stated: str, date: str, zoned: bool, senders: tuple[Address, ...]) -> Iterator[Finding]:
    if not stated:
        yield Finding("mail.date.missing", "date", severity=Severity.WARNING)
    elif not date:
        yield Finding("mail.date.unreadable", "date", found=stated[:100], severity=Severity.WARNING)
    elif not zoned:
        yield Finding("mail.date.no_zone", "date", found=stated[:100], severity=Severity.INFO)
    if not senders:
        yield Finding("mail.sender.missing", "from", severity=Severity.WARNING)


def _people(reading: _Reading, told: Headers, key: str, declared: str) -> tuple[Address, ...]:
    joined = b", ".join(told.every(key))
    return addresses.read(joined, declared, reading.limits.addresses)


def _ids(value: bytes) -> tuple[str, ...]:
    """Return message identifiers without their angles; a bare one counts where there are no angles."""
    plain = value.decode("ascii", "backslashreplace")
    found = [piece.partition(">")[0].strip() for piece in plain.split("<")[1:]]
    return tuple(one for one in (found or plain.split()[:1]) if one)[:1000]


def _parts(reading: _Reading, entity: Entity) -> tuple[tuple[Part, ...], str, str]:
    taken = names.Taken()
    words: dict[Role, list[str]] = {Role.TEXT: [], Role.HTML: []}
    left = reading.limits.text
    parts = []
    for leaf in walking.leaves(entity):
        role, told_name = _role(leaf, leaf is entity)
        part = _part(reading, leaf, role, told_name, taken)
        parts.append(part)
        if role in words:
            told = _words(reading, part, left)
            left -= len(told)
            words[role].append(told)
    return tuple(parts), "\n".join(words[Role.TEXT]), "\n".join(words[Role.HTML])


def _role(leaf: Entity, alone: bool) -> tuple[Role, str]:
    placed, more = headers.parameters(leaf.headers.first("content-disposition"))
    told = headers.parameter(more, "filename") or headers.parameter(leaf.parameters, "name")
    if leaf.inner is not None:
        return Role.MESSAGE, told
    if alone and leaf.mime.startswith("multipart/"):
        return Role.TEXT, told  # its boundary is missing: a person reads it as it stands
    if leaf.mime == "application/ms-tnef" or told.lower() == "winmail.dat":
        return Role.TNEF, told
    if leaf.mime in _SIGNATURES:
        return Role.SIGNATURE, told
    if leaf.mime in _SEALED:
        return Role.ENCRYPTED, told
    if leaf.mime in ("text/plain", "text/html") and placed != "attachment" and (alone or not told):
        return (Role.TEXT if leaf.mime == "text/plain" else Role.HTML), told
    inside = placed != "attachment" and (placed == "inline" or bool(leaf.headers.first("content-id")))
    return (Role.INLINE if inside and leaf.mime.startswith("image/") else Role.ATTACHMENT), told


def _part(reading: _Reading, leaf: Entity, role: Role, told_name: str, taken: names.Taken) -> Part:
    decoder = transfer.decoder(leaf.encoding)
    inner = _message(reading, leaf.inner, leaf.span, leaf.number) if leaf.inner else None
    if inner:
        size, sha256 = leaf.span.size, inner.sha256
    else:
        size, sha256 = _digest(transfer.decoded(reading.stream, leaf.span, decoder))
    name = names.safe(told_name, reading.limits.name)
    if not name and inner and inner.subject:
        name = names.safe(inner.subject.replace("/", "_").replace("\\", "_") + ".eml", reading.limits.name)
    reading.findings += _doubts(leaf, role, decoder.problem, told_name, name)
    words = role in (Role.TEXT, Role.HTML)
    return Part(
        number=leaf.number,
        role=role,
        mime=leaf.mime,
        encoding=leaf.encoding,
        charset=headers.parameter(leaf.parameters, "charset"),
        name=name if words else taken.own(name or names.unnamed(leaf.number, leaf.mime)),
        told_name=told_name,
        content_id=next(iter(_ids(leaf.headers.first("content-id"))), ""),
        span=leaf.span,
        size=size,
        sha256=sha256,
        message=inner,
    )


def _doubts(leaf: Entity, role: Role, problem: str, told: str, name: str) -> Iterator[Finding]:
    at = leaf.number
    if problem:
        yield Finding(problem, at, found=name)
    if leaf.encoding not in (*transfer.IDENTITY, "base64", "quoted-printable"):
        yield Finding("mail.part.encoding", at, found=leaf.encoding[:60])
    if told and name != told:
        yield Finding("mail.part.renamed", at, expected=told[:200], found=name, severity=Severity.INFO)
    if role is Role.TNEF:
        yield Finding("mail.part.tnef", at, found=name, severity=Severity.WARNING)
    if role is Role.ENCRYPTED:
        yield Finding("mail.part.encrypted", at, found=name, severity=Severity.WARNING)
    if leaf.mime in ("message/external-body", "message/partial"):
        yield Finding("mail.part.elsewhere", at, found=leaf.mime, severity=Severity.WARNING)


def _words(reading: _Reading, part: Part, left: int) -> str:
    """Return the characters of a part, at most ``left``."""
    most = max(left, 0) * 4
    data = bytearray()
    for piece in transfer.decoded(reading.stream, part.span, transfer.decoder(part.encoding)):
        data += piece
        if len(data) > most:
            break
    if len(data) > most:
        reading.findings.append(Finding("mail.text.cut", part.number, severity=Severity.INFO))
        del data[most:]
    found = charsets.decode(bytes(data), part.charset, part.number)
    reading.findings += found.findings
    text = found.text.replace("\r\n", "\n")
    if reading.quoted and part.encoding in transfer.IDENTITY:
        text = "\n".join(_unquoted(line) for line in text.split("\n"))
    return text[: max(left, 0)]


def _unquoted(line: str) -> str:
    return line[1:] if line.startswith(">") and line.lstrip(">").startswith("From ") else line


def _digest(pieces: Iterator[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def copy_part(path: Path, part: Part, target: BinaryIO) -> None:
    """Write the decoded bytes of ``part`` of the message in ``path`` to ``target``: what its ``sha256`` is of."""
    with open(path, "rb") as stream:
        for piece in transfer.decoded(stream, part.span, transfer.decoder(part.encoding)):
            target.write(piece)


def copy_original(path: Path, message: Message, target: BinaryIO) -> None:
    """Write the untouched bytes of ``message``, as they stand in ``path``, to ``target``."""
    with open(path, "rb") as stream:
        for piece in transfer.raw(stream, message.span):
            target.write(piece)
