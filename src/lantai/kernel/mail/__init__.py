"""E-mail as it is kept: EML, mbox and Foxmail boxes read as a stream, the original bytes untouched."""

from __future__ import annotations

from lantai.kernel.mail.boxes import kind_of, read_mail
from lantai.kernel.mail.model import LIMITS, Address, MailLimits, Message, Part, Role, Span
from lantai.kernel.mail.reading import copy_original, copy_part, read_message

__all__ = [
    "LIMITS",
    "Address",
    "MailLimits",
    "Message",
    "Part",
    "Role",
    "Span",
    "copy_original",
    "copy_part",
    "kind_of",
    "read_mail",
    "read_message",
]
