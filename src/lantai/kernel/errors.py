"""The one error of Lantai: a code, facts, and one of six kinds.

The code names a row of some ``texts.toml`` (see :mod:`lantai.kernel.texts`); the words a person reads come
from there and are never parsed. Programming errors are not wrapped: they stay loud.
"""

from __future__ import annotations

from typing import Any, ClassVar

Fact = str | int | float | bool | None


class LantaiError(Exception):
    """Something a caller can act on. ``code`` is dotted lower case, ``facts`` fill the text's ``{names}``."""

    kind: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 3

    def __init__(self, code: str, /, **facts: Fact) -> None:
        self.code = code
        self.facts: dict[str, Fact] = facts
        super().__init__(code, facts)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({told})" if told else self.code

    def document(self) -> dict[str, Any]:
        """Return code and facts as they are kept in a row: a fact that is neither a number nor a text as text."""
        facts = {
            name: fact if isinstance(fact, int | str) else str(fact) for name, fact in self.facts.items()
        }
        return {"code": self.code, "facts": facts}


class Invalid(LantaiError):
    """What was given is not acceptable; giving it again unchanged will not help."""

    kind = "invalid"
    exit_status = 2


class NotFound(LantaiError):
    """There is no such thing, or the actor may not know that there is."""

    kind = "not_found"
    exit_status = 2


class Forbidden(LantaiError):
    """The actor is known and may not do this."""

    kind = "forbidden"
    exit_status = 2


class Conflict(LantaiError):
    """The thing is not in the state the act needs (somebody was quicker, or it is done already)."""

    kind = "conflict"
    exit_status = 2


class Corrupt(LantaiError):
    """Stored bytes are not what they were; nothing was changed, somebody must look."""

    kind = "corrupt"
    exit_status = 1


class Unavailable(LantaiError):
    """Could not be done now (disk full, store away, service missing); trying again may help."""

    kind = "unavailable"
    exit_status = 3
