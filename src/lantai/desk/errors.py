"""Refusals of the desk: every reason at once, each about one field or one item."""

from __future__ import annotations

from collections.abc import Sequence

from lantai.kernel.errors import Fact, Invalid
from lantai.kernel.findings import Finding

_SECRETS = frozenset({"desk.text.secret", "desk.secret.refused"})


def tells_secret(reasons: Sequence[Finding]) -> bool:
    """Return whether something is refused for the mark of a state secret: then nothing of it may be left lying here."""
    return any(reason.code in _SECRETS for reason in reasons)


class Refused(Invalid):
    """What was brought cannot be filed. ``reasons`` are errors whose ``path`` is the field each is about."""

    def __init__(self, external: str, reasons: Sequence[Finding]) -> None:
        self.reasons = tuple(reasons)
        fields = dict.fromkeys(reason.path for reason in reasons)
        super().__init__(
            "desk.capture.refused", external=external[:80], count=len(reasons), fields=", ".join(fields)[:500]
        )


class Lacking(Invalid):
    """Something cannot be done as it is. ``reasons`` are all that is in its way, each with the item or field as ``path``."""

    def __init__(self, code: str, reasons: Sequence[Finding], **facts: Fact) -> None:
        self.reasons = tuple(reasons)
        super().__init__(code, count=len(reasons), **facts)
