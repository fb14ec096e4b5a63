"""Long texts in the ledger: an entry that would be too large holds the digest of a text in place of it.

The text itself stands in the history of the field (the same bytes, so that the digest proves it) and, when the act
was given a list that the vault holds, in that list. See docs/decisions/0012.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantai.holdings.services.edits import LISTED
from lantai.kernel import canonical
from lantai.kernel.digests import digest_bytes

_LIMITS = (4_000, 1_000, 200)
"""Bytes of a text from which on its digest stands for it, tried in this order until all fits."""

BEGINNING = 60
"""Characters of a long text that its entry still shows."""

ALL = "@all"
"""The key under which the digest of all changes stands when they are too many for their own digests."""


def fits(changes: Mapping[str, tuple[str, str]]) -> bool:
    """Return whether an entry holds the changes whole."""
    return len(canonical.dumps({key: list(both) for key, both in changes.items()})) <= LISTED


def told_changes(changes: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return how an entry tells of changes, key → [before, after].

    When they are too large for it, a long text is told as ``{"begins": …, "bytes": …, "sha512": …}`` of its UTF-8
    bytes; in the last resort (hundreds of changes) all together under :data:`ALL`, as the digest of their canonical form.
    """
    whole: dict[str, Any] = {key: list(both) for key, both in changes.items()}
    if fits(changes):
        return whole
    for limit in _LIMITS:
        told = {key: [_told(text, limit) for text in both] for key, both in changes.items()}
        if len(canonical.dumps(told)) <= LISTED:
            return told
    return {ALL: _digest(canonical.dumps(whole))}


def as_said(told: Any) -> str:
    """Return one side of a change as people read it: the text, or the beginning of a long one and its length."""
    if isinstance(told, str):
        return told
    return f"{told.get('begins', '')}… ({told['bytes']} B, SHA-512 {told['sha512'][:16]}…)"


def _told(text: str, limit: int) -> str | dict[str, Any]:
    data = text.encode("utf-8", "surrogatepass")
    return text if len(data) <= limit else {"begins": text[:BEGINNING], **_digest(data)}


def _digest(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha512": digest_bytes(data, ("sha512",)).sha512}
