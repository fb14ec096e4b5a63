"""What a message is after reading: decoded words beside places in the original bytes, which stay untouched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lantai.kernel.findings import Finding


class Role(StrEnum):
    """What a part is for: words to read, a file somebody attached, a picture inside the words, and so on."""

    TEXT = "text"
    HTML = "html"
    ATTACHMENT = "attachment"
    INLINE = "inline"
    MESSAGE = "message"
    TNEF = "tnef"
    SIGNATURE = "signature"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True, slots=True)
class MailLimits:
    """How much of a message is taken apart; beyond it stands a finding, and the original is whole all the same.

    Bytes: ``message`` of one message, ``headers`` of one part's headers, ``line`` read at once. ``parts`` and
    ``depth`` count the parts and how deep they lie in each other, ``fields`` headers of a part, ``addresses``
    of one header; ``text`` characters of words that are kept in memory; ``name`` bytes of a file name.
    """

    message: int = 4 << 30
    headers: int = 256 << 10
    line: int = 64 << 10
    parts: int = 2_000
    depth: int = 20
    fields: int = 1_000
    addresses: int = 2_000
    text: int = 2_000_000
    name: int = 200


LIMITS = MailLimits()


class Span(NamedTuple):
    """Bytes of the file from ``start`` up to ``end``."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Address:
    """A sender or receiver: the name that is shown (may be "") and the address (may be "")."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name and self.address else self.name or self.address


@dataclass(frozen=True, slots=True)
class Part:
    """One part that holds something.

    ``number``      place in the message, "1.2" is the second part of the first; "0" where there is one alone
    ``mime``        type as stated, lower case; ``encoding`` the transfer encoding as stated, lower case
    ``name``        a safe file name, unique in the message; ``told_name`` the decoded name as stated, or ""
    ``span``        the encoded bytes in the original; ``size`` and ``sha256`` are of the decoded ones
    ``content_id``  without angles, by which HTML points at it
    ``message``     the message inside, where ``role`` is MESSAGE
    """

    number: str
    role: Role
    mime: str
    encoding: str
    charset: str
    name: str
    told_name: str
    content_id: str
    span: Span
    size: int
    sha256: str
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    ``span`` are its bytes in the file, without the line of the box before it; ``sha256`` is of those bytes.
    ``date`` is ISO 8601 with the offset where one is stated, "" when the stated date cannot be read. ``text``
    and ``html`` are the words of all parts with that role. ``parts`` holds every part, the words included;
    parts of messages inside stand in their own :class:`Message`. ``findings`` have the part's number as path.
    """

    message_id: str
    subject: str
    senders: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date_stated: str
    date: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    parts: tuple[Part, ...]
    span: Span
    sha256: str
    findings: tuple[Finding, ...] = ()

    def components(self) -> Iterator[Part]:
        """Yield the parts that become files: all but the words; messages inside count as one file."""
        return (part for part in self.parts if part.role not in (Role.TEXT, Role.HTML))
